import type { Attr } from "../../../graph/types";
import type { NodeContext, OperatorFamily } from "../translator";

/** A scale and a shift, when both are there and weights; else `undefined`. */
const affine = (ctx: NodeContext, gamma: number, beta: number) => ({
	gamma: ctx.param(gamma),
	...(ctx.has(beta) && { beta: ctx.param(beta) }),
});

/** All axes from `axis` on. */
function axesFrom(ctx: NodeContext, fallback: number): Record<string, Attr> {
	const axis = ctx.int("axis", fallback);
	return axis < 0 ? { axes: Array.from({ length: -axis }, (_, index) => axis + index) } : { from: axis };
}

/** Mean and one over the deviation that a LayerNormalization divides by, where they are outputs too. */
function layerStatistics(ctx: NodeContext, axes: Record<string, Attr>, epsilon: number): string[] {
	const wanted = axes.axes ?? undefined;
	const rank = ctx.rank(0);
	const list =
		wanted ??
		(rank === undefined
			? undefined
			: Array.from({ length: rank - Number(axes.from) }, (_, i) => Number(axes.from) + i));
	if (!list) return ctx.unsupported("The statistics of a LayerNormalization of unknown rank are not computed.");
	const input = ctx.input(0);
	const mean = ctx.emit("Mean", [input], { axes: list, keepDims: true });
	const variance = ctx.emit("Variance", [input], { axes: list, keepDims: true });
	return [mean, ctx.emit("Rsqrt", [ctx.emit("AddConstant", [variance], { constant: epsilon })])];
}

function groupNormalization(ctx: NodeContext, groups: number, perGroup: boolean): string {
	ctx.channels(1);
	const attrs = { axis: 1, groups, epsilon: ctx.float("epsilon", 1e-5) };
	// Up to opset 20 scale and shift belonged to groups: they are repeated for the channels of each.
	if (!perGroup) return ctx.emit("GroupNormalization", [ctx.input(0)], attrs, affine(ctx, 1, 2));
	const y = ctx.emit("GroupNormalization", [ctx.input(0)], attrs);
	const inputs = [y, ctx.input(1), ctx.input(2)];
	return ctx.emit("GroupAffine", inputs, { groups });
}

export const normalizations: OperatorFamily = {
	BatchNormalization(ctx) {
		// Version 14 has the attribute; before that, further outputs said it.
		const isTraining =
			ctx.opset >= 14 ? ctx.flag("training_mode", false) : ctx.opset < 7 && !ctx.flag("is_test", false);
		if (isTraining || ctx.outputCount > 1)
			ctx.unsupported("BatchNormalization in training (with statistics of the batch) is not computed.");
		if (ctx.opset < 9 && !ctx.flag("spatial", true))
			ctx.unsupported("BatchNormalization with statistics for each position (spatial=0) is not computed.");
		return ctx.emit(
			"BatchNormalization",
			[ctx.input(0)],
			{ axis: 1, epsilon: ctx.float("epsilon", 1e-5) },
			{ gamma: ctx.param(1), beta: ctx.param(2), moving_mean: ctx.param(3), moving_variance: ctx.param(4) },
		);
	},
	LayerNormalization(ctx) {
		const axes = axesFrom(ctx, -1);
		const epsilon = ctx.float("epsilon", 1e-5);
		ctx.channels("last");
		const y = ctx.emit("LayerNormalization", [ctx.input(0)], { ...axes, epsilon }, affine(ctx, 1, 2));
		return ctx.outputCount > 1 ? [y, ...layerStatistics(ctx, axes, epsilon)] : y;
	},
	RMSNormalization(ctx) {
		ctx.channels("last");
		const attrs = { ...axesFrom(ctx, -1), epsilon: ctx.float("epsilon", 1e-5) };
		return ctx.emit("RMSNormalization", [ctx.input(0)], attrs, { scale: ctx.param(1) });
	},
	InstanceNormalization: (ctx) => groupNormalization(ctx, -1, false),
	GroupNormalization: (ctx) => groupNormalization(ctx, ctx.int("num_groups"), ctx.opset < 21),
	LpNormalization: (ctx) =>
		ctx.emit("LpNormalization", [ctx.input(0)], { axis: ctx.int("axis", -1), order: ctx.int("p", 2) }),
	MeanVarianceNormalization: (ctx) =>
		ctx.emit("MeanVarianceNormalization", [ctx.input(0)], { axes: ctx.ints("axes") ?? [0, 2, 3] }),
	LRN(ctx) {
		const size = ctx.int("size");
		return ctx.emit("LocalResponseNormalization", [ctx.input(0)], {
			dataFormat: "channels_first",
			window: size,
			bias: ctx.float("bias", 1),
			alpha: ctx.float("alpha", 1e-4) / size,
			beta: ctx.float("beta", 0.75),
		});
	},
};
