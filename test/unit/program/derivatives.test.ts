import assert from "node:assert/strict";
import { Builder } from "../../../src/core/program/builder";
import { bindShape } from "../../../src/core/program/dims";
import { PRIMITIVES } from "../../../src/core/program/primitives";
import { vjp } from "../../../src/core/program/vjp";
import { UnsupportedError } from "../../../src/shared/errors";
import type { Tensor } from "../../../src/shared/tensor";
import { CASES } from "../parity/all-cases";
import type { Case } from "../parity/cases";
import { fill, generator, poolOf } from "../parity/operands";
import type { NdArray } from "../parity/reference";
import { REFERENCES } from "../parity/references";
import { runPlainly } from "./run-plainly";

const BATCH = 2;
const STEP = 1e-6;
const SAMPLES = 8;
/**
 * Central differences in float64 are good to 1e-9 here; the emitted derivative is computed in float32, where sums of
 * up to some hundred terms of size 1 lose about 1e-5.
 */
const TOLERANCE = 2e-4;

/** Operands whose derivative is not in the closed set: asking for it names the op. */
const WITHOUT_KERNEL_GRADIENT = new Set(["depthwiseConv2d", "depthwiseConv2dInputGrad", "conv3d", "conv3dInputGrad"]);

/** Cases away from kinks and infinities: values drawn from a range. */
function isSmooth({ operands, op, attributes }: Case): boolean {
	const floats = operands.filter(({ dtype = "float32" }) => dtype === "float32");
	// A concatenation along the batch has no derivative: a part of the batch cannot be taken.
	if (op === "concat" && attributes?.axis === 0) return false;
	const listed = floats.some(
		({ values }) =>
			values &&
			"list" in values &&
			values.list.some((value) => !Number.isFinite(value) || Math.abs(value) > 20 || value === 0),
	);
	const ties =
		op !== "reduceProd" &&
		floats.some(({ values }) => values && "list" in values && new Set(values.list).size < values.list.length);
	return floats.length > 0 && !listed && !ties;
}

const differentiable = [...PRIMITIVES.values()].filter(({ vjp: rule }) => rule);

describe("the derivative of every primitive is what central differences of its definition say", function () {
	this.timeout(60_000);
	for (const { name } of differentiable) {
		it(name, async () => {
			const cases = CASES.filter((one) => one.op === name && isSmooth(one));
			let tested = 0;
			for (const [index, one] of cases.entries()) {
				if (resultDType(one) === "float32" && (await check(one, index))) tested++;
			}
			assert.ok(tested > 0, `${name} has no case that is smooth`);
		});
	}

	for (const name of WITHOUT_KERNEL_GRADIENT) {
		it(`${name} says that it has none in its kernel`, () => {
			const one = CASES.find(({ op }) => op === name) as Case;
			const { b, values, result } = build(one);
			const g = b.input("g", "float32", result.shape);
			assert.throws(
				() => vjp(b, [[result, g]], [values[1]!]),
				(error) => error instanceof UnsupportedError && error.message.includes(name),
			);
		});
	}
});

it("a comparison passes no gradient, and what is not differentiable says so by name", () => {
	const b = new Builder();
	const x = b.input("x", "float32", [-1, 3]);
	const isPositive = b.emit("greater", [x, b.input("y", "float32", [3])]);
	const y = b.emit("cast", [isPositive], { dtype: "float32" });
	assert.deepEqual(vjp(b, [[y, y]], [x]), [undefined]);
});

function build({ op, operands, attributes }: Case) {
	const b = new Builder();
	const values = operands.map(({ shape, dtype }, at) => b.input(`x${at}`, dtype ?? "float32", shape));
	return { b, values, result: b.emit(op, values, attributes ?? {}) };
}

function resultDType(one: Case): string {
	return build(one).result.dtype;
}

/** @returns false for a case whose result is not finite or huge, where there is nothing to compare. */
async function check(one: Case, seed: number): Promise<boolean> {
	const random = generator(seed);
	const tensors = one.operands.map((operand) => fill(operand, BATCH, random));
	const pooledAt = one.operands.findIndex(({ isPooled }) => isPooled);
	if (pooledAt >= 0) tensors[pooledAt] = poolOf(tensors[0]!, one, bindShape(one.operands[pooledAt]!.shape, BATCH));

	const { b, values, result } = build(one);
	const shape = bindShape(result.shape, BATCH);
	// Beside the largest numbers (places that no maximum is scattered to) differences vanish.
	const isModerate = (value: number) => Math.abs(value) < 1e30;
	if (!REFERENCES[one.op]!(tensors, one.attributes ?? {}, shape).values.every(isModerate)) return false;
	const cotangent = fill({ shape, values: [-1, 1] }, BATCH, random);
	const wanted = values.filter(
		(value, at) => value.dtype === "float32" && !(at === 1 && WITHOUT_KERNEL_GRADIENT.has(one.op)),
	);
	const gradients = vjp(b, [[result, b.input("cotangent", "float32", result.shape)]], wanted);
	for (const [at, gradient] of gradients.entries()) if (gradient) b.output(`d${wanted[at]!.id}`, gradient);
	if (!gradients.some(Boolean)) b.output("none", result);
	const inputs = Object.fromEntries([...tensors.map((tensor, at) => [`x${at}`, tensor]), ["cotangent", cotangent]]);
	const found = await runPlainly(b.build(), inputs, BATCH);

	for (const [at, value] of values.entries()) {
		if (!wanted.includes(value)) continue;
		const expected = centralDifferences(one, tensors, at, shape, cotangent);
		const gradient = found[`d${value.id}`]?.data ?? new Float32Array(tensors[at]!.data.length);
		assert.equal(gradient.length, tensors[at]!.data.length);
		const scale = Math.max(1, ...[...expected.values()].map(Math.abs));
		for (const [place, slope] of expected) {
			const difference = Math.abs((gradient[place] as number) - slope);
			assert.ok(
				difference <= TOLERANCE * scale,
				`${one.op} ${JSON.stringify(one.attributes ?? {})}: d/dx${at}[${place}] is ${gradient[place]}, but differences say ${slope}`,
			);
		}
	}
	return true;
}

/** d/dx_i of sum cotangent * f(x), at some elements spread over x. */
function centralDifferences(
	{ op, attributes }: Case,
	tensors: readonly Tensor[],
	at: number,
	shape: readonly number[],
	cotangent: Tensor,
): Map<number, number> {
	const moved = Float64Array.from(tensors[at]!.data);
	const operands: NdArray[] = tensors.map((tensor, index) => (index === at ? { ...tensor, data: moved } : tensor));
	const objective = () =>
		REFERENCES[op]!(operands, attributes ?? {}, shape).values.reduce(
			(sum, value, index) => sum + value * (cotangent.data[index] as number),
			0,
		);
	const slopes = new Map<number, number>();
	for (const place of spreadOver(moved.length)) {
		const here = moved[place] as number;
		moved[place] = here + STEP;
		const above = objective();
		moved[place] = here - STEP;
		const below = objective();
		moved[place] = here;
		slopes.set(place, (above - below) / (2 * STEP));
	}
	return slopes;
}

/** All indices of a small array; of a large one the first, the last, and others in uneven steps, so that no axis is missed. */
function spreadOver(length: number): number[] {
	const step = Math.max(1, length / SAMPLES);
	const places = Array.from({ length: Math.min(length, SAMPLES) }, (_, index) => Math.floor(index * step));
	return [...new Set([...places, length - 1])].filter((place) => place >= 0);
}
