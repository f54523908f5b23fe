import {
	approximated,
	broadcastAt,
	type Expected,
	exact,
	type NdArray,
	type Reference,
	rounded,
	tabulate,
} from "./reference";

function unary(f: (x: number) => number, judge: (values: number[], x: NdArray) => Expected): Reference {
	return ([x]) => judge(Array.from(x!.data, f), x!);
}

const isExact = (values: number[]) => exact(values);
const isRounded = (values: number[]) => rounded(values);
const isApproximated = (values: number[]) => approximated(values);
/** The approximation subtracts from something of the argument's size, or of 1. */
const besideArgument = (values: number[], x: NdArray) =>
	approximated(values, (index) => Math.min(1, Math.abs(x.data[index] as number)));
const besideOne = (values: number[]) => approximated(values, () => 1);

/** Simpson's rule over the definition; far more exact than float32 for |x| < 6. */
function erfBySimpson(x: number): number {
	if (Math.abs(x) > 6) return Math.sign(x);
	const steps = 2000;
	const h = x / steps;
	let sum = 0;
	for (let i = 0; i <= steps; i++)
		sum += Math.exp(-((i * h) ** 2)) * (i === 0 || i === steps ? 1 : i % 2 === 1 ? 4 : 2);
	return (2 / Math.sqrt(Math.PI)) * (h / 3) * sum;
}

function nearestEven(x: number): number {
	const below = Math.floor(x);
	if (!Number.isFinite(x) || x - below < 0.5) return below;
	return x - below > 0.5 || below % 2 !== 0 ? below + 1 : below;
}

const SELU = { alpha: 1.6732632423543772, scale: 1.0507009873554805 };

function negativeBesideOne(x: NdArray, alpha: number, scale: number): Expected {
	const values = Array.from(x.data, (v) => scale * (v > 0 ? v : alpha * Math.expm1(v)));
	return approximated(values, (i) => ((x.data[i] as number) < 0 ? scale * alpha : 0));
}

export const UNARY_REFERENCES: Record<string, Reference> = {
	neg: unary((x) => -x, isExact),
	abs: unary((x) => Math.abs(x), isExact),
	sign: unary((x) => (x > 0 ? 1 : x < 0 ? -1 : x), isExact),
	exp: unary(
		(x) => Math.exp(x),
		(values, x) => approximated(values, (i) => (values[i] as number) * (x.data[i] as number)),
	),
	log: unary((x) => Math.log(x), besideOne),
	log1p: unary((x) => Math.log1p(x), isApproximated),
	expm1: unary((x) => Math.expm1(x), isApproximated),
	sqrt: unary((x) => Math.sqrt(x), isRounded),
	rsqrt: unary((x) => 1 / Math.sqrt(x), isApproximated),
	square: unary((x) => x * x, isRounded),
	// Eigen divides by one Newton step, y (2 - x y), from the processor's estimate, whose error is at most 1.5 * 2^-12 (AVX):
	// the step squares that to 2.25 * 2^-24 and adds two roundings, 4.25 half units in all.
	reciprocal: unary(
		(x) => 1 / x,
		(values) => rounded(values, 4.25),
	),
	sin: unary((x) => Math.sin(x), besideArgument),
	cos: unary((x) => Math.cos(x), besideOne),
	// The slope of tan is 1 + tan^2: that is what an error of the argument grows by.
	tan: unary(
		(x) => Math.tan(x),
		(values) => approximated(values, (i) => (values[i] as number) ** 2),
	),
	asin: unary((x) => Math.asin(x), isApproximated),
	acos: unary((x) => Math.acos(x), besideOne),
	atan: unary((x) => Math.atan(x), isApproximated),
	sinh: unary(
		(x) => Math.sinh(x),
		(values, x) => approximated(values, (i) => (values[i] as number) * (x.data[i] as number)),
	),
	cosh: unary(
		(x) => Math.cosh(x),
		(values, x) => approximated(values, (i) => (values[i] as number) * (x.data[i] as number)),
	),
	asinh: unary((x) => Math.asinh(x), isApproximated),
	// Near 1 (and atanh near -1 and 1) the slope is unbounded.
	acosh: unary((x) => Math.acosh(x), besideOne),
	atanh: unary((x) => Math.atanh(x), isApproximated),
	tanh: unary((x) => Math.tanh(x), isApproximated),
	sigmoid: unary((x) => 1 / (1 + Math.exp(-x)), isApproximated),
	softplus: unary((x) => (x > 40 ? x : Math.log1p(Math.exp(x))), isApproximated),
	erf: unary(erfBySimpson, isApproximated),
	relu: unary((x) => (x < 0 ? 0 : x), isExact),
	// Engines subtract 1 from exp(x).
	elu: ([x], { alpha }) => negativeBesideOne(x!, alpha as number, 1),
	selu: ([x]) => negativeBesideOne(x!, SELU.alpha, SELU.scale),
	leakyRelu: ([x], { alpha }) =>
		rounded(
			Array.from(x!.data, (v) => (v > 0 ? v : (alpha as number) * v)),
			3,
		),
	floor: unary((x) => Math.floor(x), isExact),
	ceil: unary((x) => Math.ceil(x), isExact),
	round: unary(nearestEven, isExact),
	isNaN: unary((x) => Number(Number.isNaN(x)), isExact),
	isInfinite: unary((x) => Number(x === Infinity || x === -Infinity), isExact),
	logicalNot: unary((x) => Number(x === 0), isExact),
	cast: ([x], { dtype }) =>
		exact(Array.from(x!.data, (v) => (dtype === "bool" ? Number(v !== 0) : dtype === "int32" ? Math.trunc(v) : v))),
};

function binary(
	f: (x: number, y: number) => number,
	judge: (values: number[], x: number[], y: number[]) => Expected,
): Reference {
	return ([x, y], _attributes, shape) => {
		const xs = tabulate(shape, (index) => broadcastAt(x!, index));
		const ys = tabulate(shape, (index) => broadcastAt(y!, index));
		return judge(
			xs.map((value, i) => f(value, ys[i] as number)),
			xs,
			ys,
		);
	};
}

/** x^y = exp(y log x): errors grow with the exponent. */
const power = (values: number[], x: number[], y: number[]) =>
	approximated(values, (i) => (values[i] as number) * (y[i] as number) * Math.log(Math.abs(x[i] as number) || 1));

export const BINARY_REFERENCES: Record<string, Reference> = {
	add: binary(
		(x, y) => x + y,
		(values) => rounded(values),
	),
	sub: binary(
		(x, y) => x - y,
		(values) => rounded(values),
	),
	mul: binary(
		(x, y) => x * y,
		(values) => rounded(values),
	),
	div: binary(
		(x, y) => x / y,
		(values) => rounded(values),
	),
	pow: binary((x, y) => (x === 1 ? 1 : x ** y), power),
	// NaN wins over any number.
	maximum: binary((x, y) => (x > y ? x : y >= x ? y : Number.NaN), isExact),
	minimum: binary((x, y) => (x < y ? x : y <= x ? y : Number.NaN), isExact),
	floorDiv: binary((x, y) => Math.floor(Math.fround(x / y)), isExact),
	mod: binary(
		(x, y) => x - Math.floor(x / y) * y,
		(values, _x, y) =>
			rounded(
				values.map((v, i) => (v === y[i] ? 0 : v)),
				4,
			),
	),
	atan2: binary((x, y) => Math.atan2(x, y), isApproximated),
	greater: binary((x, y) => Number(x > y), isExact),
	greaterEqual: binary((x, y) => Number(x >= y), isExact),
	less: binary((x, y) => Number(x < y), isExact),
	lessEqual: binary((x, y) => Number(x <= y), isExact),
	equal: binary((x, y) => Number(x === y), isExact),
	notEqual: binary((x, y) => Number(x !== y), isExact),
	bitwiseAnd: binary((x, y) => {
		let bits = 0;
		for (let place = 0; place < 32; place++) {
			const both = Math.floor(x / 2 ** place) % 2 !== 0 && Math.floor(y / 2 ** place) % 2 !== 0;
			if (both) bits += place === 31 ? -(2 ** 31) : 2 ** place;
		}
		return bits;
	}, isExact),
	logicalAnd: binary((x, y) => Number(x !== 0 && y !== 0), isExact),
	logicalOr: binary((x, y) => Number(x !== 0 || y !== 0), isExact),
	reluGrad: binary((g, x) => (x > 0 ? g : 0), isExact),
	select: ([condition, a, b], _attributes, shape) =>
		exact(
			tabulate(shape, (index) =>
				broadcastAt(condition!, index) !== 0 ? broadcastAt(a!, index) : broadcastAt(b!, index),
			),
		),
};
