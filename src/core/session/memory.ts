import { totalmem } from "node:os";
import { LaminaError } from "../../shared/errors";
import type { EngineId } from "../engine/engine";
import { Builder } from "../program/builder";
import { bytesOf, programCost } from "../program/cost";
import { copyInstruction } from "../program/passes/rewrite";
import type { Program, Value } from "../program/types";
import { vjp } from "../program/vjp";
import { full } from "../program/vocabulary";

/** Engines that run op by op: their compositions hold intermediate values that the estimate does not know. */
const OP_BY_OP: ReadonlySet<EngineId> = new Set(["wasm", "cpu"]);

/** What an op-by-op engine needs beyond the estimate at most: 7 times on darknet (44 MB an example for 6.4 MB). */
const INTERMEDIATES = 8;

/**
 * Bytes that values of running programs may take when nothing else is said: an eighth of the memory, at most 512 MiB:
 * larger batches of ResNet-50 are no faster. Each batch reads all weights once: where they are many (VGG-16: 6 % of a run
 * in batches of 8), half as many bytes are added.
 */
export function defaultMemoryBudget(engine: EngineId, weightBytes: number): number {
	return Math.min(2 ** 29 + weightBytes / 2, totalmem() / 8) / (OP_BY_OP.has(engine) ? INTERMEDIATES : 1);
}

/** Bytes that one more example adds to a run of the program. */
export function bytesPerExample(program: Program): number {
	const cost = programCost(program);
	return Math.max(1, cost.peakBytes(2) - cost.peakBytes(1));
}

/**
 * The same for a gradient of a program, before the walk from a unit is built: that of all outputs to all inputs. A
 * program that has none is estimated by all its values and as many gradients.
 */
export function backwardBytesPerExample(forward: Program): number {
	try {
		return bytesPerExample(gradientOf(forward));
	} catch (error) {
		if (!(error instanceof LaminaError)) throw error;
		const growing = forward.instructions.filter(({ type }) => type.shape.some((extent) => extent < 0));
		return 2 * growing.reduce((sum, { type }) => sum + bytesOf(type, 1), 0);
	}
}

function gradientOf(forward: Program): Program {
	const b = new Builder();
	const values: Value[] = [];
	for (const instruction of forward.instructions) {
		const inputs = instruction.inputs.map((id) => values[id] as Value);
		values.push(copyInstruction(b, instruction, inputs));
	}
	const floating = (ids: Iterable<number>) =>
		[...ids].map((id) => values[id] as Value).filter(({ dtype }) => dtype === "float32");
	const starts = floating(forward.outputs.values()).map((value): [Value, Value] => [value, full(b, value.shape, 1)]);
	for (const [index, gradient] of vjp(b, starts, floating(forward.inputs.values())).entries()) {
		if (gradient) b.output(`gradient ${index}`, gradient);
	}
	return b.build();
}

/** Most examples of one run: larger batches gain nothing, and answer late when they are told to stop. */
const LARGEST_BATCH = 256;

/** Examples at once for a budget: at least 1. */
export function examplesWithin(budget: number, bytes: number): number {
	return Math.max(1, Math.min(LARGEST_BATCH, Math.floor(budget / Math.max(1, bytes))));
}
