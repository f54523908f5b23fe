import type { DType } from "../../../shared/tensor";
import type { Builder } from "../../program/builder";
import type { Value } from "../../program/types";
import { cast, constant, select, square } from "../../program/vocabulary";
import { arrayAttr, textAttr } from "../attributes";
import { inputAt } from "../numbers";
import type { Attrs, OpDefinition, OpKind, Params } from "../op";
import { COMBINATIONS, type Combine } from "./arithmetic";

/**
 * Functions of one value and one constant, as ops of their own: x + c and x * c are linear in their only input, where
 * Add and Mul of two values share relevance between both. `AddConstant` computes x + c, `ConstantSub` c - x.
 * attrs: `constant`, a number or an array that broadcasts; `integer`, written as integers in the file.
 */
const LINEAR = new Set([
	"AddConstant",
	"SubConstant",
	"MulConstant",
	"DivConstant",
	"ConstantAdd",
	"ConstantSub",
	"ConstantMul",
]);

/**
 * A constant takes the type of the value beside it; fractions make reals of integers. A large one is a weight, the param
 * `constant`.
 */
export function constantFor(b: Builder, x: Value, attrs: Attrs, params: Params = {}): Value {
	if (params.constant) return params.constant;
	const { data, shape } = arrayAttr(attrs, "constant");
	const whole = data.every(Number.isInteger);
	return constant(b, data, shape, x.dtype === "int32" && whole ? "int32" : "float32");
}

const kindOf = (op: string): OpKind => (LINEAR.has(op) ? "linear" : "elementwise");

/** What is added is a bias. */
const biases = (name: string) => (name === "Add" || name === "Sub") && { biasParams: ["constant"] };

/** x^2 and x^0.5 have exact instructions; a general power goes through logarithms. */
function powConstant(b: Builder, x: Value, attrs: Attrs, power: Combine): Value {
	if (x.dtype === "float32" && attrs.constant === 2) return square(b, x);
	if (x.dtype === "float32" && attrs.constant === 0.5) return b.emit("sqrt", [x]);
	return power(b, x, constantFor(b, x, attrs));
}

export const CONSTANT_OPERANDS: readonly OpDefinition[] = [
	...Object.entries(COMBINATIONS).flatMap(([name, { combine }]): OpDefinition[] => [
		{
			op: `${name}Constant`,
			kind: kindOf(`${name}Constant`),
			...biases(name),
			forward(b, inputs, params, attrs) {
				const x = inputAt(inputs, 0);
				return [
					name === "Pow" && !params.constant
						? powConstant(b, x, attrs, combine)
						: combine(b, x, constantFor(b, x, attrs, params)),
				];
			},
		},
		{
			op: `Constant${name}`,
			kind: kindOf(`Constant${name}`),
			...biases(name),
			forward(b, inputs, params, attrs) {
				const x = inputAt(inputs, 0);
				return [combine(b, constantFor(b, x, attrs, params), x)];
			},
		},
	]),
	{
		op: "SelectConstant",
		kind: "linear",
		/** inputs: a bool condition and x; attrs: `constant`, `when` (the condition under which the constant is taken) */
		forward(b, inputs, _params, attrs) {
			const x = inputAt(inputs, 1);
			const other = constantFor(b, x, attrs);
			const value = cast(b, x, other.dtype);
			const condition = cast(b, inputAt(inputs, 0), "bool");
			return [
				textAttr(attrs, "when", ["true", "false"]) === "true"
					? select(b, condition, other, value)
					: select(b, condition, value, other),
			];
		},
	},
	{
		op: "Constant",
		kind: "opaque",
		/** No inputs; attrs: `constant`, `dtype` (`float32`, `int32` or `bool`) */
		forward(b, _inputs, _params, attrs) {
			const { data, shape } = arrayAttr(attrs, "constant");
			return [constant(b, data, shape, textAttr<DType>(attrs, "dtype", ["float32", "int32", "bool"], "float32"))];
		},
	},
];
