import assert from "node:assert/strict";
import { OPS } from "../../../src/core/ops";
import { PRIMITIVES } from "../../../src/core/program/primitives";
import { DIFFERENCE_RULES } from "../../../src/core/rules/differences/primitive-rules";
import type { Tensor } from "../../../src/shared/tensor";
import { compute, differenceMultipliers, distance, gradients, numbers, resultTypes } from "../ops/compute";
import { sampleOf } from "../ops/samples";

const isFloat = (tensor: Tensor | undefined) => tensor?.dtype === "float32";

/** Primitives of backward passes: no forward pass emits them, so that no difference ever meets them. */
const OF_BACKWARD_PASSES = new Set(["reluGrad", "maxPool2dGrad", "maxPool3dGrad"]);

/**
 * They choose elements by their order (a determinant its pivots) or by positions among their inputs: where the choice
 * differs between input and reference, what its change makes belongs to no element, and a gap is left.
 */
const CHOOSES = new Set(["Sort", "TopK", "Hardmax", "Sparsemax", "Determinant", "DeformableConv2D", "RoiAlign"]);

describe("multipliers times differences add up to the difference of the result", function () {
	this.timeout(60_000);
	for (const op of OPS.keys()) {
		const call = sampleOf(op);
		if (!call.inputs.some(isFloat) || resultTypes(call)[0] !== "float32" || CHOOSES.has(op)) continue;
		it(op, async () => {
			// The reference lies where the sample lies, so that functions of positive numbers stay defined.
			const references = call.inputs.map((input) =>
				isFloat(input) ? { ...input, data: Float32Array.from(input.data).reverse() } : input,
			);
			const [y] = await compute(call);
			const [before] = await compute({ ...call, inputs: references });
			assert.ok(y && before);
			const cotangent = numbers(y.shape, 72);
			const found = await differenceMultipliers(call, references, cotangent);
			let [sum, size] = [0, 0];
			for (const [index, multiplier] of found.entries())
				for (const [at, m] of multiplier?.data.entries() ?? []) {
					const delta = (call.inputs[index]?.data[at] ?? 0) - (references[index]?.data[at] ?? 0);
					sum += m * delta;
					size += Math.abs(m * delta);
				}
			let expected = 0;
			for (const [at, value] of y.data.entries())
				expected += (value - (before.data[at] ?? 0)) * (cotangent.data[at] ?? 0);
			assert.ok(Number.isFinite(sum));
			// float32 sums of contributions that cancel: a few roundings of the sum of their magnitudes.
			assert.ok(
				Math.abs(sum - expected) <= 2e-5 * Math.max(1, size, Math.abs(expected)),
				`${sum} instead of ${expected}`,
			);
		});
	}
});

describe("without a difference, multipliers are the gradient", function () {
	this.timeout(60_000);
	for (const op of OPS.keys()) {
		const call = sampleOf(op);
		if (!call.inputs.some(isFloat) || resultTypes(call)[0] !== "float32") continue;
		it(op, async () => {
			const [y] = await compute(call);
			const cotangent = numbers((y as Tensor).shape, 73);
			const found = await differenceMultipliers(call, call.inputs, cotangent);
			const expected = await gradients(call, cotangent);
			for (const [index, gradient] of expected.entries()) {
				const multiplier = found[index] ?? (gradient && { ...gradient, data: gradient.data.map(() => 0) });
				if (!gradient) continue;
				const largest = Math.max(1, ...gradient.data.map(Math.abs));
				// The same function by way of simpler primitives: a few roundings.
				assert.ok(distance(multiplier, gradient) <= 1e-5 * largest, `input ${index}`);
			}
		});
	}
});

describe("the rules for differences", () => {
	for (const { name, vjp } of PRIMITIVES.values()) {
		if (!vjp || OF_BACKWARD_PASSES.has(name)) continue;
		it(`know ${name}`, () => {
			assert.ok(DIFFERENCE_RULES.has(name), `${name} has a derivative, but no rule for differences`);
		});
	}
});
