import { InvalidRequestError } from "../../shared/errors";
import type { ParameterDescription } from "../../shared/methods";
import type { Tensor } from "../../shared/tensor";
import { type ExplainedExample, type MetricContext, parameter } from "./metric";

export const PATCH_PARAMETER: ParameterDescription = {
	name: "patch_size",
	type: "integer",
	default: 8,
	min: 1,
	help: "Extent of a patch along each axis of positions; patches at the border are clipped evenly on both sides (Quantus: patch_size).",
};

/** Axes of positions of the explained input, batch left out. */
export function positionAxes({ input, inputs, channelAxis }: ExplainedExample): number[] {
	const { shape } = inputs[input] as Tensor;
	return shape.flatMap((_, axis) => (axis === 0 || axis === channelAxis ? [] : [axis - 1]));
}

/** Position of each element: its row-major number among the positions, channels aside. */
export function positionsOf(example: ExplainedExample): { extents: number[]; positions: Int32Array } {
	const shape = (example.inputs[example.input] as Tensor).shape.slice(1);
	const axes = positionAxes(example);
	const extents = axes.map((axis) => shape[axis] as number);
	const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, extent) => product * extent, 1));
	const size = shape.reduce((product, extent) => product * extent, 1);
	const positions = Int32Array.from({ length: size }, (_, at) => {
		let position = 0;
		for (const axis of axes) {
			const extent = shape[axis] as number;
			position = position * extent + (Math.floor(at / (strides[axis] as number)) % extent);
		}
		return position;
	});
	return { extents, positions };
}

/**
 * Elements of each patch of a regular grid, row by row. Where the patch does not divide the extent, the grid reaches
 * over both ends, by half of what is missing, rounded down at the near one.
 * @throws InvalidRequestError where the input has no positions
 */
export function patchesOf(context: MetricContext, patch = parameter(context, "patch_size", "number")): Int32Array[] {
	const { extents, positions } = positionsOf(context.example);
	if (extents.length === 0)
		throw new InvalidRequestError("the input is a vector, which has no patches", context.example.input);
	const missing = extents.map((extent) => (patch - (extent % patch)) % patch);
	const counts = extents.map((extent, axis) => (extent + (missing[axis] as number)) / patch);
	const patches: number[][] = Array.from({ length: counts.reduce((product, count) => product * count, 1) }, () => []);
	for (const [element, position] of positions.entries()) {
		let [rest, patchNumber, scale] = [position, 0, 1];
		for (let axis = extents.length - 1; axis >= 0; axis--) {
			const extent = extents[axis] as number;
			const along = (rest % extent) + Math.floor((missing[axis] as number) / 2);
			rest = Math.floor(rest / extent);
			patchNumber += Math.floor(along / patch) * scale;
			scale *= counts[axis] as number;
		}
		patches[patchNumber]?.push(element);
	}
	return patches.map((elements) => Int32Array.from(elements));
}

/** Sum of a map over each group of elements. */
export const sumsOver = (groups: readonly ArrayLike<number>[], map: Float64Array): number[] =>
	groups.map((group) => {
		let sum = 0;
		for (let at = 0; at < group.length; at++) sum += map[group[at] as number] ?? 0;
		return sum;
	});
