import { InvalidRequestError } from "../../../../shared/errors";
import type { Builder } from "../../../program/builder";
import type { Value } from "../../../program/types";
import { pad } from "../../../program/vocabulary";
import { flagAttr, numberAttr, numbersAttr, perAxisAttr, textAttr } from "../../attributes";
import { inputAt, knownExtent } from "../../numbers";
import type { Attrs, OpDefinition } from "../../op";
import { isChannelsFirst, onChannelsLast, spatialRank } from "../layout";
import { crop } from "../padding";
import { mapAxis, repeatAxis } from "./axis-map";
import { INTERPOLATIONS, type Interpolation, resizeMatrix } from "./resize-matrix";

/** Resizes the spatial axes 1, 2, ... of a channels-last map. An image that has the size already is left as it is. */
function resized(b: Builder, x: Value, size: readonly number[], method: Interpolation, antialias: boolean): Value {
	if (size.every((made, index) => made === x.shape[index + 1])) return x;
	return size.reduce(
		(y, made, index) => mapAxis(b, y, index + 1, resizeMatrix(knownExtent(y, index + 1), made, method, antialias)),
		x,
	);
}

/**
 * To a given height and width. attrs: `size` [height, width], `interpolation`, `antialias`, `aspectRatio`
 * (`ignore`; `crop`: the largest part of the target's proportions, from the middle; `pad`: bars of `fillValue` on
 * both sides), `dataFormat`.
 */
function resize(b: Builder, x: Value, attrs: Attrs): Value {
	const [height, width] = numbersAttr(attrs, "size");
	if (height === undefined || width === undefined) throw new InvalidRequestError("a size [height, width] was expected");
	const method = textAttr(attrs, "interpolation", INTERPOLATIONS, "bilinear");
	const proportions = textAttr(attrs, "aspectRatio", ["ignore", "crop", "pad"], "ignore");
	return onChannelsLast(b, x, attrs, (map) => {
		let image = map;
		if (proportions === "crop") image = cropToProportions(b, map, height, width);
		if (proportions === "pad") image = padToProportions(b, map, height, width, numberAttr(attrs, "fillValue", 0));
		return resized(b, image, [height, width], method, flagAttr(attrs, "antialias"));
	});
}

/** What the other side would be at the proportions of the target, computed as Keras does: float32, towards zero. */
const matching = (extent: number, target: number, otherTarget: number) =>
	Math.trunc(Math.fround(Math.fround(extent * target) / otherTarget));

function cropToProportions(b: Builder, x: Value, height: number, width: number): Value {
	const [h, w] = [knownExtent(x, 1), knownExtent(x, 2)];
	const cropHeight = Math.max(Math.min(h, matching(w, height, width)), 1);
	const cropWidth = Math.max(Math.min(w, matching(h, width, height)), 1);
	const top = Math.trunc((h - cropHeight) / 2);
	const left = Math.trunc((w - cropWidth) / 2);
	return crop(b, x, [
		[0, 0],
		[top, h - cropHeight - top],
		[left, w - cropWidth - left],
		[0, 0],
	]);
}

/** Bars of equal width on both sides: an odd cell of the difference is left out, as in Keras. */
function padToProportions(b: Builder, x: Value, height: number, width: number, value: number): Value {
	const [h, w] = [knownExtent(x, 1), knownExtent(x, 2)];
	const bar = Math.trunc((Math.max(h, matching(w, height, width)) - h) / 2);
	const side = Math.trunc((Math.max(w, matching(h, width, height)) - w) / 2);
	return pad(
		b,
		x,
		[
			[0, 0],
			[bar, bar],
			[side, side],
			[0, 0],
		],
		value,
	);
}

/** The middle of the image; an image smaller than that is cropped to the proportions and resized. */
function centerCrop(b: Builder, x: Value, attrs: Attrs): Value {
	const [height, width] = numbersAttr(attrs, "size");
	if (height === undefined || width === undefined) throw new InvalidRequestError("a size [height, width] was expected");
	const first = isChannelsFirst(attrs) ? 2 : 1;
	const [h, w] = [knownExtent(x, first), knownExtent(x, first + 1)];
	if (h < height || w < width) return resize(b, x, { ...attrs, interpolation: "bilinear", aspectRatio: "crop" });
	const [top, left] = [Math.floor((h - height) / 2), Math.floor((w - width) / 2)];
	const croppings = x.shape.map((): [number, number] => [0, 0]);
	croppings[first] = [top, h - height - top];
	croppings[first + 1] = [left, w - width - left];
	return crop(b, x, croppings);
}

/** By whole factors. attrs: `factors` (one number or one an axis), `interpolation`, `dataFormat`. */
function upSampling(b: Builder, x: Value, attrs: Attrs): Value {
	const method = textAttr(attrs, "interpolation", INTERPOLATIONS, "nearest");
	return onChannelsLast(b, x, attrs, (map) => {
		const factors = perAxisAttr(attrs, "factors", spatialRank(map));
		if (method === "nearest") return factors.reduce((y, factor, index) => repeatAxis(b, y, index + 1, factor), map);
		const size = factors.map((factor, index) => knownExtent(map, index + 1) * factor);
		return resized(b, map, size, method, false);
	});
}

const definition = (op: string, compute: (b: Builder, x: Value, attrs: Attrs) => Value): OpDefinition => ({
	op,
	kind: "linear",
	forward: (b, inputs, _params, attrs) => [compute(b, inputAt(inputs, 0), attrs)],
});

export const RESIZE: readonly OpDefinition[] = [
	definition("Resize", resize),
	definition("CenterCrop", centerCrop),
	definition("UpSampling", upSampling),
];
