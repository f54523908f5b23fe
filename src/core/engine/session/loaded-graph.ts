import { LaminaError } from "../../../shared/errors";
import type { Tensor } from "../../../shared/tensor";
import { bindShape } from "../../program/dims";
import type { ValueType } from "../../program/types";
import { type NativeBinding, nativeType, type TensorMetadata } from "./native";

/** Where values enter and leave a loaded graph, as `node:0`. */
export interface GraphPorts {
	readonly inputs: ReadonlyMap<string, string>;
	readonly outputs: ReadonlyMap<string, { readonly port: string; readonly type: ValueType }>;
	/** Where mapped weights are fed. */
	readonly weights: readonly string[];
}

/** A graph that TensorFlow has loaded, with the weights that are fed to it. */
export class LoadedGraph {
	private isDisposed = false;

	constructor(
		private readonly binding: NativeBinding,
		private readonly session: number,
		private readonly ports: GraphPorts,
		/** Tensor ids of the mapped weights; held by the engine. */
		private readonly weights: readonly number[],
		/** Bytes of the graph. */
		readonly bytes: number,
		private readonly onDispose: (graph: LoadedGraph) => void,
	) {}

	/**
	 * Computes outputs; TensorFlow prunes the rest, once for each set of them. Blocks.
	 * @param inputs checked against the program
	 * @throws LaminaError `failed`
	 */
	run(inputs: Readonly<Record<string, Tensor>>, outputs: readonly string[], batch: number): Record<string, Tensor> {
		const { binding, ports } = this;
		const held: number[] = [];
		try {
			const names: string[] = [...ports.weights];
			for (const [name, port] of ports.inputs) {
				const { dtype, shape, data } = inputs[name] as Tensor;
				held.push(binding.createTensor(shape, nativeType(binding, dtype), data));
				names.push(port);
			}
			const fed = [...this.weights, ...held];
			const wanted = outputs.map((name) => ports.outputs.get(name)?.port as string);
			const results = this.runSession(fed, names, wanted, batch);
			for (const { id } of results) held.push(id);
			return Object.fromEntries(
				outputs.map((name, index) => [name, this.download(name, results[index] as TensorMetadata, batch)]),
			);
		} finally {
			for (const id of held) binding.deleteTensor(id);
		}
	}

	private runSession(
		fed: readonly number[],
		names: readonly string[],
		wanted: readonly string[],
		batch: number,
	): TensorMetadata[] {
		try {
			return this.binding.runSavedModel(this.session, fed, names.join(), wanted.join());
		} catch (cause) {
			throw failure(cause, batch);
		}
	}

	private download(name: string, { id, shape }: TensorMetadata, batch: number): Tensor {
		const { type } = this.ports.outputs.get(name) as { type: ValueType };
		const expected = bindShape(type.shape, batch);
		if (shape.join() !== expected.join()) {
			throw new LaminaError({
				code: "failed",
				message: `TensorFlow gave output "${name}" the shape [${shape.join(", ")}], but the program says [${expected.join(", ")}]`,
			});
		}
		return { dtype: type.dtype, shape: expected, data: this.binding.tensorDataSync(id) };
	}

	dispose(): void {
		if (this.isDisposed) return;
		this.isDisposed = true;
		this.binding.deleteSavedModel(this.session);
		this.onDispose(this);
	}
}

/** TensorFlow's message without its trace through the graph. */
function failure(cause: unknown, batch: number): LaminaError {
	const text = cause instanceof Error ? cause.message : String(cause);
	const message = text.replace(/^Session fail to run with error: /, "").split("\n")[0] as string;
	const isMemory = /OOM|ResourceExhausted|out of memory|failed to allocate/i.test(message);
	const hint = isMemory && batch > 1 ? `Use a smaller batch than ${batch}.` : undefined;
	return new LaminaError(
		{ code: "failed", message: `TensorFlow stopped: ${message}`, ...(hint && { hint }) },
		{ cause },
	);
}
