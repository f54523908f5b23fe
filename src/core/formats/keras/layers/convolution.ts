import type { GraphLayer, ParamRef } from "../../../graph/types";
import type { LayerConfig, LayerContext, LayerTranslator } from "../translator";
import { channelAxis, dataFormat, kernelParams, list, mainInput, real } from "./config";

type FilterLayout = NonNullable<GraphLayer["filters"]>["layout"];

/** Attributes that every op over windows takes. */
function windowAttrs(config: LayerConfig): LayerConfig {
	return {
		strides: list(config.strides, [1]),
		dilations: list(config.dilation_rate, [1]),
		padding: String(config.padding ?? "valid").toLowerCase(),
		dataFormat: dataFormat(config),
	};
}

function finish(ctx: LayerContext, value: string): string {
	ctx.channels(channelAxis(ctx.config));
	return ctx.activation(value, ctx.config.activation);
}

const convolution = (className: string, layout: FilterLayout): LayerTranslator => ({
	classes: [className],
	translate(ctx) {
		const { params, attrs } = kernelParams(ctx, ["kernel"]);
		if (params.kernel) ctx.filters(params.kernel, layout);
		const groups = real(ctx.config.groups, 1);
		return finish(ctx, ctx.emit(className, [mainInput(ctx)], { ...windowAttrs(ctx.config), ...attrs, groups }, params));
	},
});

const transposed = (className: string, layout: FilterLayout): LayerTranslator => ({
	classes: [className],
	translate(ctx) {
		const { params } = kernelParams(ctx, ["kernel"]);
		if (params.kernel) ctx.filters(params.kernel, layout);
		const outputPadding = ctx.config.output_padding == null ? undefined : list(ctx.config.output_padding);
		return finish(ctx, ctx.emit(className, [mainInput(ctx)], { ...windowAttrs(ctx.config), outputPadding }, params));
	},
});

/** Keras 2 calls the kernel of a depthwise layer `depthwise_kernel`, Keras 3 `kernel`; the order is the same. */
const depthwiseName = (ctx: LayerContext) => (ctx.dialect === "keras-3" ? "kernel" : "depthwise_kernel");

const depthwise = (className: string, layout: FilterLayout): LayerTranslator => ({
	classes: [className],
	translate(ctx) {
		const name = depthwiseName(ctx);
		const { params: found } = kernelParams(ctx, [name]);
		const { [name]: kernel, ...rest } = found as Record<string, ParamRef>;
		const params = { ...rest, kernel: kernel as ParamRef };
		ctx.filters(params.kernel, layout);
		return finish(ctx, ctx.emit(className, [mainInput(ctx)], windowAttrs(ctx.config), params));
	},
});

/** Two convolutions for relevance as for arithmetic: each channel by itself, then all channels of a place. */
const separable = (
	className: string,
	layout: FilterLayout,
	depthwiseOp: string,
	pointwiseOp: string,
): LayerTranslator => ({
	classes: [className],
	translate(ctx) {
		const { params: found } = kernelParams(ctx, ["depthwise_kernel", "pointwise_kernel"]);
		const { depthwise_kernel, pointwise_kernel, bias } = found as Record<string, ParamRef>;
		const kernel = depthwise_kernel as ParamRef;
		ctx.filters(kernel, layout);
		const spread = ctx.emit(depthwiseOp, [mainInput(ctx)], windowAttrs(ctx.config), { kernel });
		const params = { kernel: pointwise_kernel as ParamRef, ...(bias && { bias }) };
		return finish(ctx, ctx.emit(pointwiseOp, [spread], { dataFormat: dataFormat(ctx.config) }, params));
	},
});

/** Implementation 1 keeps a kernel for each place, 2 a matrix, 3 the entries of a sparse matrix. */
const locallyConnected = (className: string): LayerTranslator => ({
	classes: [className],
	translate(ctx) {
		const implementation = real(ctx.config.implementation, 1);
		if (implementation === 3)
			ctx.unsupported(
				`${className} ${ctx.name} keeps its kernel as a sparse matrix (implementation 3), which is not computed.`,
			);
		const { params } = kernelParams(ctx, ["kernel"]);
		const attrs = {
			kernelSize: list(ctx.config.kernel_size),
			strides: list(ctx.config.strides, [1]),
			padding: ctx.config.padding ?? "valid",
			dataFormat: dataFormat(ctx.config),
		};
		const op = implementation === 1 ? className : "LocallyConnectedMatrix";
		return finish(ctx, ctx.emit(op, [mainInput(ctx)], attrs, params));
	},
});

export const convolutionLayers: readonly LayerTranslator[] = [
	convolution("Conv1D", "WIO"),
	convolution("Conv2D", "HWIO"),
	convolution("Conv3D", "DHWIO"),
	transposed("Conv1DTranspose", "WOI"),
	transposed("Conv2DTranspose", "HWOI"),
	transposed("Conv3DTranspose", "DHWOI"),
	depthwise("DepthwiseConv1D", "WIM"),
	depthwise("DepthwiseConv2D", "HWIM"),
	separable("SeparableConv1D", "WIM", "DepthwiseConv1D", "Conv1D"),
	separable("SeparableConv2D", "HWIM", "DepthwiseConv2D", "Conv2D"),
	locallyConnected("LocallyConnected1D"),
	locallyConnected("LocallyConnected2D"),
];
