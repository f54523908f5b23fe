import { LaminaError } from "../../../shared/errors";
import type { DType, Tensor } from "../../../shared/tensor";
import { bindShape } from "../../program/dims";
import type { Instruction, Program } from "../../program/types";
import type { Plan } from "../engine";
import { checkInputs, checkOutputs } from "../inputs";
import { type NativeBinding, nativeType, type TensorMetadata } from "./native";

/** Where the inputs and outputs of a program are in a loaded graph, as `node:0`. */
export interface GraphPorts {
	readonly inputs: ReadonlyMap<string, string>;
	readonly outputs: ReadonlyMap<string, string>;
	/** Where mapped weights are fed. */
	readonly weights: readonly string[];
}

/** A program as a loaded TensorFlow session. */
export class SessionPlan implements Plan {
	private isDisposed = false;

	constructor(
		readonly program: Program,
		private readonly binding: NativeBinding,
		private readonly session: number,
		private readonly ports: GraphPorts,
		/** Tensor ids of the mapped weights; held by the engine. */
		private readonly weights: readonly number[],
		private readonly onDispose: () => void,
	) {}

	async run(
		inputs: Readonly<Record<string, Tensor>>,
		outputs: readonly string[] = [...this.program.outputs.keys()],
	): Promise<Record<string, Tensor>> {
		if (this.isDisposed) throw new LaminaError({ code: "failed", message: "The plan was disposed of." });
		const batch = checkInputs(this.program, inputs);
		checkOutputs(this.program, outputs);
		if (outputs.length === 0) return {};
		return this.fetch(inputs, outputs, batch);
	}

	/** Only the wanted outputs are computed: TensorFlow prunes the rest, once for each set of them. */
	private fetch(
		inputs: Readonly<Record<string, Tensor>>,
		outputs: readonly string[],
		batch: number,
	): Record<string, Tensor> {
		const { binding } = this;
		const held: number[] = [];
		try {
			const names: string[] = [...this.ports.weights];
			for (const [name, port] of this.ports.inputs) {
				const { dtype, shape, data } = inputs[name] as Tensor;
				held.push(binding.createTensor(shape, nativeType(binding, dtype), data));
				names.push(port);
			}
			const fed = [...this.weights, ...held];
			const wanted = outputs.map((name) => this.ports.outputs.get(name) as string);
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
		const { type } = this.program.instructions[this.program.outputs.get(name) as number] as Instruction;
		const expected = bindShape(type.shape, batch);
		if (shape.join() !== expected.join()) {
			throw new LaminaError({
				code: "failed",
				message: `TensorFlow gave output "${name}" the shape [${shape.join(", ")}], but the program says [${expected.join(", ")}]`,
			});
		}
		return { dtype: type.dtype as DType, shape: expected, data: this.binding.tensorDataSync(id) };
	}

	dispose(): void {
		if (this.isDisposed) return;
		this.isDisposed = true;
		this.binding.deleteSavedModel(this.session);
		this.onDispose();
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
