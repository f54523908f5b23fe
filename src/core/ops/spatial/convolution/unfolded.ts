import { InvalidRequestError } from "../../../../shared/errors";
import type { Builder } from "../../../program/builder";
import { productOf } from "../../../program/dims";
import type { Dim, Value } from "../../../program/types";
import { cast, constant, pad, reshape, scatterAdd } from "../../../program/vocabulary";
import { numbersAttr, pairsAttr, perAxisAttr } from "../../attributes";
import { checkTable, inputAt, knownExtent } from "../../numbers";
import type { Attrs, OpDefinition } from "../../op";
import { crop } from "../padding";

/** Every index of a shape in row-major order. */
function* places(shape: readonly number[]): Generator<number[]> {
	const total = shape.reduce((product, extent) => product * extent, 1);
	for (let flat = 0; flat < total; flat++) {
		let left = flat;
		const index = new Array<number>(shape.length);
		for (let axis = shape.length - 1; axis >= 0; axis--) {
			index[axis] = left % (shape[axis] as number);
			left = Math.floor(left / (shape[axis] as number));
		}
		yield index;
	}
}

const flat = (index: readonly number[], shape: readonly number[]) =>
	index.reduce((sum, place, axis) => sum * (shape[axis] as number) + place, 0);

/**
 * Blocks laid back into the image that they were taken from; where they overlap they add up (the adjoint of im2col).
 * x [N, C prod(block), blocks] to [N, C, image]; attrs: `image`, `block`, `strides`, `dilations`, `padding` (pairs)
 */
function foldBlocks(b: Builder, x: Value, attrs: Attrs): Value {
	const image = numbersAttr(attrs, "image");
	const block = numbersAttr(attrs, "block");
	const [strides, dilations] = [
		perAxisAttr(attrs, "strides", image.length, 1),
		perAxisAttr(attrs, "dilations", image.length, 1),
	];
	const isPadded = Array.isArray(attrs.padding) && attrs.padding.length > 0;
	const padding = isPadded ? pairsAttr(attrs, "padding", image.length) : image.map((): [number, number] => [0, 0]);
	const padded = image.map((extent, axis) => {
		const [before, after] = padding[axis] as [number, number];
		return before + extent + after;
	});
	const counts = padded.map((extent, axis) => {
		const reach = ((block[axis] as number) - 1) * (dilations[axis] as number) + 1;
		return Math.floor((extent - reach) / (strides[axis] as number)) + 1;
	});
	const cells = productOf(block);
	const blocks = productOf(counts);
	const channels = knownExtent(x, 1) / cells;
	if (x.shape.length !== 3 || !Number.isInteger(channels) || x.shape[2] !== blocks)
		throw new InvalidRequestError(
			`blocks of [${block.join(", ")}] in an image of [${image.join(", ")}] are [N, C x ${cells}, ${blocks}], but [${x.shape.join(", ")}] was given`,
		);
	checkTable(cells, blocks);
	const targets: number[] = [];
	for (const cell of places(block))
		for (const at of places(counts))
			targets.push(
				flat(
					at.map(
						(place, axis) => place * (strides[axis] as number) + (cell[axis] as number) * (dilations[axis] as number),
					),
					padded,
				),
			);
	const n = x.shape[0] as Dim;
	const rows = reshape(b, x, [n, channels, cells * blocks]);
	const sum = scatterAdd(b, rows, constant(b, targets, [targets.length], "int32"), 2, productOf(padded));
	return crop(b, reshape(b, sum, [n, channels, ...padded]), [[0, 0], [0, 0], ...padding]);
}

/**
 * Max pooling undone: each element goes back to where it was taken from, zeros elsewhere.
 * inputs: x [N, C, ...] and, for each element, its row-major place in the whole tensor [N, C, ...`extents`];
 * attrs: `window`, `strides`, `padding` of the pooling, which give the extents before it; `shape` of the result
 * [N, C, ...], when it is larger: filled up with zeros
 */
function unpool(b: Builder, x: Value, indices: Value, attrs: Attrs): Value {
	const window = numbersAttr(attrs, "window");
	const strides = perAxisAttr(attrs, "strides", window.length, 1);
	const padding = pairsAttr(attrs, "padding", window.length);
	const extents = window.map((cells, axis) => {
		const [before, after] = padding[axis] as [number, number];
		return (knownExtent(x, axis + 2) - 1) * (strides[axis] as number) + cells - before - after;
	});
	const size = Array.isArray(attrs.shape) ? numbersAttr({ size: attrs.shape.slice(2) }, "size") : extents;
	if (size.length !== extents.length || size.some((extent, axis) => extent < (extents[axis] as number)))
		throw new InvalidRequestError(`maps of [${extents.join(", ")}] do not fit [${size.join(", ")}]`);
	const [n, c] = x.shape as [Dim, Dim];
	const full: Dim[] = [n, c, ...extents];
	const count = productOf(x.shape);
	const spread = scatterAdd(
		b,
		reshape(b, x, [count]),
		reshape(b, cast(b, indices, "int32"), [count]),
		0,
		productOf(full),
	);
	return pad(b, reshape(b, spread, full), [
		[0, 0],
		[0, 0],
		...extents.map((extent, axis): [number, number] => [0, (size[axis] as number) - extent]),
	]);
}

export const UNFOLDED: readonly OpDefinition[] = [
	{
		op: "FoldBlocks",
		kind: "linear",
		forward: (b, inputs, _params, attrs) => [foldBlocks(b, inputAt(inputs, 0), attrs)],
	},
	{
		op: "MaxUnpool",
		kind: "shape",
		forward: (b, inputs, _params, attrs) => [unpool(b, inputAt(inputs, 0), inputAt(inputs, 1), attrs)],
	},
];
