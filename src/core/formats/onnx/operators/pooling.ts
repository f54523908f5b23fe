import type { NodeContext, OperatorFamily } from "../translator";
import { CHANNELS_FIRST, paddingOf } from "./spatial";

function windowAttrs(ctx: NodeContext) {
	const window = ctx.ints("kernel_shape");
	if (!window) return ctx.unsupported(`${ctx.opType} without kernel_shape is not computed.`);
	const dilations = ctx.ints("dilations");
	return {
		...CHANNELS_FIRST,
		window,
		strides: ctx.ints("strides") ?? [1],
		padding: paddingOf(ctx),
		...(dilations?.some((step) => step !== 1) && { dilations }),
		...(ctx.flag("ceil_mode", false) && { ceil: true }),
	};
}

const global = (op: string) => (ctx: NodeContext) => {
	ctx.channels(1);
	return ctx.emit(op, [ctx.input(0)], { ...CHANNELS_FIRST, keepDims: true });
};

export const pooling: OperatorFamily = {
	MaxPool(ctx) {
		ctx.channels(1);
		const attrs = windowAttrs(ctx);
		const pooled = ctx.emit("MaxPool", [ctx.input(0)], attrs);
		if (ctx.outputCount < 2) return pooled;
		ctx.outputType("int64", 1);
		const order = ctx.int("storage_order", 0) === 0 ? "rows" : "columns";
		return [pooled, ctx.emit("MaxPoolPlaces", [ctx.input(0)], { ...attrs, order })];
	},
	AveragePool(ctx) {
		ctx.channels(1);
		const countPadding = ctx.flag("count_include_pad", false);
		return ctx.emit("AvgPool", [ctx.input(0)], { ...windowAttrs(ctx), ...(countPadding && { countPadding }) });
	},
	LpPool(ctx) {
		ctx.channels(1);
		return ctx.emit("LpPool", [ctx.input(0)], { ...windowAttrs(ctx), order: ctx.int("p", 2) });
	},
	GlobalLpPool(ctx) {
		ctx.channels(1);
		return ctx.emit("GlobalLpPool", [ctx.input(0)], { ...CHANNELS_FIRST, order: ctx.int("p", 2) });
	},
	GlobalAveragePool: global("GlobalAvgPool"),
	GlobalMaxPool: global("GlobalMaxPool"),
};
