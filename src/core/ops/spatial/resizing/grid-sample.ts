import { InvalidRequestError } from "../../../../shared/errors";
import type { Builder } from "../../../program/builder";
import { formatShape, productOf } from "../../../program/dims";
import type { Dim, Value } from "../../../program/types";
import {
	add,
	binary,
	cast,
	div,
	maximum,
	minimum,
	mul,
	reshape,
	select,
	slice,
	sub,
	transpose,
	unary,
} from "../../../program/vocabulary";
import { flagAttr, textAttr } from "../../attributes";
import { countAlong, gatherByExample } from "../../indexing/places";
import { asFloat, inputAt, knownExtent } from "../../numbers";
import type { Attrs, OpDefinition } from "../../op";
import { paramOf } from "../../params";

type Mode = "nearest" | "linear" | "cubic";
type Padding = "zeros" | "border" | "reflection";

/** A cell of one axis that a sample reads, and how much it counts. */
interface Tap {
	/** int32, on the axis. */
	readonly cell: Value;
	readonly weight: Value;
}

interface Axis {
	readonly extent: number;
	readonly corners: boolean;
	readonly padding: Padding;
}

const clamped = (b: Builder, x: Value, extent: number) => minimum(b, maximum(b, x, 0), extent - 1);

/** Folds positions off the axis back onto it, as between two mirrors at its ends. */
function reflected(b: Builder, x: Value, { extent, corners }: Axis): Value {
	const [low, range] = corners ? [0, extent - 1] : [-0.5, extent];
	if (range === 0) return mul(b, x, 0);
	const along = binary(b, "mod", sub(b, x, low), 2 * range);
	return add(b, minimum(b, along, sub(b, 2 * range, along)), low);
}

/** The cell at a whole position; outside the axis what the padding says. */
function tapAt(b: Builder, position: Value, weight: Value, axis: Axis): Tap {
	const { extent, padding } = axis;
	const inner = padding === "reflection" ? reflected(b, position, axis) : position;
	const inside = binary(b, "logicalAnd", binary(b, "greaterEqual", position, 0), binary(b, "less", position, extent));
	return {
		cell: cast(b, clamped(b, unary(b, "round", inner), extent), "int32"),
		weight: padding === "zeros" ? select(b, inside, weight, 0) : weight,
	};
}

/** Keys 1981, Cubic convolution interpolation, with PyTorch's coefficient. */
const CUBIC = -0.75;

function cubicWeights(b: Builder, share: Value): Value[] {
	const near = (d: Value) => add(b, mul(b, mul(b, sub(b, mul(b, d, CUBIC + 2), CUBIC + 3), d), d), 1);
	const far = (d: Value) =>
		sub(b, mul(b, add(b, mul(b, sub(b, mul(b, d, CUBIC), 5 * CUBIC), d), 8 * CUBIC), d), 4 * CUBIC);
	return [far(add(b, share, 1)), near(share), near(sub(b, 1, share)), far(sub(b, 2, share))];
}

/** Where a sample off the axis is taken. */
function padded(b: Builder, position: Value, axis: Axis): Value {
	if (axis.padding === "border") return clamped(b, position, axis.extent);
	return axis.padding === "reflection" ? reflected(b, position, axis) : position;
}

/**
 * Cubic samples pad each cell that they read, not their place, as PyTorch and ONNX Runtime do (ONNX' evaluator pads both).
 * @param coordinate -1 to 1 along the axis
 */
function tapsOf(b: Builder, coordinate: Value, axis: Axis, mode: Mode): Tap[] {
	const { extent, corners } = axis;
	const from = add(b, coordinate, 1);
	const place = corners ? mul(b, from, (extent - 1) / 2) : div(b, sub(b, mul(b, from, extent), 1), 2);
	const rounded = mode === "nearest" ? unary(b, "round", place) : place;
	const position = mode === "cubic" ? rounded : padded(b, rounded, axis);
	if (mode === "nearest") return [tapAt(b, position, add(b, mul(b, position, 0), 1), axis)];
	const low = unary(b, "floor", position);
	const share = sub(b, position, low);
	if (mode === "linear") return [tapAt(b, low, sub(b, 1, share), axis), tapAt(b, add(b, low, 1), share, axis)];
	return cubicWeights(b, share).map((weight, at) => tapAt(b, add(b, low, at - 1), weight, axis));
}

/**
 * Samples of maps [N, C, ...spatial] at the places of a grid [N, ...made, axes], whose coordinates run from -1 to 1 in
 * the order x, y, z: [N, C, ...made]. ONNX GridSample, PyTorch grid_sample. params: `grid`; attrs: `mode` (`linear`,
 * `nearest`, `cubic`), `padding` (`zeros`, `border`, `reflection`), `alignCorners`
 */
function sampled(b: Builder, x: Value, grid: Value, attrs: Attrs): Value {
	const rank = x.shape.length - 2;
	if (rank < 1 || grid.shape.length !== rank + 2 || grid.shape.at(-1) !== rank)
		throw new InvalidRequestError(
			`a grid ${formatShape(grid.shape)} does not place samples in maps ${formatShape(x.shape)}`,
		);
	const mode = textAttr<Mode>(attrs, "mode", ["linear", "nearest", "cubic"], "linear");
	const padding = textAttr<Padding>(attrs, "padding", ["zeros", "border", "reflection"], "zeros");
	const corners = flagAttr(attrs, "alignCorners");
	const extents = Array.from({ length: rank }, (_, axis) => knownExtent(x, axis + 2));
	const n = x.shape[0] as Dim;
	const channels = x.shape[1] as Dim;
	const made = grid.shape.slice(1, -1);
	const places: Dim[] = [grid.shape[0] as Dim, ...made];
	const own = mul(b, countAlong(b, [n, ...made.map(() => 1)], 0), productOf(extents));
	const order = [0, ...extents.map((_, axis) => axis + 2), 1];
	const rows = reshape(b, transpose(b, x, order), [productOf([n, ...extents]), channels]);

	let taps: Tap[] = [];
	for (const [axis, extent] of extents.entries()) {
		const at = grid.shape.map((_, i) => (i === rank + 1 ? rank - 1 - axis : 0));
		const size = grid.shape.map((_, i) => (i === rank + 1 ? 1 : -1));
		const coordinate = reshape(b, slice(b, grid, at, size), places);
		const step = productOf(extents.slice(axis + 1));
		const along = tapsOf(b, coordinate, { extent, corners, padding }, mode).map(({ cell, weight }) => ({
			cell: mul(b, cell, step),
			weight,
		}));
		taps =
			axis === 0
				? along
				: taps.flatMap((tap) =>
						along.map(({ cell, weight }) => ({
							cell: add(b, tap.cell, cell),
							weight: mul(b, tap.weight, weight),
						})),
					);
	}
	const parts = taps.map(({ cell, weight }) =>
		mul(b, gatherByExample(b, rows, add(b, own, cell)), reshape(b, weight, [...places, 1])),
	);
	const sum = parts.reduce((total, part) => add(b, total, part));
	return transpose(b, sum, [0, rank + 1, ...made.map((_, axis) => axis + 1)]);
}

export const GRID_SAMPLE: OpDefinition = {
	op: "GridSample",
	kind: "linear",
	forward(b, inputs, params, attrs) {
		return [sampled(b, asFloat(b, inputAt(inputs, 0)), asFloat(b, paramOf(params, "grid")), attrs)];
	},
};
