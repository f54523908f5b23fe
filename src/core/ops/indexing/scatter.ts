import { InvalidRequestError } from "../../../shared/errors";
import type { Builder } from "../../program/builder";
import { formatShape, productOf } from "../../program/dims";
import type { Dim, Value } from "../../program/types";
import {
	add,
	binary,
	broadcastTo,
	cast,
	constant,
	maximum,
	minimum,
	mul,
	reshape,
	type ScatterName,
	select,
	sub,
} from "../../program/vocabulary";
import { numberAttr, textAttr } from "../attributes";
import { axisOf, inputAt, knownExtent, promote } from "../numbers";
import type { Attrs, OpDefinition, OpKind } from "../op";
import { elementPlaces, tuplePlaces } from "./gather";
import { BY_EXAMPLE, countAlong, flatPlaces, flattened, gatherByExample, isCounted } from "./places";

/** How updates join what is there. */
interface Join {
	readonly suffix: string;
	readonly kind: OpKind;
	readonly scatter: ScatterName;
	readonly combine: (b: Builder, x: Value, joined: Value) => Value;
}

const JOINS: readonly Join[] = [
	/** Takes its place. Where updates meet, ONNX leaves open what is there; here it is their sum. */
	{ suffix: "", kind: "shape", scatter: "scatterAdd", combine: (_b, _x, joined) => joined },
	{ suffix: "Add", kind: "linear", scatter: "scatterAdd", combine: add },
	{ suffix: "Mul", kind: "bilinear", scatter: "scatterProd", combine: mul },
	{ suffix: "Max", kind: "route", scatter: "scatterMax", combine: maximum },
	{ suffix: "Min", kind: "route", scatter: "scatterMin", combine: minimum },
];

/**
 * Joins rows of updates [M, ...] with the rows of x [R, ...] at int32 places [M].
 * @param own what an example writes stays within the example
 */
function joinRows(
	b: Builder,
	x: Value,
	updates: Value,
	places: Value,
	{ scatter: name, combine }: Join,
	own: boolean,
): Value {
	const extent = x.shape[0] as Dim;
	// Truths are joined as numbers.
	const number = (value: Value) => (value.dtype === "bool" ? cast(b, value, "int32") : value);
	const written = (how: ScatterName, what: Value) =>
		b.emit(how, [what, places], { axis: 0, extent, ...(own && isCounted(places) && BY_EXAMPLE) });
	const joined = written(name, number(updates));
	const ones = broadcastTo(b, constant(b, 1), places.shape);
	const met = binary(b, "greater", written("scatterAdd", ones), 0);
	const isMet = reshape(b, met, [extent, ...x.shape.slice(1).map(() => 1)]);
	return cast(b, select(b, isMet, combine(b, number(x), joined), number(x)), x.dtype);
}

function scatterElements(b: Builder, inputs: readonly Value[], attrs: Attrs, join: Join): Value {
	const indices = inputAt(inputs, 1);
	const [x, updates] = promote(b, [inputAt(inputs, 0), inputAt(inputs, 2)]) as [Value, Value];
	if (updates.shape.join() !== indices.shape.join())
		throw new InvalidRequestError(
			`updates ${formatShape(updates.shape)} and indices ${formatShape(indices.shape)} must have one shape`,
		);
	const axis = axisOf(numberAttr(attrs, "axis", 0), x.shape.length);
	const places = flattened(b, elementPlaces(b, x, indices, axis));
	return reshape(b, joinRows(b, flattened(b, x), flattened(b, updates), places, join, axis !== 0), x.shape);
}

function scatterTuples(b: Builder, inputs: readonly Value[], _attrs: Attrs, join: Join): Value {
	const indices = inputAt(inputs, 1);
	const [x, updates] = promote(b, [inputAt(inputs, 0), inputAt(inputs, 2)]) as [Value, Value];
	const width = knownExtent(indices, indices.shape.length - 1);
	const places = tuplePlaces(b, x, indices, 0);
	const inner = x.shape.slice(width);
	const rows = reshape(b, x, [productOf(x.shape.slice(0, width)), ...inner]);
	const written = reshape(b, updates, [productOf(places.shape), ...inner]);
	return reshape(b, joinRows(b, rows, written, flattened(b, places), join, false), x.shape);
}

/**
 * A cache whose entries along `axis` are replaced from a place on that each example has of its own.
 * inputs: cache [N, ...], update (shorter along `axis`), int places [N] (0 when absent);
 * attrs: `axis`, `mode` (`linear`, or `circular`: what runs over the end goes on at the front)
 */
function writeCache(b: Builder, inputs: readonly Value[], attrs: Attrs): Value {
	const [cache, update] = promote(b, [inputAt(inputs, 0), inputAt(inputs, 1)]) as [Value, Value];
	const axis = axisOf(numberAttr(attrs, "axis", -2), cache.shape.length);
	const [length, written] = [knownExtent(cache, axis), knownExtent(update, axis)];
	const step = countAlong(b, cache.shape, axis);
	const starts = inputs[2] && cast(b, inputs[2], "int32");
	const since = starts
		? sub(b, step, reshape(b, starts, [cache.shape[0] as Dim, ...cache.shape.slice(1).map(() => 1)]))
		: step;
	const offset =
		textAttr(attrs, "mode", ["linear", "circular"], "linear") === "circular" ? binary(b, "mod", since, length) : since;
	const inside = binary(b, "logicalAnd", binary(b, "greaterEqual", offset, 0), binary(b, "less", offset, written));
	const along = cache.shape.map((_, i) =>
		i === axis ? minimum(b, maximum(b, offset, 0), written - 1) : countAlong(b, cache.shape, i),
	);
	const places = broadcastTo(b, flatPlaces(b, along, update.shape), cache.shape);
	return select(b, inside, gatherByExample(b, flattened(b, update), places), cache);
}

export const SCATTERS: readonly OpDefinition[] = [
	...JOINS.flatMap((join): OpDefinition[] => {
		const shared = { kind: join.kind, ...(join.suffix === "Add" && { family: "sum" as const }) };
		return [
			{
				op: `ScatterElements${join.suffix}`,
				...shared,
				/** inputs: x, indices, updates of the shape of the indices; attrs: `axis` */
				forward: (b, inputs, _params, attrs) => [scatterElements(b, inputs, attrs, join)],
			},
			{
				op: `ScatterND${join.suffix}`,
				...shared,
				/** inputs: x, indices [..., k], updates [..., what k indices leave of x] */
				forward: (b, inputs, _params, attrs) => [scatterTuples(b, inputs, attrs, join)],
			},
		];
	}),
	{ op: "WriteCache", kind: "shape", forward: (b, inputs, _params, attrs) => [writeCache(b, inputs, attrs)] },
];
