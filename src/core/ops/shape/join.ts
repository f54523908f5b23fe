import { InvalidRequestError } from "../../../shared/errors";
import type { Builder } from "../../program/builder";
import { isBatchDim } from "../../program/dims";
import type { Value } from "../../program/types";
import { broadcastTo, concat, expandDims, squeeze } from "../../program/vocabulary";
import { flagAttr, numberAttr, numbersAttr } from "../attributes";
import { axisOf, inputAt, knownExtent, promote } from "../numbers";
import type { Attrs, OpDefinition } from "../op";
import { splitAxis } from "./split";

function firstShape(inputs: readonly Value[]): readonly number[] {
	return inputAt(inputs, 0).shape;
}

/** Sizes of the parts: so many equal ones, so many of which the last may be smaller, or NumPy's places to cut. */
function partSizes(extent: number, attrs: Attrs): number[] {
	const { sections, chunks } = attrs;
	const sizes = attrs.sizes == null ? undefined : numbersAttr(attrs, "sizes");
	const atIndices = attrs.indices == null ? undefined : numbersAttr(attrs, "indices");
	if (typeof chunks === "number") {
		const size = Math.ceil(extent / chunks);
		return Array.from({ length: chunks }, (_, at) => Math.max(0, Math.min(size, extent - at * size)));
	}
	if (sizes) {
		const known = sizes.filter((size) => size >= 0).reduce((a, c) => a + c, 0);
		return sizes.map((size) => (size === -1 ? extent - known : size));
	}
	if (atIndices) {
		const bounds = [0, ...atIndices.map((at) => Math.min(Math.max(at < 0 ? at + extent : at, 0), extent)), extent];
		return bounds.slice(1).map((bound, index) => bound - (bounds[index] as number));
	}
	if (typeof sections !== "number" || extent % sections !== 0)
		throw new InvalidRequestError(`an axis of ${extent} elements does not split into ${sections} equal parts`);
	return new Array<number>(sections).fill(extent / sections);
}

export const JOINS: readonly OpDefinition[] = [
	{
		op: "Concat",
		kind: "shape",
		/** attrs: `axis` */
		forward(b, inputs, _params, attrs) {
			const axis = axisOf(numberAttr(attrs, "axis", -1), firstShape(inputs).length);
			return [inputs.length === 1 ? inputAt(inputs, 0) : concat(b, promote(b, inputs), axis)];
		},
	},
	{
		op: "JoinAlong",
		kind: "shape",
		/** As Concat; an operand that is the same for all examples (one row) is repeated for each. attrs: `axis` */
		forward(b, inputs, _params, attrs) {
			const axis = axisOf(numberAttr(attrs, "axis"), firstShape(inputs).length);
			const batch = inputs.map((input) => input.shape[0] ?? 1).find(isBatchDim);
			const repeated = inputs.map((input) =>
				batch !== undefined && axis !== 0 && input.shape[0] === 1
					? broadcastTo(b, input, [batch, ...input.shape.slice(1)])
					: input,
			);
			return [repeated.length === 1 ? inputAt(repeated, 0) : concat(b, promote(b, repeated), axis)];
		},
	},
	{
		op: "Stack",
		kind: "shape",
		/** attrs: `axis`, as it counts in the result */
		forward(b, inputs, _params, attrs) {
			const axis = axisOf(numberAttr(attrs, "axis", 0), firstShape(inputs).length + 1);
			const slices = promote(b, inputs).map((input) => expandDims(b, input, axis));
			return [concat(b, slices, axis)];
		},
	},
	{
		op: "Split",
		kind: "shape",
		/** attrs: `axis`; `sections` (equal parts), `chunks` (the last may be smaller), `sizes` (one may be -1) or `indices` (where to cut); `squeeze` (parts of one lose the axis) */
		forward(b, inputs, _params, attrs) {
			const x = inputAt(inputs, 0);
			const axis = axisOf(numberAttr(attrs, "axis", 0), x.shape.length);
			const parts = splitAxis(b, x, axis, partSizes(knownExtent(x, axis), attrs));
			return flagAttr(attrs, "squeeze") ? parts.map((part) => squeezeAxis(b, part, axis)) : parts;
		},
	},
];

const squeezeAxis = (b: Builder, x: Value, axis: number) => squeeze(b, x, [axis]);
