import { InvalidRequestError } from "../../../shared/errors";
import type { Builder } from "../../program/builder";
import { productOf } from "../../program/dims";
import type { Dim, Value } from "../../program/types";
import { broadcastTo, constant, gather, matmul, reshape, sum, transpose } from "../../program/vocabulary";
import { knownExtent } from "../numbers";

/** Labels of each operand and of the result, one character an axis; an ellipsis is spelled out. */
export interface Equation {
	readonly operands: readonly (readonly string[])[];
	readonly result: readonly string[];
}

/**
 * Reads `bij,bjk->bik` for operands of the given ranks. Without `->` the result has the labels that occur once, in
 * alphabetical order, as in NumPy.
 * @throws InvalidRequestError naming the equation
 */
export function parseEquation(equation: string, ranks: readonly number[]): Equation {
	const fail = (reason: string): never => {
		throw new InvalidRequestError(`the equation "${equation}" ${reason}`);
	};
	const [left = "", right] = equation.replaceAll(" ", "").split("->");
	const terms = left.split(",");
	if (terms.length !== ranks.length) fail(`has ${terms.length} operands, but ${ranks.length} were given`);
	const spans = terms.map((term, index) => (ranks[index] as number) - term.replace("...", "").length);
	const longest = Math.max(0, ...spans.filter((_, index) => terms[index]?.includes("...")));
	// Axes under an ellipsis get labels that no equation can contain; they are aligned at their last axis.
	const ellipsis = (count: number) => Array.from({ length: count }, (_, i) => `.${longest - count + i}`);
	const spell = (term: string, count: number) => {
		const [before = "", after] = term.split("...");
		return after === undefined ? [...before] : [...before, ...ellipsis(count), ...after];
	};
	const operands = terms.map((term, index) => {
		const span = spans[index] as number;
		if (span < 0 || (span > 0 && !term.includes("...")))
			fail(`names ${term.length} axes where ${ranks[index]} were given`);
		return spell(term, span);
	});
	const all = operands.flat();
	const once = [...new Set(all)].filter(
		(label) => !label.startsWith(".") && all.filter((l) => l === label).length === 1,
	);
	const result =
		right === undefined ? [...(longest > 0 ? ellipsis(longest) : []), ...once.sort()] : spell(right, longest);
	if (new Set(result).size !== result.length) fail("names an axis of the result twice");
	for (const label of result) if (!all.includes(label)) fail(`asks for the axis ${label}, which no operand has`);
	return { operands, result };
}

/** Einstein summation of float32 operands: sums, transposes and one matrix product for each further operand. */
export function einsum(b: Builder, equation: string, values: readonly Value[]): Value {
	const { operands, result } = parseEquation(
		equation,
		values.map((value) => value.shape.length),
	);
	const [first, ...others] = operands.map((labels, index) => onDiagonals(b, values[index] as Value, labels));
	let [value, labels] = first as readonly [Value, readonly string[]];
	for (const [index, [other, otherLabels]] of others.entries()) {
		const later = new Set([...operands.slice(index + 2).flat(), ...result]);
		[value, labels] = contract(b, value, labels, other, otherLabels, later);
	}
	[value, labels] = sumOut(b, value, labels, (label) => result.includes(label));
	return inOrder(b, value, labels, result);
}

/** Axes of one label become one axis: what lies on their diagonal. */
function onDiagonals(b: Builder, value: Value, labels: readonly string[]): readonly [Value, readonly string[]] {
	const twice = labels.findIndex((label, axis) => labels.indexOf(label) < axis);
	if (twice < 0) return [value, labels];
	const first = labels.indexOf(labels[twice] as string);
	const extent = knownExtent(value, first);
	if (value.shape[twice] !== extent)
		throw new InvalidRequestError(
			`axes ${first} and ${twice} have one label, but ${extent} and ${value.shape[twice]} cells`,
		);
	const rest = labels.map((_, axis) => axis).filter((axis) => axis !== first && axis !== twice);
	const kept = rest.map((axis) => value.shape[axis] as Dim);
	const square = reshape(b, transpose(b, value, [...rest, first, twice]), [...kept, extent * extent]);
	const places = Array.from({ length: extent }, (_, i) => i * (extent + 1));
	const diagonal = gather(b, square, constant(b, places, [extent], "int32"), rest.length);
	return onDiagonals(b, diagonal, [...rest.map((axis) => labels[axis] as string), labels[first] as string]);
}

/** Axes of extent 1 repeated to those of the same label in the other operand. */
function matched(b: Builder, value: Value, labels: readonly string[], other: Value, others: readonly string[]): Value {
	return broadcastTo(
		b,
		value,
		labels.map((label, axis) => {
			const own = value.shape[axis] as Dim;
			const at = others.indexOf(label);
			return own === 1 && at >= 0 ? (other.shape[at] as Dim) : own;
		}),
	);
}

/** Product of two operands, summed over the labels that nothing later needs. Result labels: shared, left, right. */
function contract(
	b: Builder,
	leftValue: Value,
	leftLabels: readonly string[],
	rightValue: Value,
	rightLabels: readonly string[],
	later: ReadonlySet<string>,
): [Value, string[]] {
	const x0 = matched(b, leftValue, leftLabels, rightValue, rightLabels);
	const y0 = matched(b, rightValue, rightLabels, leftValue, leftLabels);
	const [x, xs] = sumOut(b, x0, leftLabels, (label) => later.has(label) || rightLabels.includes(label));
	const [y, ys] = sumOut(b, y0, rightLabels, (label) => later.has(label) || xs.includes(label));
	const shared = xs.filter((label) => ys.includes(label) && later.has(label));
	const summed = xs.filter((label) => ys.includes(label) && !later.has(label));
	const left = xs.filter((label) => !ys.includes(label));
	const right = ys.filter((label) => !xs.includes(label));
	const dims = new Map<string, Dim>();
	for (const [labels, value] of [
		[xs, x],
		[ys, y],
	] as const) {
		for (const [axis, label] of labels.entries()) dims.set(label, value.shape[axis] as Dim);
	}
	const shapeOf = (labels: readonly string[]) => labels.map((label) => dims.get(label) as Dim);
	const matrices = (value: Value, labels: readonly string[], rows: readonly string[], columns: readonly string[]) =>
		reshape(b, inOrder(b, value, labels, [...shared, ...rows, ...columns]), [
			...shapeOf(shared),
			productOf(shapeOf(rows)),
			productOf(shapeOf(columns)),
		]);
	const product = matmul(b, matrices(x, xs, left, summed), matrices(y, ys, summed, right));
	const labels = [...shared, ...left, ...right];
	return [reshape(b, product, shapeOf(labels)), labels];
}

function sumOut(
	b: Builder,
	value: Value,
	labels: readonly string[],
	kept: (label: string) => boolean,
): [Value, string[]] {
	const axes = labels.flatMap((label, axis) => (kept(label) ? [] : [axis]));
	return [axes.length === 0 ? value : sum(b, value, axes), labels.filter(kept)];
}

function inOrder(b: Builder, value: Value, labels: readonly string[], wanted: readonly string[]): Value {
	const permutation = wanted.map((label) => labels.indexOf(label));
	return permutation.every((axis, index) => axis === index) ? value : transpose(b, value, permutation);
}
