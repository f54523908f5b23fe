import { InvalidRequestError } from "../../../shared/errors";
import type { Attr } from "../../graph/types";
import type { Builder } from "../../program/builder";
import { isBatchDim } from "../../program/dims";
import type { Dim, Value } from "../../program/types";
import { constant, expandDims, gather, reshape, slice, stridedSlice } from "../../program/vocabulary";
import { numbersAttr } from "../attributes";
import { axisOf, inputAt, knownExtent } from "../numbers";
import type { Attrs, OpDefinition } from "../op";

/** One entry of an index as NumPy takes it. */
type Entry =
	| { kind: "slice"; start: number | null; stop: number | null; step: number | null }
	| { kind: "index"; at: number }
	| { kind: "list"; at: readonly number[] }
	| { kind: "new-axis" }
	| { kind: "ellipsis" };

/** A graph holds entries as plain data: a number, a list, `null` (new axis), `"..."`, `{ start, stop, step }`. */
function entryOf(entry: Attr): Entry {
	const bound = (value: Attr): number | null => {
		if (value == null) return null;
		if (typeof value === "number") return value;
		throw new InvalidRequestError(`${JSON.stringify(value)} is no bound of a slice`);
	};
	if (entry === null) return { kind: "new-axis" };
	if (entry === "...") return { kind: "ellipsis" };
	if (typeof entry === "number") return { kind: "index", at: entry };
	if (Array.isArray(entry) && entry.every((item) => typeof item === "number"))
		return { kind: "list", at: entry as number[] };
	if (typeof entry === "object" && !Array.isArray(entry)) {
		const parts = entry as { readonly [name: string]: Attr };
		return { kind: "slice", start: bound(parts.start), stop: bound(parts.stop), step: bound(parts.step) };
	}
	throw new InvalidRequestError(`${JSON.stringify(entry)} is no index`);
}

const WHOLE: Entry = { kind: "slice", start: null, stop: null, step: null };

/** NumPy's basic indexing, and lists of places along one axis. The batch can only be taken whole. */
function getItem(b: Builder, x: Value, entries: readonly Entry[]): Value {
	const consuming = entries.filter((entry) => entry.kind !== "new-axis" && entry.kind !== "ellipsis").length;
	const missing = x.shape.length - consuming;
	if (missing < 0) throw new InvalidRequestError(`${consuming} indices were given for ${x.shape.length} axes`);
	const fill = new Array<Entry>(missing).fill(WHOLE);
	const full = entries.some((entry) => entry.kind === "ellipsis")
		? entries.flatMap((entry) => (entry.kind === "ellipsis" ? fill : [entry]))
		: [...entries, ...fill];
	let value = x;
	let axis = 0;
	for (const entry of full) {
		if (entry.kind === "new-axis") {
			value = expandDims(b, value, axis);
			axis++;
		} else if (entry.kind === "slice") {
			value = sliceAxis(b, value, axis, entry);
			axis++;
		} else if (entry.kind === "list") {
			value = takeAlong(b, value, axis, entry.at);
			axis++;
		} else if (entry.kind === "index") {
			const at = placeOn(entry.at, knownExtent(value, axis));
			const part = slice(b, value, onAxis(value, axis, at, 0), onAxis(value, axis, 1, -1));
			value = reshape(
				b,
				part,
				part.shape.filter((_, i) => i !== axis),
			);
		}
	}
	return value;
}

const onAxis = (x: Value, axis: number, there: number, elsewhere: number) =>
	x.shape.map((_, i) => (i === axis ? there : elsewhere));

function placeOn(at: number, extent: number): number {
	const place = at < 0 ? at + extent : at;
	if (place < 0 || place >= extent)
		throw new InvalidRequestError(`index ${at} is not on an axis of ${extent} elements`);
	return place;
}

function takeAlong(b: Builder, x: Value, axis: number, places: readonly number[]): Value {
	const extent = knownExtent(x, axis);
	const indices = places.map((at) => placeOn(at, extent));
	return gather(b, x, constant(b, indices, [indices.length], "int32"), axis);
}

/** Python's rules for bounds: negative ones count from the end, those past the ends are clipped. */
function sliceAxis(b: Builder, x: Value, axis: number, entry: Extract<Entry, { kind: "slice" }>): Value {
	const step = entry.step ?? 1;
	if (entry.start === null && entry.stop === null && step === 1) return x;
	if (isBatchDim(x.shape[axis] as Dim)) {
		if ((entry.start ?? 0) === 0 && entry.stop === null && step === 1) return x;
		throw new InvalidRequestError("a slice of the batch is not computed: examples are independent of each other");
	}
	const extent = knownExtent(x, axis);
	const clipped = (bound: number, low: number, high: number) =>
		Math.min(Math.max(bound < 0 ? bound + extent : bound, low), high);
	const [low, high] = step > 0 ? [0, extent] : [-1, extent - 1];
	const begin = entry.start === null ? (step > 0 ? low : high) : clipped(entry.start, low, high);
	const end = entry.stop === null ? (step > 0 ? high : low) : clipped(entry.stop, low, high);
	if (step === 1) return slice(b, x, onAxis(x, axis, begin, 0), onAxis(x, axis, Math.max(0, end - begin), -1));
	return stridedSlice(b, x, axis, begin, end, step);
}

/** attrs: `begin` and `size` of every axis; -1 takes what is left */
function sliceBySize(b: Builder, x: Value, attrs: Attrs): Value {
	const size = numbersAttr(attrs, "size");
	const begin = numbersAttr(attrs, "begin");
	const whole = (axis: number) => isBatchDim(x.shape[axis] as Dim) && begin[axis] === 0;
	return slice(
		b,
		x,
		begin,
		size.map((extent, axis) => (whole(axis) ? -1 : extent)),
	);
}

export const SLICES: readonly OpDefinition[] = [
	{
		op: "GetItem",
		kind: "shape",
		/** attrs: `index`, a list with an entry an axis: a number, a list, `null`, `"..."` or `{ start, stop, step }` */
		forward(b, inputs, _params, attrs) {
			const index = attrs.index;
			if (!Array.isArray(index)) throw new InvalidRequestError("an index was expected");
			return [getItem(b, inputAt(inputs, 0), index.map(entryOf))];
		},
	},
	{ op: "Slice", kind: "shape", forward: (b, inputs, _params, attrs) => [sliceBySize(b, inputAt(inputs, 0), attrs)] },
	{
		op: "TakeConstant",
		kind: "shape",
		/** attrs: `indices` (a list), `axis` */
		forward(b, inputs, _params, attrs) {
			const x = inputAt(inputs, 0);
			const axis = axisOf(numbersAttr(attrs, "axis", [0])[0] as number, x.shape.length);
			return [takeAlong(b, x, axis, numbersAttr(attrs, "indices"))];
		},
	},
];
