import { createHash } from "node:crypto";
import { LaminaError } from "../../../shared/errors";
import type { Tensor } from "../../../shared/tensor";
import { type HoistedProgram, hoist } from "../../program/passes/hoist";
import { simplify } from "../../program/passes/simplify";
import type { Instruction, Program, ValueType } from "../../program/types";
import type { WeightSource } from "../engine";
import { foldChannels } from "./channel-folding";
import { type Ref, shapeMessage } from "./graph-writer";
import { LARGEST_CONSTANT } from "./largest-constant";
import { LoadedGraph } from "./loaded-graph";
import type { NativeBinding } from "./native";
import { type ProgramGraph, writeProgram } from "./program-graph";
import { DATA_TYPE, encodeSavedModel, type TensorInfoMessage } from "./saved-model-proto";
import type { CacheFolder } from "./storage/cache-folder";
import { loadGraph, type MappedFile, MappedWeights } from "./storage/mapped-weights";
import { byteSize, checkType, WeightFiles } from "./storage/weight-files";

/** Bytes of derived weights that are computed in one run. */
const PREPARED_AT_ONCE = 256 * 2 ** 20;

/** A weight as it enters a graph: its values when it is small, else the file that is mapped. */
type PlacedWeight = Tensor | MappedFile;

/** Makes loaded graphs of programs. */
export class GraphLoader {
	private readonly files: WeightFiles;
	private readonly mapped: MappedWeights;

	constructor(
		private readonly binding: NativeBinding,
		private readonly cache: CacheFolder,
	) {
		this.files = new WeightFiles(cache.weights);
		this.mapped = new MappedWeights(binding, cache);
	}

	/**
	 * The program, optimised and loaded. What depends on weights alone is computed before, once for all processes.
	 * @throws LaminaError `failed` when a weight cannot be had or TensorFlow refuses the graph
	 */
	async load(program: Program, source: WeightSource, onDispose: (graph: LoadedGraph) => void): Promise<LoadedGraph> {
		const hoisted = hoist(foldChannels(simplify(program)));
		const weights = hoisted.prepare ? await this.withDerived(hoisted, hoisted.prepare, source) : source;
		return this.loadPlain(hoisted.main, weights, onDispose);
	}

	private async withDerived(
		{ derived }: HoistedProgram,
		prepare: Program,
		source: WeightSource,
	): Promise<WeightSource> {
		const fingerprints = new Map<string, string>();
		for (const [name, parts] of derived) {
			const digest = createHash("sha256").update(name);
			for (const part of parts) digest.update(`\n${await source.fingerprint(part)}`);
			fingerprints.set(name, digest.digest("hex"));
		}
		const missing: string[] = [];
		for (const [name, fingerprint] of fingerprints) {
			if (!(await this.files.has(fingerprint, outputType(prepare, name)))) missing.push(name);
		}
		for (const group of bySize(prepare, missing)) await this.derive(prepare, group, fingerprints, source);
		return {
			fingerprint: async (name) => fingerprints.get(name) ?? source.fingerprint(name),
			read: async (name) => {
				const fingerprint = fingerprints.get(name);
				if (fingerprint === undefined) return source.read(name);
				return this.files.readBack(this.files.path(fingerprint), outputType(prepare, name));
			},
		};
	}

	private async derive(
		prepare: Program,
		names: readonly string[],
		fingerprints: ReadonlyMap<string, string>,
		source: WeightSource,
	): Promise<void> {
		const graph = await this.loadPlain(prepare, source);
		try {
			for (const [name, value] of Object.entries(graph.run({}, names, 1))) {
				await this.files.ensure(fingerprints.get(name) as string, value, async () => value);
			}
		} finally {
			graph.dispose();
		}
	}

	private async loadPlain(
		program: Program,
		weights: WeightSource,
		onDispose: (graph: LoadedGraph) => void = () => {},
	): Promise<LoadedGraph> {
		const placed = await this.place(program, weights);
		const fed = new Map<string, Ref>();
		const written = writeProgram(program, (writer, instruction) => {
			const name = weightName(instruction);
			const weight = placed.get(name) as PlacedWeight;
			if ("data" in weight) return writer.constant(weight.data, weight.shape, weight.dtype);
			const { port, value } = writer.fed(`weight_${fed.size}`, instruction.type);
			fed.set(name, port);
			return value;
		});
		const files = [...fed.keys()].map((name) => placed.get(name) as MappedFile);
		const encoded = encodeSavedModel(written.graph.nodes, tensorInfos(written.inputs), tensorInfos(written.outputs));
		const tensors = this.attempt("The weights in the cache cannot be mapped", () => this.mapped.acquire(files));
		try {
			const session = this.attempt("TensorFlow does not take the program", () => {
				return loadGraph(this.binding, this.cache, encoded);
			});
			const ports = portsOf(program, written, [...fed.values()]);
			return new LoadedGraph(this.binding, session, ports, tensors, encoded.length, (graph) => {
				this.mapped.release(files);
				onDispose(graph);
			});
		} catch (error) {
			this.mapped.release(files);
			throw error;
		}
	}

	private attempt<T>(problem: string, work: () => T): T {
		try {
			return work();
		} catch (cause) {
			const reason = cause instanceof Error ? cause.message : String(cause);
			throw new LaminaError({ code: "failed", message: `${problem}: ${reason.split("\n")[0]}` }, { cause });
		}
	}

	private async place(program: Program, weights: WeightSource): Promise<Map<string, PlacedWeight>> {
		const placed = new Map<string, PlacedWeight>();
		for (const instruction of program.instructions) {
			const name = instruction.op === "weight" ? weightName(instruction) : undefined;
			if (name === undefined || placed.has(name)) continue;
			const { type } = instruction;
			if (byteSize(type) <= LARGEST_CONSTANT) {
				const values = await weights.read(name);
				checkType(type, values);
				placed.set(name, values);
			} else {
				const file = await this.files.ensure(await weights.fingerprint(name), type, () => weights.read(name));
				placed.set(name, { file, type });
			}
		}
		return placed;
	}
}

/** Outputs in groups that fit the memory. */
function bySize(program: Program, names: readonly string[]): string[][] {
	const groups: string[][] = [];
	let bytes = Number.POSITIVE_INFINITY;
	for (const name of names) {
		const size = byteSize(outputType(program, name));
		bytes += size;
		if (bytes > PREPARED_AT_ONCE) {
			groups.push([]);
			bytes = size;
		}
		groups.at(-1)?.push(name);
	}
	return groups;
}

function outputType(program: Program, name: string): ValueType {
	return (program.instructions[program.outputs.get(name) as number] as Instruction).type;
}

function weightName({ attributes }: Instruction): string {
	return String(attributes.name);
}

function portsOf(program: Program, { inputs, outputs }: ProgramGraph, weights: readonly Ref[]) {
	const port = (ref: Ref) => `${ref.name}:0`;
	return {
		inputs: new Map([...inputs].map(([name, ref]) => [name, port(ref)])),
		outputs: new Map([...outputs].map(([name, ref]) => [name, { port: port(ref), type: outputType(program, name) }])),
		weights: weights.map(port),
	};
}

function tensorInfos(refs: ReadonlyMap<string, Ref>): Record<string, TensorInfoMessage> {
	return Object.fromEntries(
		[...refs].map(([name, ref]) => [
			name,
			{ name: `${ref.name}:0`, dtype: DATA_TYPE[ref.dtype], tensorShape: shapeMessage(ref.shape) },
		]),
	);
}
