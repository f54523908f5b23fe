import { InvalidRequestError } from "../../../shared/errors";
import { integer } from "../attributes";
import type { Builder } from "../builder";
import { formatDim, formatShape } from "../dims";
import type { Primitive } from "../primitive";
import type { Attributes, Dim, Value, ValueType } from "../types";
import { binary, cast, div, gather, mul, type ScatterName, scatter, scatterAdd, select } from "../vocabulary";
import { axisAttribute, elements, onlyInput, sameShape } from "./checks";

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

function scatteredType(inputs: readonly ValueType[], attributes: Attributes): ValueType {
	const [updates, indices] = indexed(inputs, "updates");
	if (updates.dtype === "bool") throw new InvalidRequestError("numbers were expected as updates, but bool was given");
	const axis = integer(attributes, "axis");
	const extent = integer(attributes, "extent");
	const places = updates.shape.slice(axis, axis + indices.shape.length);
	if (axis < 0 || !sameShape(places, indices.shape)) {
		throw new InvalidRequestError(
			`updates ${formatShape(updates.shape)} must have the axes of the indices ${formatShape(indices.shape)} from axis ${axis} on (to be joined in ${formatDim(extent)} places)`,
		);
	}
	return {
		dtype: updates.dtype,
		shape: [...updates.shape.slice(0, axis), extent, ...updates.shape.slice(axis + indices.shape.length)],
	};
}

/** Joins slices of `updates` in `extent` places along `axis`, at `indices`. @param vjp cotangent of the updates */
function scattering(name: ScatterName, vjp: (b: Builder, call: Scattering, g: Value) => Value): Primitive {
	return {
		name,
		type: scatteredType,
		vjp(b, { inputs, result, attributes }, g) {
			const [updates, indices] = inputs as [Value, Value];
			const axis = integer(attributes, "axis");
			const call: Scattering = {
				updates,
				taken: (value) => gather(b, value, indices, axis),
				joined: (how, value) => scatter(b, how, value, indices, axis, integer(attributes, "extent")),
				result,
			};
			return [vjp(b, call, g), undefined];
		},
	};
}

interface Scattering {
	readonly updates: Value;
	readonly result: Value;
	/** What each update finds in its place. */
	taken(value: Value): Value;
	joined(how: ScatterName, value: Value): Value;
}

/** Equal extremes share the cotangent, as in a reduction. */
function extremeVjp(b: Builder, { updates, result, taken, joined }: Scattering, g: Value): Value {
	const ties = cast(b, binary(b, "equal", updates, taken(result)), "float32");
	return mul(b, ties, div(b, taken(g), taken(joined("scatterAdd", ties))));
}

/** Product of the others, also where updates are 0. */
function productVjp(b: Builder, { updates, taken, joined }: Scattering, g: Value): Value {
	const isZero = binary(b, "equal", updates, 0);
	const zeros = taken(joined("scatterAdd", cast(b, isZero, "float32")));
	const safe = select(b, isZero, 1, updates);
	const productOfNonZero = taken(joined("scatterProd", safe));
	const withoutZeros = select(b, binary(b, "equal", zeros, 0), div(b, productOfNonZero, safe), 0);
	const onlyZero = binary(b, "logicalAnd", isZero, binary(b, "equal", zeros, 1));
	return mul(b, taken(g), select(b, onlyZero, productOfNonZero, withoutZeros));
}

const topKPrimitive: Primitive = {
	name: "topK",
	type(inputs, attributes) {
		const x = onlyInput(inputs, ["float32", "int32"]);
		const count = integer(attributes, "count");
		const extent = x.shape.at(-1);
		if (extent === undefined || extent < 0 || count < 0 || count > extent)
			throw new InvalidRequestError(
				`the ${count} largest along the last axis of ${formatShape(x.shape)} were asked for`,
			);
		return { dtype: "int32", shape: [...x.shape.slice(0, -1), count] };
	},
	flops: (inputs) => elements(inputs[0] as ValueType) * Math.ceil(Math.log2(2 + (inputs[0]?.shape.at(-1) as number))),
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

/** int32 vector of the extents of its operand, as numbers of this run's batch. */
const shapeOfPrimitive: Primitive = {
	name: "shapeOf",
	type: (inputs) => ({ dtype: "int32", shape: [onlyInput(inputs).shape.length] }),
	flops: () => 0,
};

export const INDEXING: readonly Primitive[] = [
	gatherPrimitive,
	scattering("scatterAdd", (_b, { taken }, g) => taken(g)),
	scattering("scatterMax", extremeVjp),
	scattering("scatterMin", extremeVjp),
	scattering("scatterProd", productVjp),
	oneHotPrimitive,
	topKPrimitive,
	shapeOfPrimitive,
];
