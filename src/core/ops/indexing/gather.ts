import { InvalidRequestError } from "../../../shared/errors";
import type { Builder } from "../../program/builder";
import { formatShape, productOf } from "../../program/dims";
import type { Dim, Value } from "../../program/types";
import { broadcastTo, gather, reshape, slice, squeeze } from "../../program/vocabulary";
import { numberAttr } from "../attributes";
import { axisOf, inputAt, knownExtent } from "../numbers";
import type { Attrs, OpDefinition } from "../op";
import { countAlong, flatPlaces, flattened, fromTheFront, gatherByExample } from "./places";

/** ONNX Gather: as TensorFlow's, but indices below 0 count from the end. attrs: `axis` */
function take(b: Builder, x: Value, indices: Value, attrs: Attrs): Value {
	const axis = axisOf(numberAttr(attrs, "axis", 0), x.shape.length);
	return gather(b, x, fromTheFront(b, indices, x.shape[axis] as Dim), axis);
}

/**
 * Places in x that each element of `indices` means, when it stands for the index of one axis and its own position for
 * those of the others.
 */
export function elementPlaces(b: Builder, x: Value, indices: Value, axis: number): Value {
	if (indices.shape.length !== x.shape.length)
		throw new InvalidRequestError(
			`indices ${formatShape(indices.shape)} need an axis for each of ${formatShape(x.shape)}`,
		);
	const along = indices.shape.map((_, i) =>
		i === axis ? fromTheFront(b, indices, x.shape[axis] as Dim) : countAlong(b, indices.shape, i),
	);
	return broadcastTo(b, flatPlaces(b, along, x.shape), indices.shape);
}

/** result[i][j] = x[indices[i][j]][j] for axis 0. attrs: `axis` */
function takeElements(b: Builder, x: Value, indices: Value, attrs: Attrs): Value {
	const axis = axisOf(numberAttr(attrs, "axis", 0), x.shape.length);
	const places = elementPlaces(b, x, indices, axis);
	return axis === 0 ? gather(b, flattened(b, x), places, 0) : gatherByExample(b, flattened(b, x), places);
}

/** Places in the first axes of x of the tuples in the last axis of `indices`; the first `batchAxes` axes go together. */
export function tuplePlaces(b: Builder, x: Value, indices: Value, batchAxes: number): Value {
	const last = indices.shape.length - 1;
	const width = knownExtent(indices, last);
	if (batchAxes + width > x.shape.length)
		throw new InvalidRequestError(`tuples of ${width} indices do not fit ${formatShape(x.shape)}`);
	const rows = indices.shape.slice(0, last);
	const entry = (position: number) =>
		squeeze(
			b,
			slice(
				b,
				indices,
				indices.shape.map((_, i) => (i === last ? position : 0)),
				indices.shape.map((_, i) => (i === last ? 1 : -1)),
			),
			[last],
		);
	const along = Array.from({ length: batchAxes + width }, (_, axis) =>
		axis < batchAxes ? countAlong(b, rows, axis) : fromTheFront(b, entry(axis - batchAxes), x.shape[axis] as Dim),
	);
	return broadcastTo(b, flatPlaces(b, along, x.shape.slice(0, batchAxes + width)), rows);
}

/** attrs: `batchAxes` */
function takeTuples(b: Builder, x: Value, indices: Value, attrs: Attrs): Value {
	const batchAxes = numberAttr(attrs, "batchAxes", 0);
	const indexed = batchAxes + knownExtent(indices, indices.shape.length - 1);
	const rows = reshape(b, x, [productOf(x.shape.slice(0, indexed)), ...x.shape.slice(indexed)]);
	const places = tuplePlaces(b, x, indices, batchAxes);
	return batchAxes === 0 ? gather(b, rows, places, 0) : gatherByExample(b, rows, places);
}

const definition = (
	op: string,
	compute: (b: Builder, x: Value, indices: Value, attrs: Attrs) => Value,
): OpDefinition => ({
	op,
	kind: "shape",
	/** inputs: x and indices */
	forward: (b, inputs, _params, attrs) => [compute(b, inputAt(inputs, 0), inputAt(inputs, 1), attrs)],
});

export const GATHERS: readonly OpDefinition[] = [
	definition("GatherFromEnds", take),
	definition("GatherElements", takeElements),
	definition("GatherND", takeTuples),
];
