import { InvalidRequestError } from "../../../shared/errors";
import type { Attr } from "../../graph/types";
import type { Builder } from "../../program/builder";
import { isBatchDim } from "../../program/dims";
import { requireKnown } from "../../program/known";
import type { Dim, Value } from "../../program/types";
import { cast, constant, gather, pad, slice, squeeze, stridedSlice } from "../../program/vocabulary";
import { numberAttr, numbersAttr } from "../attributes";
import { countAlong } from "../indexing/places";
import { axisOf, checkTable, inputAt, knownExtent } from "../numbers";
import type { Attrs, OpDefinition } from "../op";
import { crop } from "../spatial/padding";

const listOf = (attr: Attr): readonly Attr[] | undefined =>
	attr == null ? undefined : Array.isArray(attr) ? attr : [attr];

/** Entries for the axes that are named (the first ones when none are), one of each attr for each. */
function perNamedAxis(x: Value, attrs: Attrs, count: number): number[] {
	const axes = attrs.axes == null ? Array.from({ length: count }, (_, axis) => axis) : numbersAttr(attrs, "axes");
	if (axes.length !== count)
		throw new InvalidRequestError(`${axes.length} axes are named, but numbers for ${count} are given`);
	return axes.map((axis) => axisOf(axis, x.shape.length));
}

/** The bound as a number; a multiple of the batch is the end of an axis of that extent. */
function boundOn(extent: Dim, bound: Attr): number {
	if (typeof bound === "number") return bound;
	const batch =
		bound !== null && typeof bound === "object" && !Array.isArray(bound) && (bound as { batch?: Attr }).batch;
	if (typeof batch === "number" && -batch === extent) return Number.POSITIVE_INFINITY;
	throw new InvalidRequestError(`${JSON.stringify(bound)} is no bound of an axis`);
}

/**
 * Elements from `starts` up to `ends` in `steps`, as Python slices; bounds beyond an axis are clipped.
 * attrs: `starts`, `ends`, `axes` (the first ones when absent), `steps` (1 when absent)
 */
function sliceAxes(b: Builder, x: Value, attrs: Attrs): Value {
	const starts = listOf(attrs.starts) ?? [];
	const ends = listOf(attrs.ends) ?? [];
	const steps = attrs.steps == null ? starts.map(() => 1) : numbersAttr(attrs, "steps");
	return perNamedAxis(x, attrs, starts.length).reduce((y, axis, at) => {
		const extent = y.shape[axis] as Dim;
		const [start, end] = [boundOn(extent, starts[at]), boundOn(extent, ends[at])];
		const step = steps[at] ?? 1;
		if (step === 0) throw new InvalidRequestError("a step of 0 goes nowhere");
		if (isBatchDim(extent)) {
			if (start === 0 && step === 1 && (end === Number.POSITIVE_INFINITY || end >= 2 ** 31 - 1)) return y;
			throw new InvalidRequestError("a slice of the batch is not computed: examples are independent of each other");
		}
		const clipped = (bound: number, low: number, high: number) =>
			Math.min(Math.max(bound < 0 ? bound + extent : bound, low), high);
		if (step > 0) {
			const [from, to] = [clipped(start, 0, extent), clipped(end, 0, extent)];
			if (step > 1) return stridedSlice(b, y, axis, Math.min(from, to), to, step);
			const onAxis = (there: number, elsewhere: number) => y.shape.map((_, i) => (i === axis ? there : elsewhere));
			return slice(b, y, onAxis(from, 0), onAxis(Math.max(0, to - from), -1));
		}
		const [from, to] = [clipped(start, -1, extent - 1), clipped(end, -1, extent - 1)];
		return stridedSlice(b, y, axis, Math.max(from, to), to, step);
	}, x);
}

/** Keeps the middle of an axis, or fills it up evenly with zeros; the odd cell is behind. attrs: `size`, `axes` */
function cropOrPad(b: Builder, x: Value, attrs: Attrs): Value {
	const size = numbersAttr(attrs, "size");
	const changes = x.shape.map((): [number, number] => [0, 0]);
	for (const [at, axis] of perNamedAxis(x, attrs, size.length).entries()) {
		const missing = (size[at] as number) - knownExtent(x, axis);
		const before = missing < 0 ? -Math.floor(-missing / 2) : Math.floor(missing / 2);
		changes[axis] = [before, missing - before];
	}
	const part = (sign: number) =>
		changes.map((pair) => pair.map((cells) => Math.max(0, sign * cells)) as [number, number]);
	return pad(b, crop(b, x, part(-1)), part(1));
}

/** Numbers from `start` on in steps, before `limit`. inputs: the three of them, known; the limit may be the batch. */
function range(b: Builder, inputs: readonly Value[]): Value {
	const [start, limit, delta] = [0, 1, 2].map((index) => {
		const known = requireKnown(b, inputAt(inputs, index), "bounds of a range");
		if (known.data.length !== 1) throw new InvalidRequestError("single numbers were expected as bounds of a range");
		return { number: known.data[0] as number, batch: known.batch?.[0] ?? 0 };
	}) as [Bound, Bound, Bound];
	const { dtype } = inputAt(inputs, 0);
	if (limit.batch > 0 && start.batch === 0 && start.number === 0 && limit.number === 0 && delta.number === 1)
		return cast(b, countAlong(b, [-limit.batch], 0), dtype);
	if (start.batch || limit.batch || delta.batch || delta.number === 0)
		throw new InvalidRequestError("a range from 0 by 1 is the only one whose end may depend on the batch size");
	const count = Math.max(0, Math.ceil((limit.number - start.number) / delta.number));
	checkTable(count);
	const numbers = Array.from({ length: count }, (_, step) => start.number + step * delta.number);
	return constant(b, numbers, [count], dtype);
}

interface Bound {
	readonly number: number;
	readonly batch: number;
}

/** The elements of an axis (or of all, in one row) where a condition holds. attrs: `condition` (known), `axis` */
function compress(b: Builder, x: Value, attrs: Attrs): Value {
	const condition = numbersAttr(attrs, "condition");
	const flat = attrs.axis == null;
	const axis = flat ? 0 : axisOf(numberAttr(attrs, "axis"), x.shape.length);
	const row = flat ? b.emit("reshape", [x], { shape: [x.shape.reduce((product, extent) => product * extent, 1)] }) : x;
	const places = condition.flatMap((holds, place) => (holds !== 0 ? [place] : []));
	if (places.some((place) => place >= knownExtent(row, axis)))
		throw new InvalidRequestError(`the condition holds behind the end of axis ${axis}`);
	return gather(b, row, constant(b, places, [places.length], "int32"), axis);
}

/** Row-major places of the elements that are not 0, one row an axis. The elements must be known. */
function nonZero(b: Builder, x: Value): Value {
	const known = requireKnown(b, x, "elements of which those that are not 0 count");
	if (known.batch) throw new InvalidRequestError("which elements are not 0 depends on the batch size");
	const strides = known.shape.map((_, axis) =>
		known.shape.slice(axis + 1).reduce((product, extent) => product * extent, 1),
	);
	const places = known.data.flatMap((value, at) => (value !== 0 ? [at] : []));
	const rows = strides.flatMap((stride, axis) =>
		places.map((at) => Math.floor(at / stride) % (known.shape[axis] as number)),
	);
	return constant(b, rows, [strides.length, places.length], "int32");
}

const moving = (op: string, compute: (b: Builder, x: Value, attrs: Attrs) => Value): OpDefinition => ({
	op,
	kind: "shape",
	forward: (b, inputs, _params, attrs) => [compute(b, inputAt(inputs, 0), attrs)],
});

/** One place of an axis, which is gone then. attrs: `axis`, `place` */
function takePlace(b: Builder, x: Value, attrs: Attrs): Value {
	const axis = axisOf(numberAttr(attrs, "axis"), x.shape.length);
	knownExtent(x, axis);
	const onAxis = (there: number, elsewhere: number) => x.shape.map((_, i) => (i === axis ? there : elsewhere));
	return squeeze(b, slice(b, x, onAxis(numberAttr(attrs, "place"), 0), onAxis(1, -1)), [axis]);
}

export const RANGES: readonly OpDefinition[] = [
	moving("TakePlace", takePlace),
	moving("SliceAxes", sliceAxes),
	moving("CropOrPad", cropOrPad),
	moving("Compress", compress),
	{ op: "Range", kind: "opaque", forward: (b, inputs) => [range(b, inputs)] },
	{ op: "NonZero", kind: "opaque", forward: (b, inputs) => [nonZero(b, inputAt(inputs, 0))] },
];
