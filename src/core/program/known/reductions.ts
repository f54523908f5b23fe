import { integers } from "../attributes";
import type { Attributes } from "../types";
import { type Affine, BINARY } from "./arithmetic";
import { eachIndex, type KnownTensor, known, stridesOf } from "./tensor";

const START: Readonly<Record<string, { readonly combine: keyof typeof BINARY; readonly empty: number }>> = {
	reduceSum: { combine: "add", empty: 0 },
	reduceProd: { combine: "mul", empty: 1 },
	reduceMax: { combine: "maximum", empty: Number.NEGATIVE_INFINITY },
	reduceMin: { combine: "minimum", empty: Number.POSITIVE_INFINITY },
};

export const isReduction = (op: string): boolean => op in START;

/** A reduction of known numbers; `undefined` when it depends on the batch in another way than a multiple of it. */
export function reduced(
	op: string,
	x: KnownTensor,
	attributes: Attributes,
	shape: readonly number[],
): KnownTensor | undefined {
	const { combine, empty } = START[op]!;
	const axes = new Set(integers(attributes, "axes"));
	const kept = x.shape.map((extent, axis) => (axes.has(axis) ? 1 : extent));
	const strides = stridesOf(kept);
	const size = kept.reduce((product, extent) => product * extent, 1);
	const totals = new Array<Affine | undefined>(size).fill(undefined);
	let isKnown = true;
	eachIndex(x.shape, (index, at) => {
		const to = index.reduce((sum, place, axis) => sum + (axes.has(axis) ? 0 : place * (strides[axis] as number)), 0);
		const element: Affine = { data: x.data[at] as number, batch: x.batch?.[at] ?? 0 };
		const before = totals[to];
		const next = before === undefined ? element : BINARY[combine]?.(before, element);
		if (next === undefined) isKnown = false;
		else totals[to] = next;
	});
	if (!isKnown) return undefined;
	const data = totals.map((total) => total?.data ?? empty);
	return known(
		x.dtype,
		shape,
		data,
		totals.map((total) => total?.batch ?? 0),
	);
}
