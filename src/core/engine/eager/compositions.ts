import { sizeOf } from "../../../shared/tensor";
import { flag, integers } from "../../program/attributes";
import type { Builder } from "../../program/builder";
import { bindShape } from "../../program/dims";
import { rewrite } from "../../program/passes/rewrite";
import { convolutionAttributes } from "../../program/primitives/convolution";
import type { Dim, Instruction, Program, Value } from "../../program/types";
import {
	add,
	concat,
	conv2d,
	conv3d,
	depthwiseConv2d,
	matmul,
	pad,
	reshape,
	reverse,
	slice,
	stridedSlice,
	sum,
	transpose,
} from "../../program/vocabulary";

/** What stands for an instruction that has no kernel; `undefined` when it has one after all. */
type Composition = (b: Builder, instruction: Instruction, inputs: readonly Value[]) => Value | undefined;

/** Primitives that are composed of others: what WASM lacks, or computes far slower than the composition. */
export const COMPOSITIONS: Readonly<Record<string, Composition>> = {
	conv2dInputGrad,
	conv2dFilterGrad,
	depthwiseConv2d: depthwiseWithoutGaps,
	depthwiseConv2dInputGrad,
	conv3d: conv3dByDepth,
	conv3dInputGrad,
	matmul: matmulOfTransposed,
};

/** The same program in terms of primitives that have kernels. Kernels that are turned around come out as functions of weights alone, so that hoisting prepares them once. */
export function expandCompositions(program: Program): Program {
	let expanded = program;
	let isDone = false;
	while (!isDone) {
		isDone = true;
		expanded = rewrite(expanded, (b, instruction, inputs) => {
			const composed = COMPOSITIONS[instruction.op]?.(b, instruction, inputs);
			if (composed) isDone = false;
			return composed;
		});
	}
	return expanded;
}

/**
 * Gradient cells `stride` apart with zeros between, and the padding that lets a stride-1 convolution with the reversed
 * kernel give the unpooled extent. (Dumoulin and Visin 2016, A guide to convolution arithmetic, chapter 4)
 */
function spreadForTransposed(
	b: Builder,
	dy: Value,
	kernel: readonly number[],
	{ attributes, type }: Instruction,
): { spread: Value; padding: [number, number][] } {
	const rank = type.shape.length - 2;
	const a = convolutionAttributes(attributes, rank);
	let spread = dy;
	const padding: [number, number][] = [];
	for (let axis = 0; axis < rank; axis++) {
		const stride = a.strides[axis] as number;
		spread = insertZeros(b, spread, axis + 1, stride);
		const reach = ((kernel[axis] as number) - 1) * (a.dilations[axis] as number) + 1;
		const before = reach - 1 - (a.padding[axis]?.[0] as number);
		const after = (type.shape[axis + 1] as number) - (spread.shape[axis + 1] as number) - before + reach - 1;
		spread = crop(b, spread, axis + 1, Math.max(0, -before), Math.max(0, -after));
		padding.push([Math.max(0, before), Math.max(0, after)]);
	}
	return { spread, padding };
}

/** Each cell of an axis followed by stride - 1 zeros. */
function insertZeros(b: Builder, x: Value, axis: number, stride: number): Value {
	if (stride === 1) return x;
	const split = [...x.shape.slice(0, axis + 1), 1, ...x.shape.slice(axis + 1)];
	const paddings = split.map((_, index): [number, number] => (index === axis + 1 ? [0, stride - 1] : [0, 0]));
	return reshape(
		b,
		pad(b, reshape(b, x, split), paddings),
		x.shape.map((dim, index) => (index === axis ? dim * stride : dim)),
	);
}

function crop(b: Builder, x: Value, axis: number, before: number, after: number): Value {
	if (before === 0 && after === 0) return x;
	const extent = (x.shape[axis] as number) - before - after;
	return slice(
		b,
		x,
		x.shape.map((_, index) => (index === axis ? before : 0)),
		x.shape.map((_, index) => (index === axis ? extent : -1)),
	);
}

/** The kernel turned around in space, input and output channels exchanged. */
function turned(b: Builder, kernel: Value): Value {
	const rank = kernel.shape.length - 2;
	const spatial = [...Array(rank).keys()];
	return transpose(b, reverse(b, kernel, spatial), [...spatial, rank + 1, rank]);
}

function conv2dInputGrad(b: Builder, instruction: Instruction, [dy, kernel]: readonly Value[]): Value {
	const { strides, dilations } = convolutionAttributes(instruction.attributes, 2);
	const isDense = strides.every((stride) => stride === 1);
	if (!isDense && dilations.every((dilation) => dilation === 1)) return bySubPixels(b, instruction, dy!, kernel!);
	const { spread, padding } = spreadForTransposed(b, dy!, kernel!.shape, instruction);
	return conv2d(b, spread, turned(b, kernel!), { strides: [1, 1], padding, dilations });
}

/**
 * Input gradient of a strided convolution without a product with an inserted zero: the stride x stride cells that a
 * result cell answers for are computed as channels, and laid out in space afterwards. With a stride of s the kernel
 * cell k = s t + r lets phase r of cell q + t depend on result cell q: one dense convolution over t for all phases r.
 * (Shi et al. 2016, Is the deconvolution layer the same as a convolutional layer?)
 */
function bySubPixels(b: Builder, { attributes, type }: Instruction, dy: Value, kernel: Value): Value {
	const { strides, padding } = convolutionAttributes(attributes, 2);
	const [height, width, channels, made] = kernel.shape as [number, number, number, number];
	const [sh, sw] = strides as [number, number];
	const [th, tw] = [Math.ceil(height / sh), Math.ceil(width / sw)];
	const whole = pad(b, kernel, [
		[0, th * sh - height],
		[0, tw * sw - width],
		[0, 0],
		[0, 0],
	]);
	// [t, r, t', r', in, out] to [t, t', out, r, r', in]
	const phases = transpose(b, reshape(b, whole, [th, sh, tw, sw, channels, made]), [0, 2, 5, 1, 3, 4]);
	const answers = reverse(b, reshape(b, phases, [th, tw, made, sh * sw * channels]), [0, 1]);
	const reach: [number, number][] = [
		[th - 1, th - 1],
		[tw - 1, tw - 1],
	];
	const cells = conv2d(b, dy, answers, { strides: [1, 1], padding: reach, dilations: [1, 1] });
	const [batch, rows, columns] = cells.shape as [Dim, number, number];
	const laidOut = transpose(b, reshape(b, cells, [batch * rows, columns, sh, sw, channels]), [0, 2, 1, 3, 4]);
	let map = reshape(b, laidOut, [batch, rows * sh, columns * sw, channels]);
	for (const [axis, [before]] of padding.entries()) {
		map = cutOrFill(b, map, axis + 1, before, type.shape[axis + 1] as number);
	}
	return map;
}

/** `extent` cells of an axis from `begin` on; cells that are missing at the end are 0. */
function cutOrFill(b: Builder, x: Value, axis: number, begin: number, extent: number): Value {
	const present = Math.min(extent, (x.shape[axis] as number) - begin);
	const cut = crop(b, x, axis, begin, (x.shape[axis] as number) - begin - present);
	return pad(
		b,
		cut,
		x.shape.map((_, index): [number, number] => (index === axis ? [0, extent - present] : [0, 0])),
	);
}

function conv3dInputGrad(b: Builder, instruction: Instruction, [dy, kernel]: readonly Value[]): Value {
	const { spread, padding } = spreadForTransposed(b, dy!, kernel!.shape, instruction);
	return conv3d(b, spread, turned(b, kernel!), {
		strides: [1, 1, 1],
		padding,
		dilations: integers(instruction.attributes, "dilations"),
	});
}

/** tfjs takes strides or dilations, not both: every place is computed then, and some are kept. */
function depthwiseWithoutGaps(
	b: Builder,
	{ attributes, type }: Instruction,
	[x, kernel]: readonly Value[],
): Value | undefined {
	const a = convolutionAttributes(attributes, 2);
	if (a.strides.every((stride) => stride === 1) || a.dilations.every((dilation) => dilation === 1)) return undefined;
	let result = depthwiseConv2d(b, x!, kernel!, { ...a, strides: [1, 1] });
	for (const [axis, stride] of a.strides.entries()) {
		result = everyStep(b, result, axis + 1, 0, type.shape[axis + 1] as number, stride);
	}
	return result;
}

/** Each result channel by itself, then the channels of one input channel added. */
function depthwiseConv2dInputGrad(b: Builder, instruction: Instruction, [dy, kernel]: readonly Value[]): Value {
	const { spread, padding } = spreadForTransposed(b, dy!, kernel!.shape, instruction);
	const [height, width, channels, multiplier] = kernel!.shape as [number, number, number, number];
	const single = reshape(b, reverse(b, kernel!, [0, 1]), [height, width, channels * multiplier, 1]);
	const each = depthwiseConv2d(b, spread, single, {
		strides: [1, 1],
		padding,
		dilations: integers(instruction.attributes, "dilations"),
	});
	return multiplier === 1 ? each : sum(b, reshape(b, each, [...instruction.type.shape, multiplier]), [-1]);
}

/** The gradient of a kernel cell is a matrix product: the cells that it met, times what came of them. */
function conv2dFilterGrad(b: Builder, { attributes, type }: Instruction, [x, dy]: readonly Value[]): Value {
	const a = convolutionAttributes(attributes, 2);
	const [height, width, taken, made] = type.shape as [number, number, number, number];
	const padded = pad(b, x!, [[0, 0], ...a.padding, [0, 0]]);
	const [batch, rows, columns] = dy!.shape as [Dim, number, number, number];
	const gradient = reshape(b, dy!, [batch * rows * columns, made]);
	const cells: Value[] = [];
	for (let i = 0; i < height; i++) {
		const strip = everyStep(b, padded, 1, i * (a.dilations[0] as number), rows, a.strides[0] as number);
		for (let j = 0; j < width; j++) {
			const met = everyStep(b, strip, 2, j * (a.dilations[1] as number), columns, a.strides[1] as number);
			cells.push(matmul(b, reshape(b, met, [batch * rows * columns, taken]), gradient, { transposeA: true }));
		}
	}
	return reshape(b, concat(b, cells, 0), type.shape);
}

function everyStep(b: Builder, x: Value, axis: number, begin: number, count: number, stride: number): Value {
	return stridedSlice(b, x, axis, begin, begin + (count - 1) * stride + 1, stride);
}

/** A sum of two-dimensional convolutions, one for each layer of the kernel; depth joins the batch. */
function conv3dByDepth(b: Builder, { attributes, type }: Instruction, [x, kernel]: readonly Value[]): Value {
	const a = convolutionAttributes(attributes, 3);
	const flat = { strides: a.strides.slice(1), padding: a.padding.slice(1), dilations: a.dilations.slice(1) };
	const padded = pad(b, x!, [[0, 0], a.padding[0] as [number, number], [0, 0], [0, 0], [0, 0]]);
	const [batch, depth] = type.shape as [Dim, number];
	let total: Value | undefined;
	for (let layer = 0; layer < (kernel!.shape[0] as number); layer++) {
		const met = everyStep(b, padded, 1, layer * (a.dilations[0] as number), depth, a.strides[0] as number);
		const maps = reshape(b, met, [batch * depth, ...met.shape.slice(2)]);
		const weights = reshape(b, slice(b, kernel!, [layer, 0, 0, 0, 0], [1, -1, -1, -1, -1]), kernel!.shape.slice(1));
		const part = conv2d(b, maps, weights, flat);
		total = total ? add(b, total, part) : part;
	}
	return reshape(b, total as Value, type.shape);
}

/** Elements beyond which a second copy of a matrix takes more memory than it saves time: 16 MB. */
const LARGE_MATRIX = 2 ** 22;

/** The fast product of WASM takes no transposed matrix: turn it first (a weight, only once). */
function matmulOfTransposed(b: Builder, { attributes }: Instruction, [x, y]: readonly Value[]): Value | undefined {
	const [transposeA, transposeB] = [flag(attributes, "transposeA"), flag(attributes, "transposeB")];
	if (!transposeA && !transposeB) return undefined;
	const isLarge = y!.shape.length === 2 && sizeOf(bindShape(y!.shape, 1)) > LARGE_MATRIX;
	// x y^T = (y x^T)^T: then only the small matrices are turned.
	if (transposeB && isLarge && x!.shape.length === 2) {
		return swapLast(b, matmul(b, y!, transposeA ? x! : swapLast(b, x!)));
	}
	return matmul(b, transposeA ? swapLast(b, x!) : x!, transposeB ? swapLast(b, y!) : y!);
}

function swapLast(b: Builder, x: Value): Value {
	const axes = [...x.shape.keys()];
	return transpose(b, x, [...axes.slice(0, -2), axes.length - 1, axes.length - 2]);
}
