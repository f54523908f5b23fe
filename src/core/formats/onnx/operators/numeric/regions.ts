import type { NodeContext, OperatorFamily } from "../../translator";
import { pairsOf } from "../spatial";

/** Inputs of an op: `x`, then those that give attributes. */
const withKnown = (ctx: NodeContext, indices: readonly number[]) => [
	ctx.input(0),
	...indices.map((index) => ctx.input(index)),
];

export const regions: OperatorFamily = {
	RoiAlign(ctx) {
		// Up to opset 15 without the shift by half a pixel.
		const mode = ctx.opset < 16 ? "output_half_pixel" : ctx.text("coordinate_transformation_mode", "half_pixel");
		const samplingRatio = ctx.int("sampling_ratio", 0);
		if (samplingRatio < 1)
			return ctx.unsupported(
				"RoiAlign with a sampling_ratio of 0 takes a number of samples that depends on each region, but shapes must be known beforehand.",
				"Export the model with a fixed sampling_ratio (2 is what torchvision's models use).",
			);
		return ctx.emit("RoiAlign", [ctx.input(0), ctx.input(1), ctx.input(2)], {
			size: [ctx.int("output_height", 1), ctx.int("output_width", 1)],
			samplingRatio,
			scale: ctx.float("spatial_scale", 1),
			halfPixel: mode === "half_pixel",
			mode: ctx.text("mode", "avg"),
		});
	},
	GridSample(ctx) {
		// Up to opset 19 with other names.
		const mode = ctx.text("mode", "linear").replace(/^bi/, "");
		return ctx.emit(
			"GridSample",
			[ctx.input(0)],
			{
				mode,
				padding: ctx.text("padding_mode", "zeros"),
				alignCorners: ctx.flag("align_corners", false),
			},
			{ grid: ctx.param(1) },
		);
	},
	AffineGrid(ctx) {
		ctx.channels("none");
		return ctx.emit("AffineGrid", withKnown(ctx, [1]), {
			alignCorners: ctx.flag("align_corners", false),
			fromInputs: { shape: 1 },
		});
	},
	Col2Im: (ctx) =>
		ctx.emit("FoldBlocks", withKnown(ctx, [1, 2]), {
			strides: ctx.ints("strides") ?? 1,
			dilations: ctx.ints("dilations") ?? 1,
			padding: pairsOf(ctx.ints("pads") ?? []),
			fromInputs: { image: 1, block: 2 },
		}),
	MaxUnpool(ctx) {
		const window = ctx.ints("kernel_shape") ?? ctx.unsupported("MaxUnpool needs a kernel_shape.");
		return ctx.emit("MaxUnpool", [ctx.input(0), ctx.input(1), ...(ctx.has(2) ? [ctx.input(2)] : [])], {
			window,
			strides: ctx.ints("strides") ?? 1,
			padding: pairsOf(ctx.ints("pads") ?? window.flatMap(() => [0, 0])),
			...(ctx.has(2) && { fromInputs: { shape: 2 } }),
		});
	},
	DeformConv: (ctx) =>
		ctx.emit("DeformableConv2D", ctx.inputs(), {
			groups: ctx.int("group", 1),
			offsetGroups: ctx.int("offset_group", 1),
			strides: ctx.ints("strides") ?? 1,
			dilations: ctx.ints("dilations") ?? 1,
			padding: pairsOf(ctx.ints("pads") ?? [0, 0, 0, 0]),
			hasBias: ctx.has(3),
			hasMask: ctx.has(4),
		}),
	Det(ctx) {
		ctx.channels("none");
		return ctx.emit("Determinant", [ctx.input(0)]);
	},
	Einsum(ctx) {
		ctx.channels("none");
		return ctx.emit("Einsum", ctx.inputs(), { equation: ctx.text("equation") });
	},
};
