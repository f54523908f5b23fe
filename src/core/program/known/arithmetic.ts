import { broadcastShapes } from "../dims";
import { eachIndex, type KnownTensor, known, stridesOf } from "./tensor";

/** `data + batch * N`, one number. */
export interface Affine {
	readonly data: number;
	readonly batch: number;
}

/** The sign that a number has for every batch size from 1 up, if it is always the same. */
function signOf({ data, batch }: Affine): -1 | 0 | 1 | undefined {
	if (batch === 0) return Math.sign(data) as -1 | 0 | 1;
	const first = data + batch;
	if (batch > 0 && first > 0) return 1;
	if (batch < 0 && first < 0) return -1;
	return undefined;
}

const difference = (x: Affine, y: Affine): Affine => ({ data: x.data - y.data, batch: x.batch - y.batch });
const fixed = (data: number): Affine => ({ data, batch: 0 });

type Binary = (x: Affine, y: Affine) => Affine | undefined;

/** A function of two numbers that do not depend on the batch. */
const plain =
	(combine: (x: number, y: number) => number): Binary =>
	(x, y) =>
		x.batch === 0 && y.batch === 0 ? fixed(combine(x.data, y.data)) : undefined;

const comparison =
	(holds: (sign: -1 | 0 | 1) => boolean): Binary =>
	(x, y) => {
		const sign = signOf(difference(x, y));
		return sign === undefined ? undefined : fixed(Number(holds(sign)));
	};

const extreme =
	(wanted: 1 | -1): Binary =>
	(x, y) => {
		const sign = signOf(difference(x, y));
		return sign === undefined ? undefined : sign === wanted || sign === 0 ? x : y;
	};

const times: Binary = (x, y) => {
	if (x.batch !== 0 && y.batch !== 0) return undefined;
	return { data: x.data * y.data, batch: x.data * y.batch + x.batch * y.data };
};

/** Exact for what depends on the batch: 6 N / 2 is 3 N, N / 2 is unknown. */
const quotient =
	(round: (q: number) => number): Binary =>
	(x, y) => {
		if (x.batch === 0 && y.batch === 0) return fixed(round(x.data / y.data));
		if (y.batch !== 0)
			return x.data === 0 && x.batch % y.batch === 0 && y.data === 0 ? fixed(x.batch / y.batch) : undefined;
		if (x.batch % y.data !== 0 || x.data % y.data !== 0) return undefined;
		return { data: x.data / y.data, batch: x.batch / y.data };
	};

/** The remainder has the sign of the divisor, as in Python. */
const modulo = (x: number, y: number) => x - y * Math.floor(x / y);

export const BINARY: Readonly<Record<string, Binary>> = {
	add: (x, y) => ({ data: x.data + y.data, batch: x.batch + y.batch }),
	sub: difference,
	mul: times,
	div: quotient((q) => q),
	floorDiv: quotient(Math.floor),
	mod: (x, y) =>
		x.batch !== 0 && y.data !== 0 && x.batch % y.data === 0 && y.batch === 0
			? fixed(modulo(x.data, y.data))
			: plain(modulo)(x, y),
	pow: plain((x, y) => x ** y),
	maximum: extreme(1),
	minimum: extreme(-1),
	greater: comparison((sign) => sign > 0),
	greaterEqual: comparison((sign) => sign >= 0),
	less: comparison((sign) => sign < 0),
	lessEqual: comparison((sign) => sign <= 0),
	equal: comparison((sign) => sign === 0),
	notEqual: comparison((sign) => sign !== 0),
	logicalAnd: plain((x, y) => Number(x !== 0 && y !== 0)),
	logicalOr: plain((x, y) => Number(x !== 0 || y !== 0)),
};

const ofFixed =
	(compute: (x: number) => number) =>
	({ data, batch }: Affine): Affine | undefined =>
		batch === 0 ? fixed(compute(data)) : undefined;

/** Halves to even. */
const round = (x: number) => (Math.abs(x % 1) === 0.5 ? 2 * Math.round(x / 2) : Math.round(x));
const wholeStays =
	(compute: (x: number) => number) =>
	(x: Affine): Affine | undefined =>
		x.batch === 0 ? fixed(compute(x.data)) : Number.isInteger(x.batch) && Number.isInteger(x.data) ? x : undefined;

export const UNARY: Readonly<Record<string, (x: Affine) => Affine | undefined>> = {
	neg: ({ data, batch }) => ({ data: -data, batch: -batch }),
	abs: (x) => {
		const sign = signOf(x);
		return sign === undefined ? undefined : sign < 0 ? { data: -x.data, batch: -x.batch } : x;
	},
	sign: (x) => {
		const sign = signOf(x);
		return sign === undefined ? undefined : fixed(sign);
	},
	floor: wholeStays(Math.floor),
	ceil: wholeStays(Math.ceil),
	round: wholeStays(round),
	sqrt: ofFixed(Math.sqrt),
	exp: ofFixed(Math.exp),
	log: ofFixed(Math.log),
	square: ofFixed((x) => x * x),
	reciprocal: ofFixed((x) => 1 / x),
	relu: ofFixed((x) => Math.max(0, x)),
	logicalNot: ofFixed((x) => Number(x === 0)),
	isNaN: ofFixed((x) => Number(Number.isNaN(x))),
};

/** Applies a function to elements that broadcast; `undefined` as soon as one result is unknown. */
export function elementwise(
	inputs: readonly KnownTensor[],
	dtype: KnownTensor["dtype"],
	compute: (...operands: Affine[]) => Affine | undefined,
): KnownTensor | undefined {
	const shape = inputs.map((input) => input.shape).reduce((a, c) => broadcastShapes(a, c));
	const strides = inputs.map((input) => stridesOf(input.shape));
	const data: number[] = [];
	const batch: number[] = [];
	let isKnown = true;
	eachIndex(shape, (index) => {
		if (!isKnown) return;
		const operands = inputs.map((input, which): Affine => {
			const added = shape.length - input.shape.length;
			let at = 0;
			for (const [axis, extent] of input.shape.entries())
				if (extent !== 1) at += (index[axis + added] as number) * (strides[which]?.[axis] as number);
			return { data: input.data[at] as number, batch: input.batch?.[at] ?? 0 };
		});
		const result = compute(...operands);
		isKnown = result !== undefined;
		if (result) {
			data.push(dtype === "float32" ? Math.fround(result.data) : result.data);
			batch.push(result.batch);
		}
	});
	return isKnown ? known(dtype, shape, data, batch) : undefined;
}
