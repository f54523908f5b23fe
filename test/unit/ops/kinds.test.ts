import assert from "node:assert/strict";
import { OPS } from "../../../src/core/ops";
import type { Tensor } from "../../../src/shared/tensor";
import { type Call, compute, distance, gradients, numbers, resultTypes } from "./compute";
import { sampleOf } from "./samples";

const isFloat = (tensor: Tensor | undefined) => tensor?.dtype === "float32";

/** The same call with float inputs changed. */
function withInputs(call: Call, change: (input: Tensor, index: number) => Tensor["data"]): Call {
	const inputs = call.inputs.map((input, index) => (isFloat(input) ? { ...input, data: change(input, index) } : input));
	return { ...call, inputs };
}

const scale = (tensors: readonly Tensor[]) => Math.max(1, ...tensors.flatMap(({ data }) => [...data].map(Math.abs)));

describe("the kind of an op says how it treats its data inputs", () => {
	for (const [op, { kind }] of OPS) {
		const call = sampleOf(op);
		if (kind === "linear" || kind === "shape") {
			it(`${op} is affine: f(x + y) + f(0) = f(x) + f(y)`, async () => {
				const other = call.inputs.map(({ shape }, index) => numbers(shape, 90 + index));
				const sum = await compute(
					withInputs(call, ({ data }, i) => data.map((x, at) => x + (other[i]?.data[at] as number))),
				);
				const zero = await compute(withInputs(call, ({ data }) => data.map(() => 0)));
				const [left, right] = [
					await compute(call),
					await compute(withInputs(call, (_x, i) => other[i]?.data as Tensor["data"])),
				];
				for (const [index, y] of sum.entries()) {
					if (!isFloat(y)) continue;
					const pairs = (a: Tensor[], c: Tensor[]) => ({
						...y,
						data: Float32Array.from(
							y.data,
							(_v, at) => (a[index]?.data[at] as number) + (c[index]?.data[at] as number),
						),
					});
					// A few roundings of sums of up to 100 products: 1e-5 of the largest value.
					assert.ok(distance(pairs(sum, zero), pairs(left, right)) <= 1e-5 * scale([...sum, ...left, ...right]));
				}
			});
		}
		if (kind === "elementwise") {
			it(`${op} makes each element of one element`, async () => {
				const [x] = call.inputs as [Tensor];
				const [before] = await compute(call);
				const [after] = await compute(
					withInputs(call, ({ data }) => data.map((value, at) => (at === 7 ? value * 0.5 + 0.1 : value))),
				);
				assert.ok(before && after);
				assert.deepEqual(before.shape, x.shape);
				const changed = [...before.data.keys()].filter((at) => !Object.is(before.data[at], after.data[at]));
				assert.ok(
					changed.every((at) => at === 7),
					`elements ${changed.join(", ")} changed`,
				);
			});
		}
		if (kind === "route") {
			it(`${op} chooses among its elements`, async () => {
				const elements = new Set(call.inputs.flatMap(({ data }) => [...data]));
				for (const value of (await compute(call))[0]?.data ?? []) assert.ok(elements.has(value), `${value} is new`);
			});
		}
		// Not Sparsemax: Keras' threshold does see it.
		if (kind === "softmax" && op !== "Sparsemax") {
			it(`${op} does not see what is added to all logits`, async () => {
				const [y] = await compute(call);
				const [shifted] = await compute(withInputs(call, ({ data }) => data.map((x) => x + 2)));
				assert.ok(y && distance(shifted, y) < 1e-6);
			});
		}
	}
});

/** The second input of these only gives a shape or a type. */
const SHAPE_ONLY = new Set(["UnfoldSteps", "CastLike", "RepeatHeads", "ZerosBefore", "LastSteps", "MaskBias"]);
const isShapeOnly = (op: string, index: number) => index === 1 && SHAPE_ONLY.has(op);

describe("every op with a float input and a float result has a derivative", () => {
	/** Step functions: their derivative is 0 wherever it exists. */
	const FLAT = new Set([
		"Floor",
		"Ceil",
		"Trunc",
		"Round",
		"Sign",
		"FullLike",
		"FloorDiv",
		"FloorDivConstant",
		"ConstantFloorDiv",
		"TruncateDiv",
		"TruncateDivConstant",
		"ConstantTruncateDiv",
		"Hardmax",
		"HotRows",
		"EyeLike",
	]);
	for (const op of OPS.keys()) {
		const call = sampleOf(op);
		if (!call.inputs.some(isFloat) || resultTypes(call)[0] !== "float32") continue;
		it(`${op} agrees with central differences`, async () => {
			const [y] = await compute(call);
			assert.ok(y);
			const cotangent = numbers(y.shape, 71);
			const found = await gradients(call, cotangent);
			const weighted = (value: Tensor | undefined) =>
				[...(value?.data ?? [])].reduce((sum, v, at) => sum + v * (cotangent.data[at] as number), 0);
			const step = 2 ** -7;
			for (const [index, input] of call.inputs.entries()) {
				if (!isFloat(input) || call.known?.includes(index)) continue;
				if (!found[index]) {
					assert.ok(FLAT.has(op) || isShapeOnly(op, index), `input ${index} has no gradient`);
					continue;
				}
				for (const at of [0, Math.floor(input.data.length / 2), input.data.length - 1]) {
					const moved = async (by: number) =>
						weighted(
							(
								await compute(
									withInputs(call, ({ data }, i) => (i === index ? data.map((x, j) => (j === at ? x + by : x)) : data)),
								)
							)[0],
						);
					const [up, down, centre] = [await moved(step), await moved(-step), await moved(0)];
					// One-sided differences that differ show a kink or a bend in between: only their range is known.
					const slopes = [(up - centre) / step, (centre - down) / step].sort((a, c) => a - c) as [number, number];
					const gradient = found[index]?.data[at] as number;
					// The centre is a float32 sum: an error of about 2^-22 of it, over the step.
					const slack = 1e-3 * Math.max(1, Math.abs(gradient)) + (scale([y]) * 2 ** -20) / step;
					assert.ok(
						gradient >= slopes[0] - slack && gradient <= slopes[1] + slack,
						`d/dx${index}[${at}] is ${gradient}; between ${slopes.join(" and ")} was expected`,
					);
				}
			}
		});
	}
});
