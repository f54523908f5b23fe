import { InvalidRequestError } from "../../../shared/errors";
import type { Attr } from "../../graph/types";
import type { Builder } from "../../program/builder";
import type { Value } from "../../program/types";
import { asFloat, axisOf, inputAt } from "../numbers";
import type { OpDefinition } from "../op";
import { einsum } from "./einsum";

/** Axes that meet: so many last and first ones, or a list for each operand. */
function contracted(axes: Attr, left: number, right: number): [number[], number[]] {
	if (typeof axes === "number")
		return [Array.from({ length: axes }, (_, i) => left - axes + i), Array.from({ length: axes }, (_, i) => i)];
	if (Array.isArray(axes) && axes.length === 2) {
		const lists = axes.map((list) => (typeof list === "number" ? [list] : list)) as number[][];
		const [ofLeft = [], ofRight = []] = lists;
		return [ofLeft.map((axis) => axisOf(axis, left)), ofRight.map((axis) => axisOf(axis, right))];
	}
	throw new InvalidRequestError(`${JSON.stringify(axes)} does not name the axes of two operands`);
}

/** NumPy's `tensordot`: the axes that are left of the first operand, then those of the second. */
function tensorDot(b: Builder, x: Value, y: Value, axes: Attr): Value {
	const [left, right] = [x.shape.length, y.shape.length];
	const [ofLeft, ofRight] = contracted(axes, left, right);
	const letters = Array.from({ length: left + right }, (_, i) => String.fromCharCode(97 + i));
	const first = letters.slice(0, left);
	const second = letters.slice(left);
	for (const [index, axis] of ofRight.entries()) second[axis] = first[ofLeft[index] as number] as string;
	const rest = [
		...first.filter((_, axis) => !ofLeft.includes(axis)),
		...second.filter((_, axis) => !ofRight.includes(axis)),
	];
	return einsum(b, `${first.join("")},${second.join("")}->${rest.join("")}`, [x, y]);
}

export const TENSOR_DOT: OpDefinition = {
	op: "TensorDot",
	kind: "bilinear",
	/** attrs: `axes`, a number or a list for each operand */
	forward: (b, inputs, _params, attrs) => [
		tensorDot(b, asFloat(b, inputAt(inputs, 0)), asFloat(b, inputAt(inputs, 1)), attrs.axes),
	],
};
