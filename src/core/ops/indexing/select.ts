import { InvalidRequestError } from "../../../shared/errors";
import type { Builder } from "../../program/builder";
import type { Dim, Value } from "../../program/types";
import {
	binary,
	broadcastTo,
	cast,
	constant,
	expandDims,
	gather,
	reshape,
	select,
	sub,
} from "../../program/vocabulary";
import { numberAttr } from "../attributes";
import { axisOf, inputAt, knownExtent } from "../numbers";
import type { Attrs, OpDefinition } from "../op";
import { countAlong, flatPlaces, flattened, fromTheFront, gatherByExample } from "./places";

/**
 * One-hot rows along a new axis. inputs: int indices (below 0 from the end; those out of range give no one) and the
 * values [off, on]; attrs: `depth`, `axis`
 */
function hotRows(b: Builder, indices: Value, values: Value, attrs: Attrs): Value {
	const depth = numberAttr(attrs, "depth");
	const axis = axisOf(numberAttr(attrs, "axis", -1), indices.shape.length + 1);
	const rank = indices.shape.length + 1;
	const positions = countAlong(
		b,
		Array.from({ length: rank }, (_, i) => (i === axis ? depth : 1)),
		axis,
	);
	const isHot = binary(b, "equal", expandDims(b, fromTheFront(b, indices, depth), axis), positions);
	const one = (at: number) => reshape(b, gather(b, values, constant(b, [at], [1], "int32"), 0), []);
	return select(b, isHot, one(1), one(0));
}

/**
 * The first so many elements of each example in reverse order. inputs: x and int lengths [N];
 * attrs: `axis` (of the elements), `batchAxis` (of the examples)
 */
function reverseSequence(b: Builder, x: Value, lengths: Value, attrs: Attrs): Value {
	const axis = axisOf(numberAttr(attrs, "axis", 0), x.shape.length);
	const batchAxis = axisOf(numberAttr(attrs, "batchAxis", 1), x.shape.length);
	if (axis === batchAxis) throw new InvalidRequestError(`axis ${axis} holds both the examples and their elements`);
	knownExtent(x, axis);
	const length = reshape(
		b,
		cast(b, lengths, "int32"),
		x.shape.map((extent, i) => (i === batchAxis ? extent : 1)) as Dim[],
	);
	const step = countAlong(b, x.shape, axis);
	const mirrored = select(b, binary(b, "less", step, length), sub(b, sub(b, length, 1), step), step);
	const along = x.shape.map((_, i) => (i === axis ? mirrored : countAlong(b, x.shape, i)));
	const places = broadcastTo(b, flatPlaces(b, along, x.shape), x.shape);
	return axis === 0 ? gather(b, flattened(b, x), places, 0) : gatherByExample(b, flattened(b, x), places);
}

export const SELECTIONS: readonly OpDefinition[] = [
	{
		op: "HotRows",
		kind: "opaque",
		forward: (b, inputs, _params, attrs) => [hotRows(b, inputAt(inputs, 0), inputAt(inputs, 1), attrs)],
	},
	{
		op: "ReverseSequence",
		kind: "shape",
		forward: (b, inputs, _params, attrs) => [reverseSequence(b, inputAt(inputs, 0), inputAt(inputs, 1), attrs)],
	},
];
