import { createHash } from "node:crypto";
import { sizeOf, type Tensor } from "../../../shared/tensor";
import type { Plan } from "../../engine/engine";
import { programCost } from "../../program/cost";
import { basesProgram } from "../../program/passes/regional/bases";
import type { Box } from "../../program/passes/regional/box";
import { sampleBoxes } from "../../program/passes/regional/region";
import { PATCH, type RegionalProgram, regionalProgram } from "../../program/passes/regional/regional-program";
import type { Program } from "../../program/types";
import { takeTurn } from "../batches";
import { buildUnit } from "../build-programs";
import { type Inputs, sliceBatch } from "../inputs";
import type { Lowering } from "../lowerings";
import { bytesPerExample, examplesWithin } from "../memory";
import type { Edit, PerturbedBatch } from "../model-session";
import { type UnitParts, unitInputs } from "../seeds";
import { copyBox } from "./boxes";
import { type EditGroup, groupEdits } from "./edit-groups";

/** What the session lends to a run of edits. */
export interface PerturbationContext {
	readonly lowering: Lowering;
	readonly parts: readonly UnitParts[];
	/** What lowering and unit decide. */
	readonly key: string;
	/** Bytes that the values of one run may take. */
	readonly budget: number;
	plan(key: string, build: () => Program): Promise<Plan>;
	/** The unit on each example, computed as a whole. */
	unitValue(tensors: Inputs): Promise<Float32Array>;
	/** Examples that `unitValue` takes at once. */
	readonly wholeAtOnce: number;
	readonly signal: AbortSignal | undefined;
}

/** The part of the whole program's arithmetic that recomputing regions has to save at least, its own price being crops. */
const LEAST_SAVING = 0.1;

/**
 * Operations of one run: two seconds' worth of a slow core at most, so that partial results keep coming and a run that
 * is cancelled ends soon; enough that weights are read seldom. The first run is short.
 */
const MOST_FLOPS = 1e11;
const FIRST_FLOPS = 6e9;

/**
 * Values of a unit for edits of each example, regions alone where that saves work: see `passes/regional`. The values of
 * an unedited example are kept for as long as its edits run; nothing grows with their number.
 */
export async function* perturb(
	context: PerturbationContext,
	tensors: Inputs,
	edits: readonly Edit[],
): AsyncGenerator<PerturbedBatch, void, void> {
	const batch = Object.values(tensors).find(({ shape }) => shape.length > 0)?.shape[0] ?? 1;
	const whole = buildUnit(context.lowering, context.parts);
	const { flops } = programCost(whole);
	const [first] = edits;
	if (!first) return;
	// One edit is computed as a whole: there is something to see while the programs for regions are made.
	await takeTurn(context.signal);
	const alone = wholeSteps(context, flops, first.input, sliceBatch(tensors, 0, 1), 0);
	yield { example: 0, edits: [0], values: await alone.run([first]) };
	const groups = groupEdits(edits, flops, (input) => (tensors[input] as Tensor).shape.slice(1)).map((group) => ({
		...group,
		regional: regionalOf(context, whole, flops, group),
	}));
	const basesOf = await basesPlan(
		context,
		whole,
		groups.flatMap(({ regional }) => regional ?? []),
	);
	for (let example = 0; example < batch; example++) {
		const one = sliceBatch(tensors, example, example + 1);
		const bases = await basesOf(one);
		for (const { input, indices, regional, ...group } of groups) {
			const steps = regional
				? await regionalSteps(context, regional, bases, input, one, example)
				: wholeSteps(context, flops, input, one, example);
			const done = example === 0 && indices[0] === 0 ? 1 : 0;
			for (const [from, to] of runs(done, indices.length, steps.first, steps.atOnce)) {
				await takeTurn(context.signal);
				const values = await steps.run(group.edits.slice(from, to));
				yield { example, edits: indices.slice(from, to), values };
			}
		}
	}
}

type Tensors = Readonly<Record<string, Tensor>>;

/** What all programs for regions read of an unedited example, in one pass. */
async function basesPlan(
	{ plan, key, parts, signal }: PerturbationContext,
	whole: Program,
	regionals: readonly Regional[],
): Promise<(example: Inputs) => Promise<Tensors>> {
	const bases = new Map(regionals.flatMap((regional) => [...regional.bases]));
	if (bases.size === 0) return async () => ({});
	const names = [...bases.keys()].sort().join();
	const made = await plan(`bases|${key}|${names}`, () => basesProgram(whole, bases.values()));
	return async (example) => {
		await takeTurn(signal);
		return made.run({ ...example, ...unitInputs(parts, 1) }, undefined, signal);
	};
}

/** From which edit up to which each run goes. */
function* runs(
	begin: number,
	count: number,
	first: number,
	atOnce: number,
): Generator<readonly [number, number], void, void> {
	for (let from = begin, size = first; from < count; from += size, size = atOnce) {
		yield [from, Math.min(count, from + size)];
	}
}

/** How edits of one example are run. */
interface Steps {
	readonly first: number;
	readonly atOnce: number;
	run(edits: readonly Edit[]): Promise<Float32Array>;
}

function stepsWithin(examples: number, flops: number): { first: number; atOnce: number } {
	const within = (most: number) => Math.max(1, Math.min(examples, Math.floor(most / Math.max(1, flops))));
	return { first: within(FIRST_FLOPS), atOnce: within(MOST_FLOPS) };
}

interface Regional extends RegionalProgram {
	readonly key: string;
}

function regionalOf(
	context: PerturbationContext,
	whole: Program,
	flops: number,
	{ input, edits }: EditGroup,
): Regional | undefined {
	const made = regionalProgram(whole, input, edits);
	if (!made || programCost(made.program).flops > (1 - LEAST_SAVING) * flops) return undefined;
	const samples = JSON.stringify(sampleBoxes(edits, edits[0]?.begin.length ?? 0));
	const boxes = createHash("sha1").update(samples).digest("base64url");
	return { ...made, key: `${context.key}|${input}|${boxes}` };
}

async function regionalSteps(
	context: PerturbationContext,
	regional: Regional,
	bases: Tensors,
	input: string,
	example: Inputs,
	index: number,
): Promise<Steps> {
	const { key, program, patch, positions } = regional;
	const read = Object.fromEntries([...regional.bases.keys()].map((name) => [name, bases[name] as Tensor]));
	const plan = await context.plan(`regional|${key}`, () => program);
	const source = example[input] as Tensor;
	const size = source.shape.slice(1).map((extent, axis) => patch[axis + 1]?.size ?? extent);
	const beginOf = (box: Box) => size.map((_, axis) => patch[axis + 1]?.begin.at(box) ?? 0);
	return {
		...stepsWithin(examplesWithin(context.budget, bytesPerExample(program)), programCost(program).flops),
		async run(edits) {
			const patches = emptyLike(source, [edits.length, ...size]);
			const inputs: Record<string, Tensor> = { ...read, [PATCH]: patches };
			for (const [name, columns] of positions) {
				const data = Int32Array.from(edits.flatMap((edit) => columns.map((column) => column.at(edit))));
				inputs[name] = { dtype: "int32", shape: [edits.length, columns.length], data };
			}
			for (const [row, edit] of edits.entries()) {
				const begin = beginOf(edit);
				const end = begin.map((at, axis) => at + (size[axis] as number));
				copyBox(source, 0, { begin, end }, patches, row, begin);
				copyBox(edit.content(), index, edit, patches, row, begin);
			}
			const { unit } = await plan.run(inputs, ["unit"], context.signal);
			return unit?.data as Float32Array;
		},
	};
}

function wholeSteps(context: PerturbationContext, flops: number, input: string, example: Inputs, index: number): Steps {
	return {
		...stepsWithin(context.wholeAtOnce, flops),
		run(edits) {
			const inputs = Object.fromEntries(
				Object.entries(example).map(([name, tensor]) => [name, repeated(tensor, edits.length)]),
			);
			for (const [row, edit] of edits.entries())
				copyBox(
					edit.content(),
					index,
					edit,
					inputs[input] as Tensor,
					row,
					edit.begin.map(() => 0),
				);
			return context.unitValue(inputs);
		},
	};
}

function emptyLike({ dtype }: Tensor, shape: readonly number[]): Tensor {
	const size = sizeOf(shape);
	const data =
		dtype === "float32" ? new Float32Array(size) : dtype === "int32" ? new Int32Array(size) : new Uint8Array(size);
	return { dtype, shape, data };
}

function repeated(tensor: Tensor, times: number): Tensor {
	// A number is the same for all examples.
	if (tensor.shape.length === 0) return tensor;
	const result = emptyLike(tensor, [times, ...tensor.shape.slice(1)]);
	for (let time = 0; time < times; time++) result.data.set(tensor.data, time * tensor.data.length);
	return result;
}
