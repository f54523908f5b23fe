import { InvalidRequestError } from "../../../shared/errors";
import type { Builder } from "../../program/builder";
import type { Value } from "../../program/types";
import { constant, gather, mirrorPad, pad, slice } from "../../program/vocabulary";
import { numberAttr, numbersAttr, pairsAttr, textAttr } from "../attributes";
import { axisOf, inputAt, knownExtent } from "../numbers";
import type { Attrs, OpDefinition } from "../op";
import { isChannelsFirst } from "./layout";

/** Pairs for every axis from pairs for the spatial ones: batch and channels are left alone. */
function forEveryAxis(x: Value, attrs: Attrs, name: string): [number, number][] {
	const spatial = pairsAttr(attrs, name, x.shape.length - 2);
	return isChannelsFirst(attrs) ? [[0, 0], [0, 0], ...spatial] : [[0, 0], ...spatial, [0, 0]];
}

/** Cuts [before, after] cells off each axis. @throws InvalidRequestError when nothing is left */
export function crop(b: Builder, x: Value, croppings: readonly (readonly [number, number])[]): Value {
	const size = croppings.map(([before, after], axis) => {
		if (before === 0 && after === 0) return -1;
		const left = knownExtent(x, axis) - before - after;
		if (left < 1 || before < 0 || after < 0)
			throw new InvalidRequestError(
				`[${before}, ${after}] cannot be cut off axis ${axis}, which has ${x.shape[axis]} cells`,
			);
		return left;
	});
	return slice(
		b,
		x,
		croppings.map(([before]) => before),
		size,
	);
}

const MODES = ["constant", "reflect", "symmetric", "edge", "wrap"] as const;
type Mode = (typeof MODES)[number];

const positiveMod = (place: number, period: number) => ((place % period) + period) % period;

/** The cell that a place before or behind an axis of `extent` cells repeats, however far out it is. */
function repeatedCell(place: number, extent: number, mode: Exclude<Mode, "constant">): number {
	if (mode === "edge") return Math.min(Math.max(place, 0), extent - 1);
	if (mode === "wrap") return positiveMod(place, extent);
	const period = mode === "reflect" ? Math.max(1, 2 * (extent - 1)) : 2 * extent;
	const folded = positiveMod(place, period);
	return folded < extent ? folded : mode === "reflect" ? period - folded : period - 1 - folded;
}

function padByRepeating(
	b: Builder,
	x: Value,
	paddings: readonly (readonly [number, number])[],
	mode: Exclude<Mode, "constant">,
): Value {
	return paddings.reduce((y, [before, after], axis) => {
		if (before === 0 && after === 0) return y;
		const extent = knownExtent(y, axis);
		if (extent === 0) throw new InvalidRequestError(`axis ${axis} is empty, so it has nothing to be repeated`);
		const places = Array.from({ length: before + extent + after }, (_, i) => repeatedCell(i - before, extent, mode));
		return gather(b, y, constant(b, places, [places.length], "int32"), axis);
	}, x);
}

/** attrs: `paddings` (pairs, one for every axis; negative ones cut), `mode`, `value` (what constant padding fills with). */
function padEveryAxis(b: Builder, x: Value, attrs: Attrs): Value {
	const asked = pairsAttr(attrs, "paddings", x.shape.length);
	const mode = textAttr(attrs, "mode", MODES, "constant");
	const cut = asked.map((pair) => pair.map((cells) => Math.max(0, -cells)) as [number, number]);
	const y = cut.flat().some((cells) => cells > 0) ? crop(b, x, cut) : x;
	const paddings = asked.map((pair) => pair.map((cells) => Math.max(0, cells)) as [number, number]);
	if (mode === "constant") return pad(b, y, paddings, numberAttr(attrs, "value", 0));
	const fits = paddings.every((pair, axis) => Math.max(...pair) < Math.max(1, y.shape[axis] as number));
	if ((mode === "reflect" || mode === "symmetric") && fits) return mirrorPad(b, y, paddings, mode);
	return padByRepeating(b, y, paddings, mode);
}

/** As {@link padEveryAxis}, for the named axes. attrs: `pads` (all befores, then all afters), `axes` (all when absent) */
function padAxes(b: Builder, x: Value, attrs: Attrs): Value {
	const pads = numbersAttr(attrs, "pads");
	const axes = attrs.axes == null ? [...x.shape.keys()] : numbersAttr(attrs, "axes");
	if (pads.length !== 2 * axes.length)
		throw new InvalidRequestError(
			`${2 * axes.length} paddings were expected for ${axes.length} axes, not ${pads.length}`,
		);
	const paddings = x.shape.map(() => [0, 0]);
	for (const [at, axis] of axes.entries())
		paddings[axisOf(axis, x.shape.length)] = [pads[at] as number, pads[at + axes.length] as number];
	return padEveryAxis(b, x, { ...attrs, paddings });
}

export const PADDING: readonly OpDefinition[] = [
	{
		op: "ZeroPadding",
		kind: "shape",
		forward(b, inputs, _params, attrs) {
			const x = inputAt(inputs, 0);
			return [pad(b, x, forEveryAxis(x, attrs, "padding"))];
		},
	},
	{
		op: "Cropping",
		kind: "shape",
		forward(b, inputs, _params, attrs) {
			const x = inputAt(inputs, 0);
			return [crop(b, x, forEveryAxis(x, attrs, "cropping"))];
		},
	},
	{ op: "PadAxes", kind: "shape", forward: (b, inputs, _params, attrs) => [padAxes(b, inputAt(inputs, 0), attrs)] },
	{ op: "Pad", kind: "shape", forward: (b, inputs, _params, attrs) => [padEveryAxis(b, inputAt(inputs, 0), attrs)] },
];
