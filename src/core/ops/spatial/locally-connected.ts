import { InvalidRequestError } from "../../../shared/errors";
import type { Builder } from "../../program/builder";
import type { Dim, Value } from "../../program/types";
import { add, concat, matmul, reshape, slice, transpose } from "../../program/vocabulary";
import { numbersAttr, perAxisAttr } from "../attributes";
import { inputAt, knownExtent } from "../numbers";
import type { Attrs, OpDefinition, Params } from "../op";
import { paramOf } from "../params";
import { onChannelsLast, spatialRank } from "./layout";

/**
 * Convolution whose kernel differs at each output position (unshared weights, valid padding).
 * - params: `kernel` [positions, window * in, out], `bias` [...output spatial, out] (optional)
 * - attrs: `kernelSize`, `strides`, `dataFormat`
 */
function forward(b: Builder, inputs: readonly Value[], params: Params, attrs: Attrs): Value[] {
	const kernel = paramOf(params, "kernel");
	return [
		onChannelsLast(b, inputAt(inputs, 0), attrs, (x) => {
			const rank = spatialRank(x);
			const size = numbersAttr(attrs, "kernelSize");
			const strides = perAxisAttr(attrs, "strides", rank, 1);
			const extents = strides.map(
				(stride, axis) => Math.floor((knownExtent(x, axis + 1) - (size[axis] as number)) / stride) + 1,
			);
			const positions = product(extents);
			if (extents.some((extent) => extent < 1) || positions !== kernel.shape[0])
				throw new InvalidRequestError(
					`kernels for ${kernel.shape[0]} positions were found, but there are ${positions}`,
				);
			const channels = knownExtent(x, rank + 1);
			const n = x.shape[0] as Dim;
			const window = product(size) * channels;
			const patches = allPositions(extents).map((position) => {
				const begin = [0, ...position.map((at, axis) => at * (strides[axis] as number)), 0];
				return reshape(b, slice(b, x, begin, [-1, ...size, -1]), [n, 1, window]);
			});
			// [positions, N, window] times [positions, window, out]
			const stacked = transpose(b, concat(b, patches, 1), [1, 0, 2]);
			const made = transpose(b, matmul(b, stacked, kernel), [1, 0, 2]);
			const y = reshape(b, made, [n, ...extents, kernel.shape[2] as number]);
			return params.bias ? add(b, y, params.bias) : y;
		}),
	];
}

const product = (list: readonly number[]) => list.reduce((a, c) => a * c, 1);

/** Output positions, row-major. */
function allPositions(extents: readonly number[]): number[][] {
	let positions: number[][] = [[]];
	for (const extent of extents) {
		positions = positions.flatMap((prefix) => Array.from({ length: extent }, (_, at) => [...prefix, at]));
	}
	return positions;
}

const definition = (op: string): OpDefinition => ({
	op,
	kind: "linear",
	family: "convolution",
	biasParams: ["bias"],
	forward,
});

export const LOCALLY_CONNECTED: readonly OpDefinition[] = [
	definition("LocallyConnected1D"),
	definition("LocallyConnected2D"),
];
