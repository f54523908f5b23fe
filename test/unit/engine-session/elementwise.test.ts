import type { Value } from "../../../src/core/program/types";
import { vjp } from "../../../src/core/program/vjp";
import {
	type BinaryName,
	binary,
	cast,
	constant,
	elu,
	leakyRelu,
	reluGrad,
	select,
	type UnaryName,
	unary,
} from "../../../src/core/program/vocabulary";
import { float32, type Tensor } from "../../../src/shared/tensor";
import { assertClose, bool, int32, SessionUnderTest } from "./session-under-test";

const isInside = (low: number, high: number) => (x: number) => x > low && x < high;
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const toEven = (x: number) => {
	const below = Math.floor(x);
	return x - below === 0.5 ? below + (below % 2 === 0 ? 0 : 1) : Math.round(x);
};

/** Power series of erf (Abramowitz and Stegun 7.1.5), good for the small arguments used here. */
function erf(x: number): number {
	let [sum, term] = [0, x];
	for (let n = 0; n < 60; n++) {
		sum += term / (2 * n + 1);
		term *= (-x * x) / (n + 1);
	}
	return (2 / Math.sqrt(Math.PI)) * sum;
}

type Real = (x: number) => number;
const UNARY: Partial<Record<UnaryName, readonly [Real, ((x: number) => boolean)?]>> = {
	neg: [(x) => -x],
	abs: [Math.abs],
	sign: [Math.sign],
	exp: [Math.exp],
	log: [Math.log, (x) => x > 0],
	log1p: [Math.log1p, (x) => x > -1],
	expm1: [Math.expm1],
	sqrt: [Math.sqrt, (x) => x >= 0],
	rsqrt: [(x) => 1 / Math.sqrt(x), (x) => x > 0],
	square: [(x) => x * x],
	reciprocal: [(x) => 1 / x, (x) => x !== 0],
	sin: [Math.sin],
	cos: [Math.cos],
	tan: [Math.tan, isInside(-1.5, 1.5)],
	asin: [Math.asin, isInside(-1, 1)],
	acos: [Math.acos, isInside(-1, 1)],
	atan: [Math.atan],
	sinh: [Math.sinh],
	cosh: [Math.cosh],
	asinh: [Math.asinh],
	acosh: [Math.acosh, (x) => x > 1],
	atanh: [Math.atanh, isInside(-1, 1)],
	tanh: [Math.tanh],
	sigmoid: [sigmoid],
	softplus: [(x) => Math.log1p(Math.exp(-Math.abs(x))) + Math.max(x, 0)],
	erf: [erf],
	relu: [(x) => Math.max(x, 0)],
	selu: [(x) => 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * Math.expm1(x))],
	floor: [Math.floor],
	ceil: [Math.ceil],
	round: [toEven],
};

const POINTS = [-3.7, -2.5, -1.5, -1, -0.75, -0.5, -0.1, 0, 0.1, 0.25, 0.5, 0.9, 1, 1.2, 1.5, 2.5, 3.3];

const floorMod = (x: number, y: number) => x - Math.floor(x / y) * y;
const BINARY: Partial<Record<BinaryName, (x: number, y: number) => number>> = {
	add: (x, y) => x + y,
	sub: (x, y) => x - y,
	mul: (x, y) => x * y,
	div: (x, y) => x / y,
	maximum: Math.max,
	minimum: Math.min,
	floorDiv: (x, y) => Math.floor(x / y),
	mod: floorMod,
	atan2: Math.atan2,
};
const COMPARISONS: Partial<Record<BinaryName, (x: number, y: number) => boolean>> = {
	greater: (x, y) => x > y,
	greaterEqual: (x, y) => x >= y,
	less: (x, y) => x < y,
	lessEqual: (x, y) => x <= y,
	equal: (x, y) => x === y,
	notEqual: (x, y) => x !== y,
};

/** Transcendental functions of TensorFlow are good to a few units in the last place of float32. */
const FEW_ULPS = 2e-6;

describe("session engine: elementwise ops", () => {
	const session = SessionUnderTest.inSuite();
	const vector = (values: readonly number[]) => float32([values.length], values);

	for (const [name, [f, domain]] of Object.entries(UNARY)) {
		it(`${name} equals its definition`, async () => {
			const points = POINTS.filter((x) => domain?.(x) ?? true).map(Math.fround);
			const result = await session.compute({ x: vector(points) }, (b, v) => unary(b, name as UnaryName, v.x as Value));
			assertClose(result, { shape: [points.length], data: points.map(f) }, FEW_ULPS);
		});
	}

	it("elu falls to -alpha, whatever alpha is", async () => {
		for (const alpha of [1, 0.3, 2]) {
			const points = [...POINTS, -40, 40].map(Math.fround);
			const result = await session.compute({ x: vector(points) }, (b, v) => elu(b, v.x as Value, alpha));
			const expected = points.map((x) => (x > 0 ? x : alpha * Math.expm1(x)));
			assertClose(result, { shape: [points.length], data: expected }, FEW_ULPS);
		}
	});

	it("leakyRelu scales what is below zero, also by more than one", async () => {
		for (const alpha of [0.2, 0, 1.5]) {
			const result = await session.compute({ x: vector(POINTS) }, (b, v) => leakyRelu(b, v.x as Value, alpha));
			const expected = POINTS.map((x) => Math.fround(x) * (x > 0 ? 1 : alpha));
			assertClose(result, { shape: [POINTS.length], data: expected }, FEW_ULPS);
		}
	});

	it("reluGrad passes the gradient above zero only, with slope 0 at zero", async () => {
		const inputs = { g: vector([1, 2, 3, 4]), x: vector([-1, 0, 1e-30, 2]) };
		const result = await session.compute(inputs, (b, v) => reluGrad(b, v.g as Value, v.x as Value));
		assertClose(result, { shape: [4], data: [0, 0, 3, 4] }, 0);
	});

	it("reluGrad is the same whether or not the rectified value is in the program", async () => {
		const inputs = { g: vector([1, 2, 3, 4]), x: vector([-1, 0, 0.5, 2]) };
		const result = await session.compute(inputs, (b, v) => {
			const y = unary(b, "relu", v.x as Value);
			return binary(b, "add", reluGrad(b, v.g as Value, v.x as Value), y);
		});
		assertClose(result, { shape: [4], data: [0, 0, 3.5, 6] }, 0);
	});

	it("a rectifier that ends at 6 has slope 1 between 0 and 6 only", async () => {
		const x = vector([-1, 0, 0.5, 5.9, 6, 7]);
		const upper = await session.compute({ x }, (b, v) =>
			binary(b, "minimum", constant(b, 6), unary(b, "relu", v.x as Value)),
		);
		assertClose(upper, { shape: [6], data: [0, 0, 0.5, Math.fround(5.9), 6, 6] }, 0);
		const slope = await session.compute({ x }, (b, v) => {
			const y = binary(b, "minimum", constant(b, 6), unary(b, "relu", v.x as Value));
			const ones = constant(b, [1, 2, 3, 4, 5, 6], [6]);
			return vjp(b, [[y, ones]], [v.x as Value])[0] as Value;
		});
		assertClose(slope, { shape: [6], data: [0, 0, 3, 4, 0, 0] }, 0);
	});

	it("two operands broadcast from either side", async () => {
		const x = float32([2, 1, 3], [-2.5, -1, 0.5, 1, 2, 3.5]);
		const y = float32([2, 1], [2, -1.5]);
		const places = [0, 1].flatMap((i) => [0, 1].flatMap((j) => [0, 1, 2].map((k) => [x.data[i * 3 + k], y.data[j]])));
		for (const [name, f] of Object.entries(BINARY)) {
			const result = await session.compute({ x, y }, (b, v) =>
				binary(b, name as BinaryName, v.x as Value, v.y as Value),
			);
			assertClose(result, { shape: [2, 2, 3], data: places.map(([p, q]) => f(p as number, q as number)) }, FEW_ULPS);
		}
		for (const [name, f] of Object.entries(COMPARISONS)) {
			const result = await session.compute({ x, y }, (b, v) =>
				binary(b, name as BinaryName, v.x as Value, v.y as Value),
			);
			assertClose(result, { shape: [2, 2, 3], data: places.map(([p, q]) => Number(f(p as number, q as number))) }, 0);
		}
	});

	it("pow takes negative bases to whole exponents", async () => {
		const inputs = { x: vector([-2, 2, 0.5, 0]), y: vector([3, 0.5, -1, 2]) };
		const result = await session.compute(inputs, (b, v) => binary(b, "pow", v.x as Value, v.y as Value));
		assertClose(result, { shape: [4], data: [-8, Math.SQRT2, 2, 0] }, FEW_ULPS);
	});

	it("int32 arithmetic stays exact and divides towards minus infinity", async () => {
		const inputs = { x: int32([4], [7, -7, 16777217, -1]), y: int32([4], [2, 2, 1, 3]) };
		const expected: Partial<Record<BinaryName, number[]>> = {
			add: [9, -5, 16777218, 2],
			sub: [5, -9, 16777216, -4],
			mul: [14, -14, 16777217, -3],
			floorDiv: [3, -4, 16777217, -1],
			mod: [1, 1, 0, 2],
			maximum: [7, 2, 16777217, 3],
			minimum: [2, -7, 1, -1],
		};
		for (const [name, data] of Object.entries(expected)) {
			const result = await session.compute(inputs, (b, v) => binary(b, name as BinaryName, v.x as Value, v.y as Value));
			assertClose(result, { shape: [4], data }, 0);
		}
	});

	it("adding a bias is the same from both sides", async () => {
		const inputs: Record<string, Tensor> = { x: float32([2, 3], [1, 2, 3, 4, 5, 6]), bias: vector([10, 20, 30]) };
		const expected = { shape: [2, 3], data: [11, 22, 33, 14, 25, 36] };
		assertClose(await session.compute(inputs, (b, v) => binary(b, "add", v.x as Value, v.bias as Value)), expected, 0);
		assertClose(await session.compute(inputs, (b, v) => binary(b, "add", v.bias as Value, v.x as Value)), expected, 0);
	});

	it("logic and selection work on bool values", async () => {
		const inputs = { p: bool([4], [true, true, false, false]), q: bool([4], [true, false, true, false]) };
		const of = (name: BinaryName) => session.compute(inputs, (b, v) => binary(b, name, v.p as Value, v.q as Value));
		assertClose(await of("logicalAnd"), { shape: [4], data: [1, 0, 0, 0] }, 0);
		assertClose(await of("logicalOr"), { shape: [4], data: [1, 1, 1, 0] }, 0);
		const not = await session.compute(inputs, (b, v) => unary(b, "logicalNot", v.p as Value));
		assertClose(not, { shape: [4], data: [0, 0, 1, 1] }, 0);
		const chosen = await session.compute(inputs, (b, v) =>
			select(b, v.p as Value, 7, cast(b, v.q as Value, "float32")),
		);
		assertClose(chosen, { shape: [4], data: [7, 7, 1, 0] }, 0);
	});

	it("what is not a number is told apart", async () => {
		const x = vector([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1]);
		assertClose(
			await session.compute({ x }, (b, v) => unary(b, "isNaN", v.x as Value)),
			{ shape: [4], data: [1, 0, 0, 0] },
			0,
		);
		assertClose(
			await session.compute({ x }, (b, v) => unary(b, "isInfinite", v.x as Value)),
			{ shape: [4], data: [0, 1, 1, 0] },
			0,
		);
	});

	it("casts go towards zero and tell zero from the rest", async () => {
		const x = vector([-1.7, -0.2, 0, 0.9, 2.5]);
		assertClose(
			await session.compute({ x }, (b, v) => cast(b, v.x as Value, "int32")),
			{ shape: [5], data: [-1, 0, 0, 0, 2] },
			0,
		);
		assertClose(
			await session.compute({ x }, (b, v) => cast(b, v.x as Value, "bool")),
			{ shape: [5], data: [1, 1, 0, 1, 1] },
			0,
		);
	});
});
