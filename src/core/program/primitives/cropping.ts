import { InvalidRequestError } from "../../../shared/errors";
import { integers } from "../attributes";
import { formatShape } from "../dims";
import type { Primitive } from "../primitive";
import type { Attributes, Dim, ValueType } from "../types";

/** The base of a crop holds one example, which all examples of the result are cut from. */
function requireBase(base: ValueType | undefined): ValueType {
	if (base?.shape[0] === 1 && base.shape.every((dim) => dim >= 0)) return base;
	throw new InvalidRequestError(`a base of one example was expected, but ${formatShape(base?.shape ?? [])} was given`);
}

/** Where something lies along some axes, one row an example: int32 [N, axes]. @returns the extent N */
function requirePositions(what: string, at: ValueType | undefined, axes: readonly number[]): Dim {
	const [n, count] = at?.shape ?? [];
	if (at?.dtype === "int32" && at.shape.length === 2 && n !== undefined && count === axes.length) return n;
	throw new InvalidRequestError(`${what} must be int32 [N, ${axes.length}], one column for each axis`);
}

function croppedType(base: ValueType | undefined, at: ValueType | undefined, attributes: Attributes): ValueType {
	const { dtype, shape } = requireBase(base);
	const axes = integers(attributes, "axes");
	const size = integers(attributes, "size");
	const ascending = axes.every((axis, index) => axis > (axes[index - 1] ?? 0) && axis < shape.length);
	if (!ascending || axes.length !== size.length || axes.length === 0)
		throw new InvalidRequestError(
			`axes [${axes.join(", ")}] and sizes [${size.join(", ")}] do not name axes of ${formatShape(shape)} in order`,
		);
	const cropped = [requirePositions("the position", at, axes), ...shape.slice(1)];
	for (const [index, axis] of axes.entries()) {
		const extent = size[index] as number;
		if (extent < 1 || extent > (shape[axis] as number))
			throw new InvalidRequestError(`a crop of ${extent} does not lie inside axis ${axis} of ${formatShape(shape)}`);
		cropped[axis] = extent;
	}
	return { dtype, shape: cropped };
}

/** For each example another crop of one base: along each of `axes`, `size` elements from the example's position on. */
const crop: Primitive = {
	name: "crop",
	type: ([base, at], attributes) => croppedType(base, at, attributes),
	flops: () => 0,
};

/**
 * The same of a base in which a patch of the example's own lies at `patchAt`. Of a patch that reaches over the crop, the
 * part inside counts.
 */
const cropPatched: Primitive = {
	name: "cropPatched",
	type([base, patch, patchAt, at], attributes) {
		const axes = integers(attributes, "axes");
		const cropped = croppedType(base, at, attributes);
		const n = requirePositions("the position of the patch", patchAt, axes);
		const fits =
			patch?.dtype === cropped.dtype &&
			patch.shape.length === cropped.shape.length &&
			patch.shape[0] === n &&
			n === cropped.shape[0] &&
			patch.shape.every((dim, axis) => axis === 0 || axes.includes(axis) || dim === cropped.shape[axis]);
		if (!fits)
			throw new InvalidRequestError(
				`a patch ${formatShape(patch?.shape ?? [])} does not lie in a base ${formatShape(base?.shape ?? [])} along the axes [${axes.join(", ")}]`,
			);
		return cropped;
	},
	flops: () => 0,
};

export const CROPPING: readonly Primitive[] = [crop, cropPatched];
