import { InvalidRequestError } from "../../../../shared/errors";
import { sizeOf, type Tensor } from "../../../../shared/tensor";
import { type PerturbedInput, spatialAxes } from "../perturbed-inputs";

/**
 * The numbers of a given mask, one for each element of an input, batch included. A mask has the extents of the positions
 * alone (a picture's height and width), or any shape that broadcasts to the input's as in NumPy.
 * @throws InvalidRequestError when it does not fit, holds no element, or other numbers than whole ones
 */
export function maskLabels(input: PerturbedInput, mask: Tensor): Int32Array {
	const shape = input.tensor.shape;
	if (mask.data.length === 0 || mask.data.length !== sizeOf(mask.shape)) fail(input, mask, "which holds no element");
	const fraction = mask.data.findIndex((value) => !Number.isInteger(value));
	if (fraction >= 0) fail(input, mask, `which holds ${mask.data[fraction]} where whole numbers are expected`);
	const extents = broadcastExtents(input, mask);
	const strides = extents.map((extent, axis) => (extent === 1 ? 0 : sizeOf(extents.slice(axis + 1))));
	const labels = new Int32Array(input.tensor.data.length);
	const index = new Array<number>(shape.length).fill(0);
	let from = 0;
	for (let at = 0; at < labels.length; at++) {
		labels[at] = mask.data[from] as number;
		for (let axis = shape.length - 1; axis >= 0; axis--) {
			index[axis] = (index[axis] as number) + 1;
			from += strides[axis] as number;
			if ((index[axis] as number) < (shape[axis] as number)) break;
			from -= (shape[axis] as number) * (strides[axis] as number);
			index[axis] = 0;
		}
	}
	return labels;
}

/** The mask's extents with an axis for every one of the input. */
function broadcastExtents(input: PerturbedInput, mask: Tensor): number[] {
	const shape = input.tensor.shape;
	const axes = spatialAxes(input);
	if (axes.length > 0 && mask.shape.join() === axes.map((axis) => shape[axis + 1]).join()) {
		const extents = new Array<number>(shape.length).fill(1);
		for (const axis of axes) extents[axis + 1] = shape[axis + 1] as number;
		return extents;
	}
	const missing = shape.length - mask.shape.length;
	const extents = [...new Array<number>(Math.max(0, missing)).fill(1), ...mask.shape];
	if (missing < 0 || extents.some((extent, axis) => extent !== 1 && extent !== shape[axis]))
		fail(input, mask, `but the input has [${shape.join(", ")}]`);
	return extents;
}

function fail({ name, tensor, channelAxis }: PerturbedInput, mask: Tensor, what: string): never {
	const positions = spatialAxes({ name, tensor, channelAxis }).map((axis) => tensor.shape[axis + 1]);
	throw new InvalidRequestError(
		`the mask of "${name}" has the shape [${mask.shape.join(", ")}], ${what}`,
		name,
		`A mask numbers the features: a whole number for each element, or for each position${positions.length > 0 ? ` [${positions.join(", ")}]` : ""}.`,
	);
}
