import { InvalidRequestError, UnsupportedError } from "../../../shared/errors";
import { integer, integers } from "../attributes";
import { broadcastShapes, formatDim, formatShape, isBatchDim, productOf } from "../dims";
import type { Primitive } from "../primitive";
import type { Dim, Value } from "../types";
import { reshape, reverse, slice, sum, sumTo, transpose } from "../vocabulary";
import { axisAttribute, onlyInput, sameShape } from "./checks";

const reshapePrimitive: Primitive = {
	name: "reshape",
	type(inputs, attributes) {
		const x = onlyInput(inputs);
		const shape = integers(attributes, "shape");
		const [before, after] = [productOf(x.shape), productOf(shape)];
		if (before !== after) {
			throw new InvalidRequestError(
				`${formatShape(x.shape)} holds ${formatDim(before)} elements, but ${formatShape(shape)} holds ${formatDim(after)}`,
			);
		}
		return { dtype: x.dtype, shape };
	},
	vjp: (b, { inputs }, g) => [reshape(b, g, (inputs[0] as Value).shape)],
	flops: () => 0,
};

const transposePrimitive: Primitive = {
	name: "transpose",
	type(inputs, attributes) {
		const x = onlyInput(inputs);
		const permutation = integers(attributes, "permutation");
		const sorted = [...permutation].sort((p, q) => p - q);
		if (permutation.length !== x.shape.length || sorted.some((axis, index) => axis !== index)) {
			throw new InvalidRequestError(
				`[${permutation.join(", ")}] is not a permutation of the axes of ${formatShape(x.shape)}`,
			);
		}
		return { dtype: x.dtype, shape: permutation.map((axis) => x.shape[axis] as Dim) };
	},
	vjp: (b, { attributes }, g) => [transpose(b, g, inversePermutation(integers(attributes, "permutation")))],
	flops: () => 0,
};

/** transpose(transpose(x, p), inversePermutation(p)) is x. */
export function inversePermutation(permutation: readonly number[]): number[] {
	const inverse = new Array<number>(permutation.length);
	for (const [to, from] of permutation.entries()) inverse[from] = to;
	return inverse;
}

const concatPrimitive: Primitive = {
	name: "concat",
	type(inputs, attributes) {
		const first = inputs[0];
		if (!first) throw new InvalidRequestError("at least one operand was expected, but none was given");
		const axis = axisAttribute(attributes, first.shape);
		let extent: Dim = 0;
		for (const input of inputs) {
			if (input.dtype !== first.dtype)
				throw new InvalidRequestError(
					`operands of one type were expected, but ${first.dtype} and ${input.dtype} were given`,
				);
			const fits =
				input.shape.length === first.shape.length &&
				input.shape.every((dim, index) => index === axis || dim === first.shape[index]);
			if (!fits)
				throw new InvalidRequestError(
					`${formatShape(first.shape)} and ${formatShape(input.shape)} differ in other axes than ${axis}`,
				);
			const dim = input.shape[axis] as Dim;
			if (extent !== 0 && dim !== 0 && isBatchDim(extent) !== isBatchDim(dim)) {
				throw new InvalidRequestError(
					`extents ${formatDim(extent)} and ${formatDim(dim)} of axis ${axis} cannot be added: one depends on the batch size and the other does not`,
				);
			}
			extent += dim;
		}
		return { dtype: first.dtype, shape: first.shape.map((dim, index) => (index === axis ? extent : dim)) };
	},
	vjp(b, { inputs, attributes, needed }, g) {
		const axis = integer(attributes, "axis");
		if (isBatchDim(g.shape[axis] as Dim)) throw new UnsupportedError("concat along the batch has no derivative.");
		let begin = 0;
		return inputs.map((input, index) => {
			const extent = input.shape[axis] as number;
			const from = begin;
			begin += extent;
			if (!needed[index]) return undefined;
			return slice(
				b,
				g,
				input.shape.map((_, i) => (i === axis ? from : 0)),
				input.shape.map((_, i) => (i === axis ? extent : -1)),
			);
		});
	},
	flops: () => 0,
};

const broadcastToPrimitive: Primitive = {
	name: "broadcastTo",
	type(inputs, attributes) {
		const x = onlyInput(inputs);
		const shape = integers(attributes, "shape");
		if (!sameShape(broadcastShapes(x.shape, shape), shape))
			throw new InvalidRequestError(`${formatShape(x.shape)} does not broadcast to ${formatShape(shape)}`);
		return { dtype: x.dtype, shape };
	},
	vjp: (b, { inputs }, g) => [sumTo(b, g, (inputs[0] as Value).shape)],
	flops: () => 0,
};

const tilePrimitive: Primitive = {
	name: "tile",
	type(inputs, attributes) {
		const x = onlyInput(inputs);
		const multiples = integers(attributes, "multiples");
		if (multiples.length !== x.shape.length || multiples.some((multiple) => multiple < 1)) {
			throw new InvalidRequestError(
				`a positive multiple for each axis of ${formatShape(x.shape)} was expected, but [${multiples.join(", ")}] was given`,
			);
		}
		return { dtype: x.dtype, shape: x.shape.map((dim, axis) => dim * (multiples[axis] as number)) };
	},
	vjp(b, { inputs, attributes }, g) {
		const x = inputs[0] as Value;
		// Each tiled axis is split into (copy, place), and the copies are added.
		const split: Dim[] = [];
		const copies: number[] = [];
		for (const [axis, multiple] of integers(attributes, "multiples").entries()) {
			if (multiple > 1) {
				copies.push(split.length);
				split.push(multiple);
			}
			split.push(x.shape[axis] as Dim);
		}
		return [copies.length === 0 ? g : sum(b, reshape(b, g, split), copies)];
	},
	flops: () => 0,
};

const reversePrimitive: Primitive = {
	name: "reverse",
	type(inputs, attributes) {
		const x = onlyInput(inputs);
		for (const axis of integers(attributes, "axes")) {
			if (axis < 0 || axis >= x.shape.length)
				throw new InvalidRequestError(`axis ${axis} is not one of ${formatShape(x.shape)}`);
		}
		return x;
	},
	vjp: (b, { attributes }, g) => [reverse(b, g, integers(attributes, "axes"))],
	flops: () => 0,
};

export const SHAPES: readonly Primitive[] = [
	reshapePrimitive,
	transposePrimitive,
	concatPrimitive,
	broadcastToPrimitive,
	tilePrimitive,
	reversePrimitive,
];
