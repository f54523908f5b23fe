import { InvalidRequestError } from "../../../shared/errors";
import { integers, text } from "../attributes";
import type { Builder } from "../builder";
import { formatShape } from "../dims";
import type { Primitive } from "../primitive";
import type { Attributes, Dim, Value, ValueType } from "../types";
import type { PoolAttributes } from "../vocabulary";
import {
	add,
	avgPool2d,
	avgPool2dGrad,
	avgPool3d,
	avgPool3dGrad,
	binary,
	maxPool2dGrad,
	maxPool3dGrad,
	pad,
	samePadding,
	select,
	stridedSlice,
	unary,
} from "../vocabulary";
import { elements, floatInputs, requireKnown, requireRank, sameShape } from "./checks";

/** Window, strides and padding of an instruction over `rank` spatial axes. @throws InvalidRequestError */
export function poolAttributes(attributes: Attributes, rank: number): PoolAttributes {
	const window = integers(attributes, "window");
	const strides = integers(attributes, "strides");
	const padding = text(attributes, "padding");
	if (window.length !== rank || strides.length !== rank) {
		throw new InvalidRequestError(
			`window [${window.join(", ")}] and strides [${strides.join(", ")}] must have ${rank} entries, one for each spatial axis`,
		);
	}
	if ([...window, ...strides].some((value) => value < 1))
		throw new InvalidRequestError(
			`window [${window.join(", ")}] and strides [${strides.join(", ")}] must be at least 1`,
		);
	if (padding !== "valid" && padding !== "same")
		throw new InvalidRequestError(`padding must be "valid" or "same", but is "${padding}"`);
	return { window, strides, padding };
}

function pooledShape(x: ValueType, attributes: Attributes, rank: number): Dim[] {
	requireRank("the input", x, rank + 2);
	const { window, strides, padding } = poolAttributes(attributes, rank);
	const spatial = x.shape.slice(1, -1);
	requireKnown("the spatial extent", spatial);
	const extents = spatial.map((extent, axis) => {
		const stride = strides[axis] as number;
		const cells = window[axis] as number;
		if (padding === "same") return Math.ceil(extent / stride);
		if (cells > extent)
			throw new InvalidRequestError(
				`a window of ${cells} cells does not fit the ${extent} cells of spatial axis ${axis}`,
			);
		return Math.floor((extent - cells) / stride) + 1;
	});
	return [x.shape[0] as Dim, ...extents, x.shape.at(-1) as Dim];
}

const windowCells = (attributes: Attributes) =>
	integers(attributes, "window").reduce((product, cells) => product * cells, 1);

function pool(
	name: string,
	rank: number,
	vjp: (b: Builder, x: Value, y: Value, g: Value, a: PoolAttributes) => Value,
): Primitive {
	return {
		name,
		type(inputs, attributes) {
			const [x] = floatInputs(inputs, "input") as [ValueType];
			return { dtype: "float32", shape: pooledShape(x, attributes, rank) };
		},
		vjp: (b, { inputs, result, attributes }, g) => [
			vjp(b, inputs[0] as Value, result, g, poolAttributes(attributes, rank)),
		],
		flops: (_inputs, result, attributes) => elements(result) * windowCells(attributes),
	};
}

function maxPoolGrad(name: string, rank: number): Primitive {
	return {
		name,
		type(inputs, attributes) {
			const [x, y, dy] = floatInputs(inputs, "input", "output", "output gradient") as [ValueType, ValueType, ValueType];
			const expected = pooledShape(x, attributes, rank);
			for (const [what, type] of [
				["output", y],
				["output gradient", dy],
			] as const) {
				if (!sameShape(expected, type.shape))
					throw new InvalidRequestError(
						`the ${what} must have the shape ${formatShape(expected)}, but has ${formatShape(type.shape)}`,
					);
			}
			return x;
		},
		// Which cell is largest does not change with small changes of x, so only dy has a cotangent.
		vjp: (b, { inputs, attributes, needed }, g) => [
			undefined,
			undefined,
			needed[2]
				? atFirstMaximum(b, inputs[0] as Value, inputs[1] as Value, g, poolAttributes(attributes, rank))
				: undefined,
		],
		flops: (_inputs, result, attributes) => elements(result) * windowCells(attributes),
	};
}

/** Adjoint of the max-pool gradient in dy: `g` at the first maximum of each window. */
function atFirstMaximum(b: Builder, x: Value, y: Value, g: Value, attributes: PoolAttributes): Value {
	let routed: Value | undefined;
	for (const { isFirst, cellOf } of firstMaxima(b, x, y, attributes)) {
		const taken = select(b, isFirst, cellOf(g), 0);
		routed = routed ? add(b, routed, taken) : taken;
	}
	return routed as Value;
}

/** One place in the windows of a pool, in row-major order. */
export interface WindowCell {
	/** bool, shaped as the pool's result: the first maximum of the window is here. */
	readonly isFirst: Value;
	/** What a value shaped as the pool's input holds in this place of every window; 0 in the padding. */
	cellOf(value: Value): Value;
}

/**
 * Where the first maximum of each window of a max pool lies.
 * @param least value that counts as the maximum of a window: the pool's result for x, or a little less
 */
export function firstMaxima(
	b: Builder,
	x: Value,
	least: Value,
	{ window, strides, padding }: PoolAttributes,
): WindowCell[] {
	const spatial = x.shape.slice(1, -1);
	const paddings = spatial.map((extent, axis) =>
		padding === "same"
			? samePadding(extent, window[axis] as number, strides[axis] as number)
			: ([0, 0] as [number, number]),
	);
	const around: [number, number][] = [[0, 0], ...paddings, [0, 0]];
	const cells = pad(b, x, around, Number.NEGATIVE_INFINITY);
	let open: Value | undefined;
	return offsets(window).map((offset) => {
		const isMaximum = binary(b, "greaterEqual", everyWindow(b, cells, offset, least.shape, strides), least);
		const isFirst = open ? binary(b, "logicalAnd", open, isMaximum) : isMaximum;
		const isOther = unary(b, "logicalNot", isMaximum);
		open = open ? binary(b, "logicalAnd", open, isOther) : isOther;
		return { isFirst, cellOf: (value) => everyWindow(b, pad(b, value, around), offset, least.shape, strides) };
	});
}

/** The cell at `offset` of every window. */
function everyWindow(
	b: Builder,
	cells: Value,
	offset: readonly number[],
	pooled: readonly Dim[],
	strides: readonly number[],
): Value {
	let taken = cells;
	for (const [axis, begin] of offset.entries()) {
		const stride = strides[axis] as number;
		const count = pooled[axis + 1] as number;
		taken = stridedSlice(b, taken, axis + 1, begin, begin + (count - 1) * stride + 1, stride);
	}
	return taken;
}

/** Cells of a window in row-major order, in which the first maximum counts. */
function offsets(window: readonly number[]): number[][] {
	return window.reduce<number[][]>(
		(sofar, cells) => sofar.flatMap((head) => Array.from({ length: cells }, (_, cell) => [...head, cell])),
		[[]],
	);
}

function avgPoolGrad(
	name: string,
	rank: number,
	forward: (b: Builder, x: Value, a: PoolAttributes) => Value,
): Primitive {
	return {
		name,
		type(inputs, attributes) {
			const [dy] = floatInputs(inputs, "output gradient") as [ValueType];
			const x: ValueType = { dtype: "float32", shape: integers(attributes, "inputShape") };
			const expected = pooledShape(x, attributes, rank);
			if (!sameShape(expected, dy.shape))
				throw new InvalidRequestError(
					`pooling ${formatShape(x.shape)} gives ${formatShape(expected)}, but the output gradient has ${formatShape(dy.shape)}`,
				);
			return x;
		},
		vjp: (b, { attributes }, g) => [forward(b, g, poolAttributes(attributes, rank))],
		flops: (inputs, _result, attributes) => elements(inputs[0] as ValueType) * windowCells(attributes),
	};
}

export const POOLS: readonly Primitive[] = [
	pool("maxPool2d", 2, maxPool2dGrad),
	maxPoolGrad("maxPool2dGrad", 2),
	pool("avgPool2d", 2, (b, x, _y, g, a) => avgPool2dGrad(b, g, a, x.shape)),
	avgPoolGrad("avgPool2dGrad", 2, avgPool2d),
	pool("maxPool3d", 3, maxPool3dGrad),
	maxPoolGrad("maxPool3dGrad", 3),
	pool("avgPool3d", 3, (b, x, _y, g, a) => avgPool3dGrad(b, g, a, x.shape)),
	avgPoolGrad("avgPool3dGrad", 3, avgPool3d),
];
