import { InvalidRequestError } from "../../../shared/errors";
import type { DType } from "../../../shared/tensor";
import { integer } from "../attributes";
import { bindShape, formatShape, productOf } from "../dims";
import type { Attributes, Dim, ValueType } from "../types";

/** What several families ask of their operands; the builder adds the op and all shapes to the sentence. */

export function onlyInput(
	inputs: readonly ValueType[],
	accepted: readonly DType[] = ["float32", "int32", "bool"],
): ValueType {
	const x = inputs[0];
	if (!x || inputs.length !== 1)
		throw new InvalidRequestError(`one operand was expected, but ${inputs.length} were given`);
	if (!accepted.includes(x.dtype))
		throw new InvalidRequestError(`a ${accepted.join(" or ")} operand was expected, but ${x.dtype} was given`);
	return x;
}

/** Float operands, as many as named. */
export function floatInputs(inputs: readonly ValueType[], ...names: string[]): ValueType[] {
	if (inputs.length !== names.length)
		throw new InvalidRequestError(
			`${names.length} operands were expected (${names.join(", ")}), but ${inputs.length} were given`,
		);
	for (const [index, input] of inputs.entries()) {
		if (input.dtype !== "float32")
			throw new InvalidRequestError(`${names[index]} must be float32, but is ${input.dtype}`);
	}
	return [...inputs];
}

export function requireRank(what: string, type: ValueType, rank: number): void {
	if (type.shape.length !== rank)
		throw new InvalidRequestError(`${what} must have rank ${rank}, but has shape ${formatShape(type.shape)}`);
}

/** Extents that must be known when the program is built. */
export function requireKnown(what: string, dims: readonly Dim[]): void {
	if (dims.some((dim) => dim < 0))
		throw new InvalidRequestError(`${what} must not depend on the batch size, but is ${formatShape(dims)}`);
}

export function axisAttribute(attributes: Attributes, shape: readonly Dim[]): number {
	const axis = integer(attributes, "axis");
	if (axis < 0 || axis >= shape.length)
		throw new InvalidRequestError(`axis ${axis} is not one of ${formatShape(shape)}`);
	return axis;
}

export function sameShape(a: readonly Dim[], b: readonly Dim[]): boolean {
	return a.length === b.length && a.every((dim, axis) => dim === b[axis]);
}

/** Number of elements for a batch of one. */
export function elements(type: ValueType): number {
	return Math.abs(productOf(bindShape(type.shape, 1)));
}
