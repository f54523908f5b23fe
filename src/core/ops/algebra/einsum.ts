import { InvalidRequestError } from "../../../shared/errors";
import type { Builder } from "../../program/builder";
import { productOf } from "../../program/dims";
import type { Dim, Value } from "../../program/types";
import { matmul, reshape, sum, transpose } from "../../program/vocabulary";

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
		const labels = spell(term, span);
		if (new Set(labels).size !== labels.length) fail("names an axis twice in one operand, which is not computed");
		return labels;
	});
	const all = operands.flat();
	const once = [...new Set(all)].filter(
		(label) => !label.startsWith(".") && all.filter((l) => l === label).length === 1,
	);
	const result =
		right === undefined ? [...(longest > 0 ? ellipsis(longest) : []), ...once.sort()] : spell(right, longest);
	for (const label of result) if (!all.includes(label)) fail(`asks for the axis ${label}, which no operand has`);
	return { operands, result };
}

/** Einstein summation of float32 operands: sums, transposes and one matrix product for each further operand. */
export function einsum(b: Builder, equation: string, values: readonly Value[]): Value {
	const { operands, result } = parseEquation(
		equation,
		values.map((value) => value.shape.length),
	);
	let value = values[0] as Value;
	let labels = operands[0] as readonly string[];
	for (let index = 1; index < values.length; index++) {
		const later = new Set([...operands.slice(index + 1).flat(), ...result]);
		[value, labels] = contract(b, value, labels, values[index] as Value, operands[index] as readonly string[], later);
	}
	[value, labels] = sumOut(b, value, labels, (label) => result.includes(label));
	return inOrder(b, value, labels, result);
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
	const [x, xs] = sumOut(b, leftValue, leftLabels, (label) => later.has(label) || rightLabels.includes(label));
	const [y, ys] = sumOut(b, rightValue, rightLabels, (label) => later.has(label) || xs.includes(label));
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
