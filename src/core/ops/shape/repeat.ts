import { InvalidRequestError } from "../../../shared/errors";
import type { Builder } from "../../program/builder";
import { isBatchDim } from "../../program/dims";
import type { Dim, Value } from "../../program/types";
import { broadcastTo, concat, expandDims, reshape, reverse, slice, tile } from "../../program/vocabulary";
import { numberAttr, numbersAttr } from "../attributes";
import { axisOf, inputAt, knownExtent } from "../numbers";
import type { Attrs, OpDefinition } from "../op";
import { repeatAxis } from "../spatial/resizing/axis-map";

/** attrs: `times` */
function repeatVector(b: Builder, x: Value, attrs: Attrs): Value {
	const [n, ...rest] = x.shape as [Dim, ...Dim[]];
	return broadcastTo(b, expandDims(b, x, 1), [n, numberAttr(attrs, "times"), ...rest]);
}

/** attrs: `multiples`, aligned at the last axis */
function tiled(b: Builder, x: Value, attrs: Attrs): Value {
	const multiples = numbersAttr(attrs, "multiples");
	const added = new Array<number>(Math.max(0, multiples.length - x.shape.length)).fill(1);
	const padded = [...new Array<number>(Math.max(0, x.shape.length - multiples.length)).fill(1), ...multiples];
	return tile(b, added.length === 0 ? x : reshape(b, x, [...added, ...x.shape]), padded);
}

/** attrs: `shape`; -1 keeps the extent, and the batch stays free where the file fixed or left it open */
function broadcast(b: Builder, x: Value, attrs: Attrs): Value {
	const asked = numbersAttr(attrs, "shape");
	const offset = asked.length - x.shape.length;
	const shape = asked.map((extent, axis) => {
		const own = x.shape[axis - offset];
		return own !== undefined && (extent === -1 || isBatchDim(own)) ? own : extent;
	});
	if (shape.includes(-1) && !x.shape.includes(-1)) throw new InvalidRequestError("an extent was left open");
	return broadcastTo(b, x, shape);
}

/** attrs: `axes` (all but the batch when absent) */
function flip(b: Builder, x: Value, attrs: Attrs): Value {
	const axes = attrs.axes == null ? x.shape.map((_, axis) => axis) : numbersAttr(attrs, "axes");
	const places = axes.map((axis) => axisOf(axis, x.shape.length));
	for (const axis of places) knownExtent(x, axis);
	return reverse(b, x, places);
}

/** attrs: `shift` and `axes`, one each */
function roll(b: Builder, x: Value, attrs: Attrs): Value {
	const shifts = numbersAttr(attrs, "shift");
	return numbersAttr(attrs, "axes").reduce((y, asked, index) => {
		const axis = axisOf(asked, y.shape.length);
		const extent = knownExtent(y, axis);
		const by = (((shifts[index] ?? (shifts[0] as number)) % extent) + extent) % extent;
		if (by === 0) return y;
		const part = (begin: number, size: number) =>
			slice(
				b,
				y,
				y.shape.map((_, i) => (i === axis ? begin : 0)),
				y.shape.map((_, i) => (i === axis ? size : -1)),
			);
		return concat(b, [part(extent - by, by), part(0, extent - by)], axis);
	}, x);
}

function repeated(b: Builder, x: Value, attrs: Attrs): Value {
	return repeatAxis(b, x, axisOf(numberAttr(attrs, "axis"), x.shape.length), numberAttr(attrs, "times"));
}

const definition = (op: string, compute: (b: Builder, x: Value, attrs: Attrs) => Value): OpDefinition => ({
	op,
	kind: "shape",
	forward: (b, inputs, _params, attrs) => [compute(b, inputAt(inputs, 0), attrs)],
});

export const REPEATS: readonly OpDefinition[] = [
	definition("RepeatVector", repeatVector),
	definition("Repeat", repeated),
	definition("Tile", tiled),
	definition("BroadcastTo", broadcast),
	definition("Flip", flip),
	definition("Roll", roll),
];
