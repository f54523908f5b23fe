import { sizeOf } from "../../../../shared/tensor";
import { computedIn } from "../tensors/element-types";
import { permuted, reshaped, type TensorSource } from "../tensors/tensor-source";
import type { NodeContext } from "../translator";

type Fold = (ctx: NodeContext, tensor: TensorSource) => TensorSource | undefined;

/** The axes that an attribute (up to opset 12) or the second input names. */
function axesOf(ctx: NodeContext): readonly number[] | undefined {
	return ctx.ints("axes") ?? (ctx.has(1) ? ctx.constant(1)?.data : undefined);
}

const counted = (axis: number, rank: number) => (axis < 0 ? axis + rank : axis);

/**
 * Operators that only move or rename elements, on a tensor of the file: the result is a tensor of the file too, so that
 * a kernel that is reshaped before it is used is still a kernel. What is odd about a call is left to its translator.
 */
const FOLDS: Readonly<Record<string, Fold>> = {
	Identity: (_ctx, tensor) => tensor,
	Dropout: (ctx, tensor) => (ctx.outputCount === 1 ? tensor : undefined),
	Reshape(ctx, tensor) {
		const asked = ctx.ints("shape") ?? (ctx.has(1) ? ctx.constant(1)?.data : undefined);
		if (!asked) return undefined;
		const copied = asked.map((extent, axis) =>
			extent === 0 && !ctx.flag("allowzero", false) ? (tensor.shape[axis] ?? -2) : extent,
		);
		const known = sizeOf(copied.filter((extent) => extent !== -1));
		const shape = copied.map((extent) => (extent === -1 ? sizeOf(tensor.shape) / known : extent));
		const isSound = shape.every((extent) => Number.isInteger(extent) && extent >= 0);
		return isSound && sizeOf(shape) === sizeOf(tensor.shape) ? reshaped(tensor, shape) : undefined;
	},
	Flatten(ctx, tensor) {
		const axis = counted(ctx.int("axis", 1), tensor.shape.length);
		return reshaped(tensor, [sizeOf(tensor.shape.slice(0, axis)), sizeOf(tensor.shape.slice(axis))]);
	},
	Squeeze(ctx, tensor) {
		if (ctx.has(1) && !ctx.constant(1)) return undefined;
		const axes = axesOf(ctx)?.map((axis) => counted(axis, tensor.shape.length));
		const shape = tensor.shape.filter((extent, axis) => (axes ? !axes.includes(axis) : extent !== 1));
		return sizeOf(shape) === sizeOf(tensor.shape) ? reshaped(tensor, shape) : undefined;
	},
	Unsqueeze(ctx, tensor) {
		const axes = axesOf(ctx);
		if (!axes) return undefined;
		const rank = tensor.shape.length + axes.length;
		const places = new Set(axes.map((axis) => counted(axis, rank)));
		const rest = [...tensor.shape];
		const shape = Array.from({ length: rank }, (_, axis) => (places.has(axis) ? 1 : (rest.shift() ?? -1)));
		return places.size === axes.length && !shape.includes(-1) ? reshaped(tensor, shape) : undefined;
	},
	Transpose(ctx, tensor) {
		const permutation = ctx.ints("perm") ?? tensor.shape.map((_, axis) => tensor.shape.length - 1 - axis);
		const isSound = [...permutation].sort((a, b) => a - b).every((axis, index) => axis === index);
		return isSound && permutation.length === tensor.shape.length ? permuted(tensor, permutation) : undefined;
	},
};

/** The result of a node that constants of the file decide by being moved; `undefined` for others. */
export function foldConstant(ctx: NodeContext): TensorSource | undefined {
	const fold = ctx.domain === "" ? FOLDS[ctx.opType] : undefined;
	const tensor = fold && ctx.source(0);
	if (!fold || !tensor || computedIn(tensor.dtype) === undefined) return undefined;
	const folded = fold(ctx, tensor);
	return folded && { ...folded, name: "" };
}
