import { InvalidRequestError } from "../../../shared/errors";
import { integer } from "../attributes";
import { formatDim, formatShape } from "../dims";
import type { Primitive } from "../primitive";
import type { Dim, Value, ValueType } from "../types";
import { gather, scatterAdd } from "../vocabulary";
import { axisAttribute, onlyInput, sameShape } from "./checks";

function indexed(inputs: readonly ValueType[], what: string): [ValueType, ValueType] {
	const [x, indices] = inputs;
	if (!x || !indices || inputs.length !== 2)
		throw new InvalidRequestError(`two operands were expected (${what}, indices), but ${inputs.length} were given`);
	if (indices.dtype !== "int32")
		throw new InvalidRequestError(`int32 indices were expected, but ${indices.dtype} was given`);
	return [x, indices];
}

const gatherPrimitive: Primitive = {
	name: "gather",
	type(inputs, attributes) {
		const [x, indices] = indexed(inputs, "values");
		const axis = axisAttribute(attributes, x.shape);
		return { dtype: x.dtype, shape: [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)] };
	},
	vjp(b, { inputs, attributes }, g) {
		const [x, indices] = inputs as [Value, Value];
		const axis = integer(attributes, "axis");
		return [scatterAdd(b, g, indices, axis, x.shape[axis] as Dim), undefined];
	},
	flops: () => 0,
};

/** Adjoint of gather: adds slices of `updates` into zeros of `extent` along `axis`, at `indices`. */
const scatterAddPrimitive: Primitive = {
	name: "scatterAdd",
	type(inputs, attributes) {
		const [updates, indices] = indexed(inputs, "updates");
		if (updates.dtype !== "float32")
			throw new InvalidRequestError(`float32 updates were expected, but ${updates.dtype} was given`);
		const axis = integer(attributes, "axis");
		const extent = integer(attributes, "extent");
		const places = updates.shape.slice(axis, axis + indices.shape.length);
		if (axis < 0 || !sameShape(places, indices.shape)) {
			throw new InvalidRequestError(
				`updates ${formatShape(updates.shape)} must have the axes of the indices ${formatShape(indices.shape)} from axis ${axis} on (to be added into ${formatDim(extent)} places)`,
			);
		}
		return {
			dtype: updates.dtype,
			shape: [...updates.shape.slice(0, axis), extent, ...updates.shape.slice(axis + indices.shape.length)],
		};
	},
	vjp: (b, { inputs, attributes }, g) => [gather(b, g, inputs[1] as Value, integer(attributes, "axis")), undefined],
};

const oneHotPrimitive: Primitive = {
	name: "oneHot",
	type(inputs, attributes) {
		const indices = onlyInput(inputs, ["int32"]);
		const depth = integer(attributes, "depth");
		if (depth < 1) throw new InvalidRequestError(`depth must be at least 1, but is ${depth}`);
		return { dtype: "float32", shape: [...indices.shape, depth] };
	},
	flops: () => 0,
};

export const INDEXING: readonly Primitive[] = [gatherPrimitive, scatterAddPrimitive, oneHotPrimitive];
