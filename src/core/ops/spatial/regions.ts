import { InvalidRequestError } from "../../../shared/errors";
import type { Builder } from "../../program/builder";
import type { Dim, Value } from "../../program/types";
import {
	abs,
	add,
	binary,
	constant,
	div,
	gather,
	matmul,
	max,
	maximum,
	mean,
	minimum,
	mul,
	reshape,
	select,
	slice,
	sub,
	transpose,
	unary,
} from "../../program/vocabulary";
import { flagAttr, numberAttr, numbersAttr, textAttr } from "../attributes";
import { fromTheFront } from "../indexing/places";
import { asFloat, inputAt, knownExtent } from "../numbers";
import type { Attrs, OpDefinition } from "../op";

/** Along one axis of the map, for each region: how far each sample reads each cell, [R, samples, cells]. */
interface Reading {
	/** The share of the cell before and of the cell behind each sample, 0 for samples off the map. */
	readonly low: Value;
	readonly high: Value;
}

/** Positions of samples [R, made x ratio] between two edges of each region [R]. */
function samplePositions(b: Builder, from: Value, to: Value, made: number, ratio: number, attrs: Attrs): Value {
	const length = sub(b, to, from);
	// Without half-pixel coordinates a region is at least one cell.
	const extent = flagAttr(attrs, "halfPixel") ? length : maximum(b, length, 1);
	const bin = div(b, extent, made);
	const steps = Array.from({ length: made * ratio }, (_, i) => Math.floor(i / ratio) + ((i % ratio) + 0.5) / ratio);
	const column = (value: Value) => reshape(b, value, [value.shape[0] as Dim, 1]);
	return add(b, column(from), mul(b, column(bin), constant(b, steps, [1, steps.length])));
}

/** A sample reads the two cells beside it; up to a cell off the map it reads the border, farther off nothing. */
function readingOf(b: Builder, position: Value, extent: number): Reading {
	const inside = binary(
		b,
		"logicalAnd",
		binary(b, "greaterEqual", position, -1),
		binary(b, "lessEqual", position, extent),
	);
	const clamped = minimum(b, maximum(b, position, 0), extent - 1);
	const low = unary(b, "floor", clamped);
	const share = sub(b, clamped, low);
	const cells = constant(
		b,
		Array.from({ length: extent }, (_, i) => i),
		[1, 1, extent],
	);
	const shape: Dim[] = [...position.shape, 1];
	const reads = (cell: Value, weight: Value) =>
		select(
			b,
			binary(
				b,
				"logicalAnd",
				binary(b, "equal", abs(b, sub(b, cells, reshape(b, cell, shape))), 0),
				reshape(b, inside, shape),
			),
			reshape(b, weight, shape),
			0,
		);
	return { low: reads(low, sub(b, 1, share)), high: reads(minimum(b, add(b, low, 1), extent - 1), share) };
}

/** Weights [R, h, H] of rows and [R, w, W] of columns applied to maps [R, C, H, W]: [R, C, h, w]. */
function read(b: Builder, maps: Value, rows: Value, columns: Value): Value {
	const matrices = (weights: Value) => reshape(b, weights, [weights.shape[0] as Dim, 1, ...weights.shape.slice(1)]);
	return matmul(b, matmul(b, matrices(rows), maps), matrices(columns), { transposeB: true });
}

/**
 * RoIAlign (He et al. 2017, Mask R-CNN), channels first: x [N, C, H, W], regions [R, 4] (x1, y1, x2, y2) and the
 * example of each [R]; attrs: `size` [h, w], `samplingRatio`, `scale` (of the map to the regions), `halfPixel`,
 * `mode`: `avg`, or `max` over the weighted cells themselves, as ONNX Runtime computes it
 */
function roiAlign(b: Builder, inputs: readonly Value[], attrs: Attrs): Value {
	const [x, regions] = [asFloat(b, inputAt(inputs, 0)), asFloat(b, inputAt(inputs, 1))];
	const [height, width] = [knownExtent(x, 2), knownExtent(x, 3)];
	const [h, w] = numbersAttr(attrs, "size") as [number, number];
	const ratio = numberAttr(attrs, "samplingRatio");
	if (ratio < 1)
		throw new InvalidRequestError(
			"a sampling ratio of 0 takes a number of samples that depends on each region; a positive ratio was expected",
		);
	const count = regions.shape[0] as Dim;
	const edge = (column: number) =>
		sub(
			b,
			mul(b, reshape(b, slice(b, regions, [0, column], [-1, 1]), [count]), numberAttr(attrs, "scale", 1)),
			flagAttr(attrs, "halfPixel") ? 0.5 : 0,
		);
	const maps = gather(b, x, fromTheFront(b, inputAt(inputs, 2), x.shape[0] as Dim), 0);
	const rows = readingOf(b, samplePositions(b, edge(1), edge(3), h, ratio, attrs), height);
	const columns = readingOf(b, samplePositions(b, edge(0), edge(2), w, ratio, attrs), width);
	if (textAttr(attrs, "mode", ["avg", "max"], "avg") === "avg") {
		const averaged = ({ low, high }: Reading, made: number, extent: number) =>
			mean(b, reshape(b, add(b, low, high), [count, made, ratio, extent]), [2]);
		return read(b, maps, averaged(rows, h, height), averaged(columns, w, width));
	}
	const corners = [rows.low, rows.high].flatMap((row) =>
		[columns.low, columns.high].map((column) => read(b, maps, row, column)),
	);
	const largest = corners.reduce((a, c) => maximum(b, a, c));
	const bins = reshape(b, largest, [count, x.shape[1] as Dim, h, ratio, w, ratio]);
	return max(b, transpose(b, bins, [0, 1, 2, 4, 3, 5]), [4, 5]);
}

/**
 * Sampling grid of affine maps: theta [N, d, d + 1] to [N, ...size, d] of coordinates from -1 to 1 in the order x, y, z.
 * attrs: `shape` of the map [N, C, ...size], of which the size counts, outermost axis first; `alignCorners`
 */
function affineGrid(b: Builder, theta: Value, attrs: Attrs): Value {
	const size = numbersAttr({ size: Array.isArray(attrs.shape) ? attrs.shape.slice(2) : attrs.shape }, "size");
	const corners = flagAttr(attrs, "alignCorners");
	const coordinate = (place: number, extent: number) =>
		corners ? (extent === 1 ? -1 : -1 + (2 * place) / (extent - 1)) : -1 + (2 * place + 1) / extent;
	const cells = size.reduce((product, extent) => product * extent, 1);
	const rank = size.length;
	const grid = new Float32Array(cells * (rank + 1));
	for (let cell = 0; cell < cells; cell++) {
		let left = cell;
		// The innermost axis is x.
		for (let axis = rank - 1; axis >= 0; axis--) {
			const extent = size[axis] as number;
			grid[cell * (rank + 1) + (rank - 1 - axis)] = coordinate(left % extent, extent);
			left = Math.floor(left / extent);
		}
		grid[cell * (rank + 1) + rank] = 1;
	}
	const n = theta.shape[0] as Dim;
	const points = matmul(b, constant(b, grid, [1, cells, rank + 1]), theta, { transposeB: true });
	return reshape(b, points, [n, ...size, rank]);
}

export const REGIONS: readonly OpDefinition[] = [
	{ op: "RoiAlign", kind: "opaque", forward: (b, inputs, _params, attrs) => [roiAlign(b, inputs, attrs)] },
	{
		op: "AffineGrid",
		kind: "linear",
		forward: (b, inputs, _params, attrs) => [affineGrid(b, asFloat(b, inputAt(inputs, 0)), attrs)],
	},
];
