import { InvalidRequestError } from "../../../shared/errors";
import { sizeOf } from "../../../shared/tensor";
import { indexOf } from "../../session/inputs";
import type { PerturbedInput } from "./perturbed-inputs";

/** A box of an example: from `begin` up to `end`, one entry an axis. */
export interface Window {
	readonly begin: readonly number[];
	readonly end: readonly number[];
}

export interface WindowSizes {
	readonly window: readonly number[];
	readonly strides: readonly number[];
}

/**
 * Captum's windows: ceil((extent - window) / stride) + 1 positions an axis; those that run over the border are clipped.
 * @param shape of an example
 */
export function occlusionWindows(shape: readonly number[], { window, strides }: WindowSizes): Window[] {
	const size = shape.map((extent, axis) => window[axis] ?? extent);
	const stride = shape.map((_, axis) => strides[axis] ?? 1);
	const counts = shape.map(
		(extent, axis) => Math.ceil((extent - (size[axis] as number)) / (stride[axis] as number)) + 1,
	);
	return Array.from({ length: sizeOf(counts) }, (_, at) => {
		const begin = indexOf(at, counts).map((index, axis) => index * (stride[axis] as number));
		return { begin, end: begin.map((from, axis) => Math.min(shape[axis] as number, from + (size[axis] as number))) };
	});
}

/**
 * Window and strides of an input as they are written: `auto`, `16`, `16x16`, `16x16x3`, or for several inputs
 * `name=16x16; other=2`.
 * @throws InvalidRequestError when they do not fit the input
 */
export function windowSizes(input: PerturbedInput, windowText: string, strideText: string): WindowSizes {
	const shape = input.tensor.shape.slice(1);
	const channelAxis = shape.length > 1 ? input.channelAxis - 1 : -1;
	const spatial = shape.map((_, axis) => axis).filter((axis) => axis !== channelAxis);
	const window =
		extents("sliding_window_shapes", input.name, windowText, shape, spatial) ??
		shape.map((extent, axis) => (axis === channelAxis ? extent : Math.max(1, Math.round(extent / 8))));
	const strides =
		extents("strides", input.name, strideText, shape, spatial, window) ??
		window.map((size, axis) => (axis === channelAxis ? size : Math.max(1, Math.floor(size / 2))));
	for (const [axis, size] of window.entries()) {
		const extent = shape[axis] ?? 1;
		const stride = strides[axis] ?? 1;
		if (size > extent)
			throw new InvalidRequestError(
				`the window has the extent ${size} along axis ${axis + 1} of "${input.name}", which has ${extent} elements`,
				"sliding_window_shapes",
			);
		if (size < extent && stride > size)
			throw new InvalidRequestError(
				`the stride ${stride} along axis ${axis + 1} of "${input.name}" is larger than the window (${size}), so that elements would be left out`,
				"strides",
			);
	}
	return { window, strides };
}

/** One extent an axis; `undefined` for auto. Numbers for the spatial axes alone leave the channels whole. */
function extents(
	parameter: string,
	input: string,
	text: string,
	shape: readonly number[],
	spatial: readonly number[],
	whole: readonly number[] = shape,
): number[] | undefined {
	const own = text.includes("=") ? ownPart(input, text) : text;
	if (own === undefined || own.trim() === "auto" || own.trim() === "") return undefined;
	const numbers = own.split(/[x,]/).map((part) => (/^\s*[0-9]+\s*$/.test(part) ? Number(part) : Number.NaN));
	const fits = numbers.every((number) => number >= 1) && [1, spatial.length, shape.length].includes(numbers.length);
	if (!fits) {
		throw new InvalidRequestError(
			`the parameter ${parameter} is "${own.trim()}", but "${input}" has the shape [${shape.join(", ")}]`,
			parameter,
			`Give one number from 1 up, ${spatial.length === shape.length ? "" : `${spatial.length} for the spatial axes, `}or ${shape.length} for all axes: ${shape.map(() => 1).join("x")}.`,
		);
	}
	if (numbers.length === shape.length) return numbers;
	const result = [...whole];
	for (const [index, axis] of spatial.entries()) result[axis] = numbers[numbers.length === 1 ? 0 : index] ?? 1;
	return result;
}

function ownPart(input: string, text: string): string | undefined {
	for (const part of text.split(";")) {
		const at = part.lastIndexOf("=");
		if (at >= 0 && part.slice(0, at).trim() === input) return part.slice(at + 1);
	}
	return undefined;
}
