import { integer, integers, number, pairs } from "../attributes";
import type { Attributes } from "../types";
import { eachIndex, type KnownTensor, known, rearranged, stridesOf } from "./tensor";

type Move = (
	inputs: readonly KnownTensor[],
	attributes: Attributes,
	shape: readonly number[],
) => KnownTensor | undefined;

const flat = (index: readonly number[], strides: readonly number[]) =>
	index.reduce((sum, at, axis) => sum + at * (strides[axis] as number), 0);

/** A move whose source index is that of the result, axis by axis. */
const along =
	(source: (at: number, axis: number, x: KnownTensor, attributes: Attributes) => number): Move =>
	([x], attributes, shape) => {
		const strides = stridesOf(x!.shape);
		return rearranged(x!, shape, (index) =>
			flat(
				index.map((at, axis) => source(at, axis, x!, attributes)),
				strides,
			),
		);
	};

const concat: Move = (inputs, attributes, shape) => {
	const axis = integer(attributes, "axis");
	const data: number[] = [];
	const batch: number[] = [];
	const ends: number[] = [];
	for (const { shape: part } of inputs) ends.push((ends.at(-1) ?? 0) + (part[axis] as number));
	eachIndex(shape, (index) => {
		const which = ends.findIndex((end) => (index[axis] as number) < end);
		const x = inputs[which]!;
		const start = (ends[which] as number) - (x.shape[axis] as number);
		const at = flat(
			index.map((place, i) => (i === axis ? place - start : place)),
			stridesOf(x.shape),
		);
		data.push(x.data[at] as number);
		batch.push(x.batch?.[at] ?? 0);
	});
	return known(inputs[0]!.dtype, shape, data, batch);
};

const gather: Move = ([x, picks], attributes, shape) => {
	const axis = integer(attributes, "axis");
	const extent = x!.shape[axis] as number;
	if (picks!.batch || picks!.data.some((at) => at < 0 || at >= extent)) return undefined;
	const [strides, pickStrides] = [stridesOf(x!.shape), stridesOf(picks!.shape)];
	const rank = picks!.shape.length;
	return rearranged(x!, shape, (index) => {
		const pick = picks!.data[flat(index.slice(axis, axis + rank), pickStrides)] as number;
		return flat([...index.slice(0, axis), pick, ...index.slice(axis + rank)], strides);
	});
};

const broadcastTo: Move = ([x], _attributes, shape) => {
	const strides = stridesOf(x!.shape);
	const added = shape.length - x!.shape.length;
	return rearranged(x!, shape, (index) =>
		flat(
			x!.shape.map((extent, axis) => (extent === 1 ? 0 : (index[axis + added] as number))),
			strides,
		),
	);
};

const pad: Move = ([x], attributes, shape) => {
	const paddings = pairs(attributes, "paddings");
	const strides = stridesOf(x!.shape);
	return rearranged(
		x!,
		shape,
		(index) => {
			const places = index.map((at, axis) => at - (paddings[axis]?.[0] ?? 0));
			const inside = places.every((at, axis) => at >= 0 && at < (x!.shape[axis] as number));
			return inside ? flat(places, strides) : -1;
		},
		number(attributes, "value"),
	);
};

/** Primitives that move elements without changing them. */
export const MOVES: Readonly<Record<string, Move>> = {
	reshape: ([x], _attributes, shape) => ({ ...x!, shape }),
	transpose: ([x], attributes, shape) => {
		const permutation = integers(attributes, "permutation");
		const strides = stridesOf(x!.shape);
		return rearranged(x!, shape, (index) =>
			index.reduce((sum, at, axis) => sum + at * (strides[permutation[axis] as number] as number), 0),
		);
	},
	slice: along((at, axis, _x, attributes) => at + (integers(attributes, "begin")[axis] as number)),
	stridedSlice: along((at, axis, _x, attributes) =>
		axis === integer(attributes, "axis") ? integer(attributes, "begin") + at * integer(attributes, "stride") : at,
	),
	reverse: along((at, axis, x, attributes) =>
		integers(attributes, "axes").includes(axis) ? (x.shape[axis] as number) - 1 - at : at,
	),
	tile: along((at, axis, x) => at % (x.shape[axis] as number)),
	concat,
	gather,
	broadcastTo,
	pad,
};
