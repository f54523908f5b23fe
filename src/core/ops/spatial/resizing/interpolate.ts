import { InvalidRequestError } from "../../../../shared/errors";
import type { Attr } from "../../../graph/types";
import type { Builder } from "../../../program/builder";
import { isBatchDim } from "../../../program/dims";
import type { Dim, Value } from "../../../program/types";
import { cast, constant, gather, select } from "../../../program/vocabulary";
import { flagAttr, numberAttr, numbersAttr, textAttr } from "../../attributes";
import { asFloat, axisOf, inputAt } from "../../numbers";
import type { Attrs, OpDefinition } from "../../op";
import { mapAxis, repeatAxis } from "./axis-map";
import {
	type AxisInterpolation,
	COORDINATES,
	interpolationMatrix,
	NEAREST,
	nearestCells,
	sourcePlaces,
} from "./interpolate-matrix";

/** An attribute that may be missing or empty. */
const listOf = (attr: Attr): readonly Attr[] | undefined => {
	const list = attr == null ? [] : Array.isArray(attr) ? attr : [attr];
	return list.length > 0 ? list : undefined;
};

interface AxisSize {
	readonly axis: number;
	readonly made: number;
	readonly scale: number;
}

/** What each named axis becomes. The examples are left as they are, whatever number of them the file was made for. */
function axisSizes(x: Value, axes: readonly number[], attrs: Attrs): AxisSize[] {
	const [scales, sizes] = [listOf(attrs.scales), listOf(attrs.sizes)];
	const given = sizes ?? scales;
	if (!given) throw new InvalidRequestError("neither scales nor sizes are given");
	if (given.length !== axes.length)
		throw new InvalidRequestError(`${given.length} sizes or scales were given for ${axes.length} axes`);
	const counted = axes.flatMap((axis, at) => {
		const extent = x.shape[axis] as Dim;
		if (isBatchDim(extent)) return [];
		const asked = given[at];
		if (typeof asked !== "number")
			throw new InvalidRequestError(`axis ${axis} has ${extent} elements, but is to become as long as the batch`);
		return sizes
			? [{ axis, made: asked, scale: asked / extent }]
			: [{ axis, made: Math.floor(extent * asked), scale: asked }];
	});
	const policy = textAttr(attrs, "policy", ["stretch", "not_larger", "not_smaller"], "stretch");
	if (!sizes || policy === "stretch") return counted;
	const all = counted.map(({ scale }) => scale);
	const scale = policy === "not_larger" ? Math.min(...all) : Math.max(...all);
	return counted.map(({ axis }) => ({ axis, scale, made: Math.floor(scale * (x.shape[axis] as number) + 0.5) }));
}

function alongAxis(b: Builder, x: Value, axis: number, kind: AxisInterpolation, outside: number): Value {
	const { extent, made } = kind;
	const isWhole = kind.coordinates !== "tf_crop_and_resize" || (kind.region[0] === 0 && kind.region[1] === 1);
	if (extent === made && Math.abs(kind.scale - 1) < 1e-9 && isWhole) return x;
	let y: Value;
	if (kind.mode === "nearest") {
		const cells = nearestCells(kind);
		const times = made / extent;
		const isRepeated = Number.isInteger(times) && cells.every((cell, at) => cell === Math.floor(at / times));
		y = isRepeated ? repeatAxis(b, x, axis, times) : gather(b, x, constant(b, cells, [made], "int32"), axis);
	} else y = mapAxis(b, asFloat(b, x), axis, interpolationMatrix(kind));
	if (kind.coordinates !== "tf_crop_and_resize") return y;
	const off = sourcePlaces(kind).map((place) => Number(place < 0 || place > extent - 1));
	if (!off.includes(1)) return y;
	const mask = constant(
		b,
		off,
		y.shape.map((_, i) => (i === axis ? made : 1)),
		"bool",
	);
	return select(b, mask, outside, y);
}

/**
 * ONNX Resize: any axes by scales or to sizes. attrs: `scales` or `sizes` (one for each of `axes`; all axes when
 * absent), `mode`, `coordinates`, `nearest`, `cubicCoefficient`, `excludeOutside`, `antialias`, `policy` (of
 * proportions), `region` (starts, then ends) and `outside` (what lies off the map) of `tf_crop_and_resize`
 */
function interpolated(b: Builder, x: Value, attrs: Attrs): Value {
	const axes = listOf(attrs.axes)
		? numbersAttr(attrs, "axes").map((axis) => axisOf(axis, x.shape.length))
		: [...x.shape.keys()];
	const region = listOf(attrs.region) ? numbersAttr(attrs, "region") : [];
	const shared = {
		mode: textAttr(attrs, "mode", ["nearest", "linear", "cubic"], "nearest"),
		coordinates: textAttr(attrs, "coordinates", COORDINATES, "half_pixel"),
		nearest: textAttr(attrs, "nearest", NEAREST, "round_prefer_floor"),
		cubicCoefficient: numberAttr(attrs, "cubicCoefficient", -0.75),
		excludeOutside: flagAttr(attrs, "excludeOutside"),
		antialias: flagAttr(attrs, "antialias"),
	} as const;
	const resized = axisSizes(x, axes, attrs).reduce((y, { axis, made, scale }) => {
		const at = axes.indexOf(axis);
		const part: [number, number] = [region[at] ?? 0, region[axes.length + at] ?? 1];
		const extent = y.shape[axis] as number;
		if (made < 0 || extent === 0) throw new InvalidRequestError(`${extent} cells cannot be resized to ${made}`);
		return alongAxis(b, y, axis, { ...shared, extent, made, scale, region: part }, numberAttr(attrs, "outside", 0));
	}, x);
	return cast(b, resized, x.dtype);
}

export const INTERPOLATE: OpDefinition = {
	op: "Interpolate",
	kind: "linear",
	forward: (b, inputs, _params, attrs) => [interpolated(b, inputAt(inputs, 0), attrs)],
};
