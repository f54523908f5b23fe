import type { LayerConfig, LayerContext, LayerTranslator } from "../../translator";
import { channelAxis, dataFormat, keepMask, list, mainInput, real } from "../config";

const size = (config: LayerConfig) => [real(config.height, 0), real(config.width, 0)];

function proportions(config: LayerConfig): "crop" | "pad" | "ignore" {
	if (config.crop_to_aspect_ratio === true) return "crop";
	return config.pad_to_aspect_ratio === true ? "pad" : "ignore";
}

function resize(ctx: LayerContext, attrs: LayerConfig): string {
	ctx.channels(channelAxis(ctx.config));
	return ctx.emit("Resize", [mainInput(ctx)], {
		size: size(ctx.config),
		dataFormat: dataFormat(ctx.config),
		...attrs,
	});
}

const resizing: LayerTranslator = {
	classes: ["Resizing"],
	translate: (ctx) =>
		resize(ctx, {
			interpolation: ctx.config.interpolation ?? "bilinear",
			antialias: ctx.config.antialias === true,
			aspectRatio: proportions(ctx.config),
			fillValue: real(ctx.config.fill_value, 0),
		}),
};

/** Keras 3 leaves the image alone at inference; Keras 2 crops it to the proportions and resizes it. */
const randomCrop: LayerTranslator = {
	classes: ["RandomCrop"],
	translate: (ctx) =>
		ctx.dialect === "keras-3"
			? ctx.emit("Identity", [mainInput(ctx)])
			: resize(ctx, { interpolation: "bilinear", aspectRatio: "crop" }),
};

const centerCrop: LayerTranslator = {
	classes: ["CenterCrop"],
	translate(ctx) {
		ctx.channels(channelAxis(ctx.config));
		const attrs = { size: size(ctx.config), dataFormat: dataFormat(ctx.config) };
		return ctx.emit("CenterCrop", [mainInput(ctx)], attrs);
	},
};

const rescaling: LayerTranslator = {
	classes: ["Rescaling"],
	translate(ctx) {
		const input = mainInput(ctx);
		const constantOf = (value: LayerConfig[string], fallback: number) =>
			Array.isArray(value) ? list(value) : real(value, fallback);
		const scaled = ctx.emit("MulConstant", [input], { constant: constantOf(ctx.config.scale, 1) });
		const offset = constantOf(ctx.config.offset, 0);
		return keepMask(ctx, input, offset === 0 ? scaled : ctx.emit("AddConstant", [scaled], { constant: offset }));
	},
};

/** With the statistics in the configuration, or in variables when the layer was adapted to data. */
const normalization: LayerTranslator = {
	classes: ["Normalization"],
	translate(ctx) {
		const input = mainInput(ctx);
		const { mean, variance } = ctx.config;
		const axes = ctx.config.axis === null ? [] : list(ctx.config.axis, [-1]).sort((p, q) => p - q);
		const attrs = { axes, invert: ctx.config.invert === true };
		const output =
			mean == null || variance == null
				? ctx.emit("Standardize", [input], attrs, ctx.variables(["mean", "variance"]))
				: ctx.emit("Standardize", [input], { ...attrs, mean: plain(mean), variance: plain(variance) });
		return keepMask(ctx, input, output);
	},
};

/** An array of any rank, out of its wrapping; one number stays one. */
function plain(value: LayerConfig[string]): LayerConfig[string] {
	if (typeof value === "number" || Array.isArray(value)) return value;
	if (typeof value !== "object" || value === null) return value;
	const wrapped = value as LayerConfig;
	return plain(wrapped.value ?? wrapped.config);
}

export const imageLayers: readonly LayerTranslator[] = [resizing, randomCrop, centerCrop, rescaling, normalization];
