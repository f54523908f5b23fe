import { LaminaError } from "../../../shared/errors";
import type { DType } from "../../../shared/tensor";
import { integers, tensorData, text } from "../../program/attributes";
import type { Instruction, Program } from "../../program/types";
import { EMITTERS } from "./emitters";
import { attr, GraphWriter, type Ref } from "./graph-writer";

/** How a program's weights enter the graph. */
export type WeightEmitter = (graph: GraphWriter, instruction: Instruction) => Ref;

export interface ProgramGraph {
	readonly graph: GraphWriter;
	/** Placeholder of each input of the program. */
	readonly inputs: ReadonlyMap<string, Ref>;
	/** Tensor of each output of the program. */
	readonly outputs: ReadonlyMap<string, Ref>;
}

/** Writes a program as TensorFlow nodes. @throws LaminaError `failed` when a primitive has no emitter */
export function writeProgram(program: Program, weight: WeightEmitter): ProgramGraph {
	const graph = new GraphWriter();
	const refs: Ref[] = [];
	const inputs = new Map<string, Ref>();
	for (const [name, id] of program.inputs) {
		const { port, value } = graph.fed(`input_${inputs.size}`, (program.instructions[id] as Instruction).type);
		refs[id] = value;
		inputs.set(name, port);
	}
	for (const instruction of program.instructions) {
		if (instruction.op !== "input") refs[instruction.id] = write(graph, instruction, refs, weight);
	}
	const outputs = new Map<string, Ref>();
	for (const [name, id] of program.outputs) {
		const value = refs[id] as Ref;
		// A name of its own keeps a fetched input or weight apart from what is fed or mapped.
		outputs.set(name, graph.node("Identity", [value], { T: attr.type(value.dtype) }, value, `output_${outputs.size}`));
	}
	return { graph, inputs, outputs };
}

const SOURCES: ReadonlySet<string> = new Set(["input", "weight", "constant"]);

/** @throws LaminaError `failed` when a primitive has no emitter */
export function assertKnown(program: Program): void {
	const unknown = program.instructions.find(({ op }) => !SOURCES.has(op) && !EMITTERS.has(op));
	if (unknown) throw unknownPrimitive(unknown.op);
}

function unknownPrimitive(op: string): LaminaError {
	return new LaminaError({ code: "failed", message: `the session engine does not know the primitive ${op}` });
}

function write(graph: GraphWriter, instruction: Instruction, refs: readonly Ref[], weight: WeightEmitter): Ref {
	const { op, attributes, type } = instruction;
	if (op === "weight") return weight(graph, instruction);
	if (op === "constant")
		return graph.constant(
			tensorData(attributes, "data"),
			integers(attributes, "shape"),
			text(attributes, "dtype") as DType,
		);
	const emit = EMITTERS.get(op);
	if (!emit) throw unknownPrimitive(op);
	const inputs = instruction.inputs.map((id) => refs[id] as Ref);
	return { ...emit({ graph, inputs, attributes, type }), shape: type.shape };
}
