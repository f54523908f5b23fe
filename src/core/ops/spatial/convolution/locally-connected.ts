import { InvalidRequestError } from "../../../../shared/errors";
import type { Builder } from "../../../program/builder";
import { productOf } from "../../../program/dims";
import type { Dim, Value } from "../../../program/types";
import { add, concat, constant, matmul, reshape, select, slice, transpose } from "../../../program/vocabulary";
import { numbersAttr, perAxisAttr, textAttr } from "../../attributes";
import { asFloat, checkTable, inputAt, knownExtent } from "../../numbers";
import type { Attrs, OpDefinition, Params } from "../../op";
import { paramOf } from "../../params";
import { isChannelsFirst, onChannelsLast, spatialRank } from "../layout";

/**
 * Convolution whose kernel differs at each output position (unshared weights), valid padding.
 * - params: `kernel` [positions, window * in, out] (with channels first the rows are in * window), `bias`
 *   [...spatial, out] (optional)
 * - attrs: `kernelSize`, `strides`, `dataFormat`
 */
function overPatches(b: Builder, inputs: readonly Value[], params: Params, attrs: Attrs): Value[] {
	const kernel = paramOf(params, "kernel");
	const channelsFirst = isChannelsFirst(attrs);
	const y = onChannelsLast(b, inputAt(inputs, 0), attrs, (x) => {
		const { size, strides, extents } = geometry(x, attrs);
		const positions = product(extents);
		if (extents.some((extent) => extent < 1) || positions !== kernel.shape[0])
			throw new InvalidRequestError(`kernels for ${kernel.shape[0]} positions were found, but there are ${positions}`);
		const channels = knownExtent(x, size.length + 1);
		const [n, window] = [x.shape[0] as Dim, product(size)];
		const patches = allPositions(extents).map((position) => {
			const begin = [0, ...position.map((at, axis) => at * (strides[axis] as number)), 0];
			const patch = reshape(b, slice(b, x, begin, [-1, ...size, -1]), [n, window, channels]);
			return reshape(b, channelsFirst ? transpose(b, patch, [0, 2, 1]) : patch, [n, 1, window * channels]);
		});
		// [positions, N, window] times [positions, window, out]
		const stacked = transpose(b, concat(b, patches, 1), [1, 0, 2]);
		const made = transpose(b, matmul(b, stacked, kernel), [1, 0, 2]);
		return reshape(b, made, [n, ...extents, kernel.shape[2] as number]);
	});
	return [withBias(b, y, params, channelsFirst)];
}

/** With channels first Keras sees the numbers of a bias [...spatial, out] as [out, ...spatial], in the order they are in. */
function withBias(b: Builder, y: Value, { bias }: Params, channelsFirst: boolean): Value {
	if (!bias) return y;
	const shape = [bias.shape.at(-1) as number, ...bias.shape.slice(0, -1)];
	return add(b, y, channelsFirst ? reshape(b, bias, shape) : bias);
}

/**
 * The same with one weight for every pair of an input and an output place, most of which count for nothing.
 * - params: `kernel` [...input, ...output] in the layout of the maps, `bias` (optional)
 * - attrs: as above, and `padding` (`valid` or `same`)
 */
function asMatrix(b: Builder, inputs: readonly Value[], params: Params, attrs: Attrs): Value[] {
	const x = asFloat(b, inputAt(inputs, 0));
	const kernel = paramOf(params, "kernel");
	const rank = spatialRank(x);
	const [input, output] = [kernel.shape.slice(0, rank + 1), kernel.shape.slice(rank + 1)];
	const first = isChannelsFirst(attrs) ? 1 : 0;
	const table = connections(input.slice(first, first + rank), output.slice(first, first + rank), attrs);
	const around = isChannelsFirst(attrs)
		? [1, ...input.slice(1), 1, ...output.slice(1)]
		: [...input.slice(0, -1), 1, ...output.slice(0, -1), 1];
	const open = reshape(b, constant(b, table, [table.length], "bool"), around);
	const matrix = reshape(b, select(b, open, kernel, 0), [productOf(input), productOf(output)]);
	const n = x.shape[0] as Dim;
	const y = reshape(b, matmul(b, reshape(b, x, [n, productOf(input)]), matrix), [n, ...output]);
	return [withBias(b, y, params, isChannelsFirst(attrs))];
}

/** 1 where an output place sees an input place, row-major over both. */
function connections(input: readonly number[], output: readonly number[], attrs: Attrs): number[] {
	const size = numbersAttr(attrs, "kernelSize");
	const strides = perAxisAttr(attrs, "strides", input.length, 1);
	const same = textAttr(attrs, "padding", ["valid", "same"], "valid") === "same";
	// Unlike TensorFlow's convolutions: half a window in front, whatever the stride (conv_utils.conv_connected_inputs).
	const before = size.map((cells) => (same ? Math.floor(cells / 2) : 0));
	return allPositions(input).flatMap((from) =>
		allPositions(output).map((to) =>
			Number(
				from.every((at, axis) => {
					const offset = at + (before[axis] as number) - (to[axis] as number) * (strides[axis] as number);
					return offset >= 0 && offset < (size[axis] as number);
				}),
			),
		),
	);
}

function geometry(x: Value, attrs: Attrs): { size: number[]; strides: number[]; extents: number[] } {
	const rank = spatialRank(x);
	const size = perAxisAttr(attrs, "kernelSize", rank);
	const strides = perAxisAttr(attrs, "strides", rank, 1);
	const extents = strides.map(
		(stride, axis) => Math.floor((knownExtent(x, axis + 1) - (size[axis] as number)) / stride) + 1,
	);
	return { size, strides, extents };
}

const product = (list: readonly number[]) => list.reduce((a, c) => a * c, 1);

/** Positions, row-major. */
function allPositions(extents: readonly number[]): number[][] {
	checkTable(...extents);
	let positions: number[][] = [[]];
	for (const extent of extents) {
		positions = positions.flatMap((prefix) => Array.from({ length: extent }, (_, at) => [...prefix, at]));
	}
	return positions;
}

const definition = (op: string, forward: OpDefinition["forward"]): OpDefinition => ({
	op,
	kind: "linear",
	family: "convolution",
	biasParams: ["bias"],
	forward,
});

export const LOCALLY_CONNECTED: readonly OpDefinition[] = [
	definition("LocallyConnected1D", overPatches),
	definition("LocallyConnected2D", overPatches),
	definition("LocallyConnectedMatrix", asMatrix),
];
