import type { LayerConfig } from "../../translator";
import type { Operation, OperationArguments } from "./arguments";

/** `f(x)`; attributes by the op's names from arguments with a default: `{ alpha: ["negative_slope", 0.2] }`. */
export function unary(op: string, attributes: Readonly<Record<string, readonly [string, number]>> = {}): Operation {
	return (ctx, args) => {
		const attrs = Object.entries(attributes).map(([name, [parameter, fallback]]) => [
			name,
			args.number(parameter, fallback),
		]);
		return ctx.emit(op, [args.tensor("x")], Object.fromEntries(attrs));
	};
}

const COMMUTATIVE = new Set(["Add", "Mul", "Maximum", "Minimum", "LogicalAnd", "LogicalOr", "Equal", "NotEqual"]);

/** `f(x1, x2)`; a constant operand is an attribute of an op with one input. */
export function binary(op: string): Operation {
	return (ctx, args) => {
		const [left, right] = [args.isTensor("x1"), args.isTensor("x2")];
		if (left && right) return ctx.emit(op, [args.tensor("x1"), args.tensor("x2")]);
		if (!left && !right) return args.refuse("it has no operand that the model computes");
		if (left) return ctx.emit(`${op}Constant`, [args.tensor("x1")], { constant: args.constant("x2") });
		const name = COMMUTATIVE.has(op) ? `${op}Constant` : `Constant${op}`;
		return ctx.emit(name, [args.tensor("x2")], { constant: args.constant("x1") });
	};
}

export const identity: Operation = (ctx, args) => ctx.emit("Identity", [args.tensor("x")]);

export const scaledBy =
	(factor: number): Operation =>
	(ctx, args) =>
		ctx.emit("MulConstant", [args.tensor("x")], { constant: factor });

export const filledWith =
	(value: number): Operation =>
	(ctx, args) =>
		ctx.emit("FullLike", [args.tensor("x")], { value });

export const fullLike: Operation = (ctx, args) =>
	ctx.emit("FullLike", [args.tensor("x")], { value: args.number("fill_value") });

export const clip: Operation = (ctx, args) =>
	ctx.emit("Clip", [args.tensor("x")], { low: args.constant("x_min"), high: args.constant("x_max") });

export const gelu =
	(approximate: boolean): Operation =>
	(ctx, args) =>
		ctx.emit("Gelu", [args.tensor("x")], {
			approximate: args.has("approximate") ? args.flag("approximate") : approximate,
		});

/** x * sigmoid(beta x). */
export const swish: Operation = (ctx, args) => {
	const x = args.tensor("x");
	const beta = args.number("beta", 1);
	if (beta === 1) return ctx.emit("Silu", [x]);
	return ctx.emit("Mul", [x, ctx.emit("Sigmoid", [ctx.emit("MulConstant", [x], { constant: beta })])]);
};

const INTEGER = /int|long/;

export const cast: Operation = (ctx, args) => {
	const dtype = typeof args.get("dtype") === "string" ? args.text("dtype", "float32") : dtypeName(args);
	return ctx.emit("Cast", [args.tensor("x")], {
		dtype: dtype.includes("bool") ? "bool" : INTEGER.test(dtype) ? "int32" : "float32",
	});
};

/** TensorFlow writes a type as an object: `{ "class_name": "DType", "config": "float16" }`. */
function dtypeName(args: OperationArguments): string {
	return JSON.stringify(args.plain(args.get("dtype"), "dtype") ?? "float32");
}

export const where: Operation = (ctx, args) => {
	const condition = args.tensor("condition");
	if (!args.has("x1") || !args.has("x2"))
		return args.refuse("it lists places, which depends on the values of the input");
	const [whenTrue, whenFalse] = [args.isTensor("x1"), args.isTensor("x2")];
	if (whenTrue && whenFalse) return ctx.emit("Select", [condition, args.tensor("x1"), args.tensor("x2")]);
	if (whenTrue)
		return ctx.emit("SelectConstant", [condition, args.tensor("x1")], { constant: args.constant("x2"), when: "false" });
	if (whenFalse)
		return ctx.emit("SelectConstant", [condition, args.tensor("x2")], { constant: args.constant("x1"), when: "true" });
	return ctx.emit("Select", [condition, args.tensor("x1"), args.tensor("x2")]);
};

export const nanToNum: Operation = (ctx, args) => {
	const attrs: LayerConfig = {
		nan: args.number("nan", 0),
		positiveInfinity: args.has("posinf") ? args.number("posinf") : undefined,
		negativeInfinity: args.has("neginf") ? args.number("neginf") : undefined,
	};
	return ctx.emit("NanToNum", [args.tensor("x")], attrs);
};

export const addAll: Operation = (ctx, args) => ctx.emit("Add", args.tensors("x"));

/** A function, unlike the layer, drops at random whenever it is called. */
export const refusedDropout: Operation = (_ctx, args) =>
	args.refuse("dropout as a function is random at inference too");
