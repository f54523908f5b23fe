import type { ParamRef } from "../../../graph/types";
import type { LayerContext, LayerTranslator } from "../translator";
import { keepMask, list, mainInput, real, refuseTraining } from "./config";

/** Variables of which some are left out by the configuration (`scale=False`). */
function optional(ctx: LayerContext, wanted: Readonly<Record<string, boolean>>): Record<string, ParamRef> {
	const names = Object.keys(wanted).filter((name) => wanted[name]);
	return names.length === 0 ? {} : ctx.variables(names);
}

const epsilon = (ctx: LayerContext, fallback: number) => real(ctx.config.epsilon, fallback);
const hasScale = (ctx: LayerContext) => ctx.config.scale !== false;
const hasCenter = (ctx: LayerContext) => ctx.config.center !== false;

/** Smallest squared norm that unit normalisation divides by: 1e-12 squared in Keras 3, 1e-12 in Keras 2. */
export const unitFloor = (ctx: LayerContext, keras3Epsilon: number) =>
	ctx.dialect === "keras-3" ? keras3Epsilon ** 2 : 1e-12;

const batchNormalization: LayerTranslator = {
	classes: ["BatchNormalization", "SyncBatchNormalization"],
	translate(ctx) {
		refuseTraining(ctx);
		const input = mainInput(ctx);
		const axes = list(ctx.config.axis, [-1]);
		if (axes.length !== 1) ctx.unsupported(`${ctx.className} ${ctx.name} has several axes, which is not computed.`);
		if (real(ctx.config.mode, 0) === 1)
			ctx.unsupported(
				`${ctx.className} ${ctx.name} normalises each example by its own statistics (mode 1), which is not computed.`,
			);
		const params = optional(ctx, {
			gamma: hasScale(ctx),
			beta: hasCenter(ctx),
			moving_mean: true,
			moving_variance: true,
		});
		ctx.channels(axes[0] === -1 ? "last" : (axes[0] as number));
		const attrs = { axis: axes[0], epsilon: epsilon(ctx, 1e-3) };
		return keepMask(ctx, input, ctx.emit("BatchNormalization", [input], attrs, params));
	},
};

const layerNormalization: LayerTranslator = {
	classes: ["LayerNormalization"],
	translate(ctx) {
		const input = mainInput(ctx);
		// Keras sorts the axes before it makes the weights: [-1, -2] has weights of shape [-2, -1].
		const axes = list(ctx.config.axis, [-1]).sort((p, q) => p - q);
		const attrs = { axes, epsilon: epsilon(ctx, 1e-3) };
		if (ctx.config.rms_scaling === true)
			return keepMask(ctx, input, ctx.emit("VarianceScaling", [input], attrs, ctx.variables(["gamma"])));
		const params = optional(ctx, { gamma: hasScale(ctx), beta: hasCenter(ctx) });
		return keepMask(ctx, input, ctx.emit("LayerNormalization", [input], attrs, params));
	},
};

const groupNormalization: LayerTranslator = {
	classes: ["GroupNormalization", "InstanceNormalization"],
	translate(ctx) {
		const input = mainInput(ctx);
		const params = optional(ctx, { gamma: hasScale(ctx), beta: hasCenter(ctx) });
		const groups = ctx.className === "InstanceNormalization" ? -1 : real(ctx.config.groups, 32);
		const attrs = { axis: real(ctx.config.axis, -1), groups, epsilon: epsilon(ctx, 1e-3) };
		return keepMask(ctx, input, ctx.emit("GroupNormalization", [input], attrs, params));
	},
};

const rmsNormalization: LayerTranslator = {
	classes: ["RMSNormalization"],
	translate(ctx) {
		const axes = list(ctx.config.axis, [-1]).sort((p, q) => p - q);
		return ctx.emit(
			"RMSNormalization",
			[mainInput(ctx)],
			{ axes, epsilon: epsilon(ctx, 1e-6) },
			ctx.variables(["scale"]),
		);
	},
};

const unitNormalization: LayerTranslator = {
	classes: ["UnitNormalization"],
	translate(ctx) {
		const input = mainInput(ctx);
		const attrs = { axes: list(ctx.config.axis, [-1]), floor: unitFloor(ctx, 1e-12) };
		return keepMask(ctx, input, ctx.emit("UnitNormalization", [input], attrs));
	},
};

export const normalizationLayers: readonly LayerTranslator[] = [
	batchNormalization,
	layerNormalization,
	groupNormalization,
	rmsNormalization,
	unitNormalization,
];
