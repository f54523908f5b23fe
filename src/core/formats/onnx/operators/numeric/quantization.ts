import { elementTypeName, integerRange, isInteger } from "../../tensors/element-types";
import type { NodeContext, OperatorFamily } from "../../translator";
import { CHANNELS_FIRST, paddingOf } from "../spatial";

const rangeOf = (type: string) => {
	const [low, high] = integerRange(type);
	return { low, high };
};

/** x less its zero point, which may be absent, one for all, or one for each place on an axis that is not the last. */
function centred(ctx: NodeContext, x: string, zero: number, spread?: readonly number[]): string {
	if (!ctx.has(zero)) return x;
	const point = ctx.input(zero);
	return ctx.emit("Sub", [x, spread ? ctx.emit("ExpandDims", [point], { axes: [...spread] }) : point]);
}

/** A real product of scales and integers in the type and scale of an output. */
function requantized(ctx: NodeContext, sums: string, scales: readonly string[], scale: number, zero: number): string {
	const type = ctx.has(zero) ? ctx.type(zero) : "uint8";
	const real = scales.reduce(
		(product, factor) => ctx.emit("Mul", [product, factor]),
		ctx.emit("Cast", [sums], { dtype: "float32" }),
	);
	ctx.outputType(type);
	const inputs = [real, ctx.input(scale), ...(ctx.has(zero) ? [ctx.input(zero)] : [])];
	return ctx.emit("Quantize", inputs, rangeOf(type));
}

/** A zero point for each row of a matrix is a column beside it. */
const rowPoint = (ctx: NodeContext, index: number) =>
	ctx.has(index) && (ctx.rank(index) ?? 0) === 1 ? [1] : undefined;

/**
 * A convolution of bytes less their zero points. One operand is split into multiples of 16 and the rest, so that float32
 * sums stay whole for up to 4,000 terms.
 */
function convolved(ctx: NodeContext, x: string, kernel: string): string {
	const sixteen = ctx.number(16, "int32");
	const high = ctx.emit("FloorDiv", [x, sixteen]);
	const low = ctx.emit("Sub", [x, ctx.emit("Mul", [high, sixteen])]);
	const attrs = {
		op: `Conv${(ctx.rank(0) ?? 4) - 2}D`,
		taken: 1,
		params: ["kernel"],
		...CHANNELS_FIRST,
		kernelLayout: "channels_first",
		strides: ctx.ints("strides") ?? 1,
		dilations: ctx.ints("dilations") ?? 1,
		padding: paddingOf(ctx),
		groups: ctx.int("group", 1),
	};
	const product = (part: string) =>
		ctx.emit(
			"Cast",
			[
				ctx.emit(
					"WithComputedParams",
					[ctx.emit("Cast", [part], { dtype: "float32" }), ctx.emit("Cast", [kernel], { dtype: "float32" })],
					attrs,
				),
			],
			{ dtype: "int32" },
		);
	return ctx.emit("Add", [ctx.emit("Mul", [product(high), sixteen]), product(low)]);
}

export const quantization: OperatorFamily = {
	QuantizeLinear(ctx) {
		const declared = ctx.int("output_dtype", 0);
		const type = ctx.has(2) ? ctx.type(2) : declared === 0 ? "uint8" : elementTypeName(declared);
		if (!isInteger(type)) return ctx.unsupported(`Quantisation to ${type} is not computed.`);
		ctx.outputType(type);
		return ctx.emit("Quantize", ctx.inputs(), {
			...rangeOf(type),
			axis: ctx.int("axis", 1),
			blockSize: ctx.int("block_size", 0),
		});
	},
	DequantizeLinear(ctx) {
		ctx.outputType(ctx.type(1));
		return ctx.emit("Dequantize", ctx.inputs(), { axis: ctx.int("axis", 1), blockSize: ctx.int("block_size", 0) });
	},
	DynamicQuantizeLinear(ctx) {
		ctx.outputType("uint8", 0);
		ctx.outputType("float32", 1);
		ctx.outputType("uint8", 2);
		return ctx.emitAll("DynamicQuantize", 3, [ctx.input(0)]);
	},
	MatMulInteger(ctx) {
		ctx.outputType("int32");
		const x = centred(ctx, ctx.input(0), 2, rowPoint(ctx, 2));
		return ctx.emit("IntegerMatMul", [x, centred(ctx, ctx.input(1), 3)]);
	},
	QLinearMatMul(ctx) {
		const x = centred(ctx, ctx.input(0), 2, rowPoint(ctx, 2));
		const sums = ctx.emit("IntegerMatMul", [x, centred(ctx, ctx.input(3), 5)]);
		return requantized(ctx, sums, [ctx.input(1), ctx.input(4)], 6, 7);
	},
	ConvInteger(ctx) {
		ctx.outputType("int32");
		const kernel = centred(ctx, ctx.input(1), 3, perFilter(ctx, 3, 1));
		return convolved(ctx, centred(ctx, ctx.input(0), 2), kernel);
	},
	QLinearConv(ctx) {
		const kernel = centred(ctx, ctx.input(3), 5, perFilter(ctx, 5, 3));
		let sums = convolved(ctx, centred(ctx, ctx.input(0), 2), kernel);
		const behind = Array.from({ length: (ctx.rank(3) ?? 4) - 2 }, (_, axis) => axis + 1);
		if (ctx.has(8)) sums = ctx.emit("Add", [sums, ctx.emit("ExpandDims", [ctx.input(8)], { axes: behind })]);
		const scale = (ctx.rank(4) ?? 0) === 1 ? ctx.emit("ExpandDims", [ctx.input(4)], { axes: behind }) : ctx.input(4);
		return requantized(ctx, sums, [ctx.input(1), scale], 6, 7);
	},
};

/** A zero point for each filter stands beside the first axis of the kernels. */
const perFilter = (ctx: NodeContext, zero: number, kernel: number) =>
	ctx.has(zero) && (ctx.rank(zero) ?? 0) === 1
		? Array.from({ length: (ctx.rank(kernel) ?? 4) - 1 }, (_, axis) => axis + 1)
		: undefined;
