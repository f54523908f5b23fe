import type { LayerConfig, LayerContext, LayerTranslator } from "../translator";
import { channelAxis, dataFormat, list, mainInput, maskOf } from "./config";

const emitOne = (ctx: LayerContext, op: string, attrs: LayerConfig): string => {
	ctx.channels(channelAxis(ctx.config));
	return ctx.emit(op, [mainInput(ctx)], { ...attrs, dataFormat: dataFormat(ctx.config) });
};

const windowed = (name: string, op: string): LayerTranslator => ({
	classes: [`${name}1D`, `${name}2D`, `${name}3D`],
	translate: (ctx) =>
		emitOne(ctx, op, {
			window: list(ctx.config.pool_size, [2]),
			strides: ctx.config.strides == null ? undefined : list(ctx.config.strides),
			padding: String(ctx.config.padding ?? "valid").toLowerCase(),
		}),
});

const global = (name: string, op: string): LayerTranslator => ({
	classes: [`${name}1D`, `${name}2D`, `${name}3D`],
	translate(ctx) {
		const keepDims = ctx.config.keepdims === true;
		const mask = ctx.className === "GlobalAveragePooling1D" ? maskOf(ctx, mainInput(ctx)) : undefined;
		if (!mask) {
			const pooled = emitOne(ctx, op, { keepDims });
			ctx.channels(keepDims ? channelAxis(ctx.config) : "last");
			return pooled;
		}
		ctx.channels(keepDims ? channelAxis(ctx.config) : "last");
		const channelsFirst = dataFormat(ctx.config) === "channels_first";
		const steps = channelsFirst ? ctx.emit("ExpandDims", [mask], { axes: [1] }) : mask;
		return ctx.emit("MaskedMean", [mainInput(ctx), steps], { axis: channelsFirst ? 2 : 1, keepDims });
	},
});

const adaptive = (name: string, op: string): LayerTranslator => ({
	classes: [`${name}1D`, `${name}2D`, `${name}3D`],
	translate: (ctx) => emitOne(ctx, op, { outputSize: list(ctx.config.output_size) }),
});

export const poolingLayers: readonly LayerTranslator[] = [
	windowed("MaxPooling", "MaxPool"),
	windowed("AveragePooling", "AvgPool"),
	global("GlobalMaxPooling", "GlobalMaxPool"),
	global("GlobalAveragePooling", "GlobalAvgPool"),
	adaptive("AdaptiveMaxPooling", "AdaptiveMaxPool"),
	adaptive("AdaptiveAveragePooling", "AdaptiveAvgPool"),
];
