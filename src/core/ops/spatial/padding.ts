import { InvalidRequestError } from "../../../shared/errors";
import type { Builder } from "../../program/builder";
import type { Value } from "../../program/types";
import { mirrorPad, pad, slice } from "../../program/vocabulary";
import { numberAttr, pairsAttr, textAttr } from "../attributes";
import { inputAt, knownExtent } from "../numbers";
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

const MODES = ["constant", "reflect", "symmetric"] as const;

/** attrs: `paddings` (pairs, one for every axis), `mode`, `value` (what constant padding fills with). */
function padEveryAxis(b: Builder, x: Value, attrs: Attrs): Value {
	const paddings = pairsAttr(attrs, "paddings", x.shape.length);
	const mode = textAttr(attrs, "mode", MODES, "constant");
	return mode === "constant" ? pad(b, x, paddings, numberAttr(attrs, "value", 0)) : mirrorPad(b, x, paddings, mode);
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
	{ op: "Pad", kind: "shape", forward: (b, inputs, _params, attrs) => [padEveryAxis(b, inputAt(inputs, 0), attrs)] },
];
