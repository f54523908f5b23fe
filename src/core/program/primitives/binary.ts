import { InvalidRequestError } from "../../../shared/errors";
import type { DType } from "../../../shared/tensor";
import type { Builder } from "../builder";
import { broadcastShapes, formatShape } from "../dims";
import type { Primitive } from "../primitive";
import type { Value, ValueType } from "../types";
import { binary, div, log, mul, neg, reluGrad, select, square, sub, sumTo, unary } from "../vocabulary";

/** Cotangents before they are summed down to the operands' shapes; each is emitted only when it is needed. */
interface Derivatives {
	x?: (b: Builder, x: Value, y: Value, result: Value, g: Value) => Value;
	y?: (b: Builder, x: Value, y: Value, result: Value, g: Value) => Value;
}

const FLOAT: readonly DType[] = ["float32"];
const NUMBER: readonly DType[] = ["float32", "int32"];

function operands(inputs: readonly ValueType[], accepted: readonly DType[]): ValueType {
	const [x, y] = inputs;
	if (!x || !y || inputs.length !== 2)
		throw new InvalidRequestError(`two operands were expected, but ${inputs.length} were given`);
	if (x.dtype !== y.dtype || !accepted.includes(x.dtype)) {
		throw new InvalidRequestError(
			`two ${accepted.join(" or ")} operands were expected, but ${x.dtype} and ${y.dtype} were given`,
		);
	}
	return { dtype: x.dtype, shape: broadcastShapes(x.shape, y.shape) };
}

function arithmetic(name: string, derivatives: Derivatives, accepted: readonly DType[] = NUMBER): Primitive {
	return {
		name,
		type: (inputs) => operands(inputs, accepted),
		vjp(b, { inputs, result, needed }, g) {
			const [x, y] = inputs as [Value, Value];
			return [
				needed[0] && derivatives.x && sumTo(b, derivatives.x(b, x, y, result, g), x.shape),
				needed[1] && derivatives.y && sumTo(b, derivatives.y(b, x, y, result, g), y.shape),
			].map((cotangent) => cotangent || undefined);
		},
	};
}

/** A bool result carries no cotangent. */
function comparison(name: string, accepted: readonly DType[]): Primitive {
	return { name, type: (inputs) => ({ dtype: "bool", shape: operands(inputs, accepted).shape }) };
}

const floorOfQuotient = (b: Builder, x: Value, y: Value) => unary(b, "floor", div(b, x, y));
const ANY: readonly DType[] = ["float32", "int32", "bool"];

const selectPrimitive: Primitive = {
	name: "select",
	type(inputs) {
		const [condition, whenTrue, whenFalse] = inputs;
		if (!condition || !whenTrue || !whenFalse || inputs.length !== 3)
			throw new InvalidRequestError(`three operands were expected, but ${inputs.length} were given`);
		if (condition.dtype !== "bool")
			throw new InvalidRequestError(`a bool condition was expected, but ${condition.dtype} was given`);
		const chosen = operands([whenTrue, whenFalse], ANY);
		return { dtype: chosen.dtype, shape: broadcastShapes(condition.shape, chosen.shape) };
	},
	vjp(b, { inputs, needed }, g) {
		const [condition, whenTrue, whenFalse] = inputs as [Value, Value, Value];
		return [
			undefined,
			needed[1] ? sumTo(b, select(b, condition, g, 0), whenTrue.shape) : undefined,
			needed[2] ? sumTo(b, select(b, condition, 0, g), whenFalse.shape) : undefined,
		];
	},
};

const reluGradPrimitive: Primitive = {
	name: "reluGrad",
	type(inputs) {
		const [g, x] = inputs;
		const type = operands(inputs, FLOAT);
		if (g?.shape.join() !== x?.shape.join()) {
			throw new InvalidRequestError(
				`the gradient ${formatShape(g?.shape ?? [])} must have the shape of the input ${formatShape(x?.shape ?? [])}`,
			);
		}
		return type;
	},
	vjp: (b, { inputs, needed }, g) => [needed[0] ? reluGrad(b, g, inputs[1] as Value) : undefined, undefined],
};

export const BINARY: readonly Primitive[] = [
	arithmetic("add", { x: (_b, _x, _y, _r, g) => g, y: (_b, _x, _y, _r, g) => g }),
	arithmetic("sub", { x: (_b, _x, _y, _r, g) => g, y: (b, _x, _y, _r, g) => neg(b, g) }),
	arithmetic("mul", { x: (b, _x, y, _r, g) => mul(b, g, y), y: (b, x, _y, _r, g) => mul(b, g, x) }),
	arithmetic(
		"div",
		{ x: (b, _x, y, _r, g) => div(b, g, y), y: (b, _x, y, result, g) => neg(b, div(b, mul(b, g, result), y)) },
		FLOAT,
	),
	arithmetic(
		"pow",
		{
			x: (b, x, y, _r, g) => mul(b, mul(b, g, y), binary(b, "pow", x, sub(b, y, 1))),
			// The logarithm is asked for positive bases only, as in TensorFlow: elsewhere x^y has no derivative in y.
			y: (b, x, _y, result, g) => {
				const positive = binary(b, "greater", x, 0);
				return mul(b, mul(b, g, result), select(b, positive, log(b, select(b, positive, x, 1)), 0));
			},
		},
		FLOAT,
	),
	// Where both are equal the cotangent goes to the first operand, as in TensorFlow.
	arithmetic("maximum", {
		x: (b, x, y, _r, g) => select(b, binary(b, "greaterEqual", x, y), g, 0),
		y: (b, x, y, _r, g) => select(b, binary(b, "greaterEqual", x, y), 0, g),
	}),
	arithmetic("minimum", {
		x: (b, x, y, _r, g) => select(b, binary(b, "lessEqual", x, y), g, 0),
		y: (b, x, y, _r, g) => select(b, binary(b, "lessEqual", x, y), 0, g),
	}),
	arithmetic("floorDiv", {}),
	arithmetic("mod", {
		x: (_b, _x, _y, _r, g) => g,
		y: (b, x, y, _r, g) => neg(b, mul(b, g, floorOfQuotient(b, x, y))),
	}),
	arithmetic(
		"atan2",
		{
			x: (b, x, y, _r, g) => div(b, mul(b, g, y), binary(b, "add", square(b, x), square(b, y))),
			y: (b, x, y, _r, g) => neg(b, div(b, mul(b, g, x), binary(b, "add", square(b, x), square(b, y)))),
		},
		FLOAT,
	),
	comparison("greater", NUMBER),
	comparison("greaterEqual", NUMBER),
	comparison("less", NUMBER),
	comparison("lessEqual", NUMBER),
	comparison("equal", ANY),
	comparison("notEqual", ANY),
	/** Two's complement; the other bitwise operations follow from it (a | b = a + b - (a & b)). */
	{ name: "bitwiseAnd", type: (inputs) => operands(inputs, ["int32"]) },
	comparison("logicalAnd", ["bool"]),
	comparison("logicalOr", ["bool"]),
	selectPrimitive,
	reluGradPrimitive,
];
