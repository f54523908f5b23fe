import { computedIn, elementTypeName } from "../../tensors/element-types";
import type { NodeContext, OperatorFamily } from "../../translator";

/** The inputs that are there, and which attributes they give. */
function known(ctx: NodeContext, names: readonly string[]): { inputs: string[]; fromInputs: Record<string, number> } {
	const inputs = [ctx.input(0)];
	const fromInputs: Record<string, number> = {};
	for (const [at, name] of names.entries()) {
		if (!ctx.has(at + 1)) continue;
		fromInputs[name] = inputs.length;
		inputs.push(ctx.input(at + 1));
	}
	return { inputs, fromInputs };
}

/** The order of channels: cells of a block first (DCR), or channels first (CRD). */
const isRowByRow = (ctx: NodeContext) => ctx.text("mode", "DCR") === "DCR";
const blocks = (ctx: NodeContext) => ({ blockSize: ctx.int("blocksize"), dataFormat: "channels_first" });

export const ranges: OperatorFamily = {
	Slice(ctx) {
		if (ctx.opset >= 10) {
			const { inputs, fromInputs } = known(ctx, ["starts", "ends", "axes", "steps"]);
			return ctx.emit("SliceAxes", inputs, { fromInputs });
		}
		const axes = ctx.ints("axes");
		return ctx.emit("SliceAxes", [ctx.input(0)], {
			starts: ctx.ints("starts") ?? [],
			ends: ctx.ints("ends") ?? [],
			...(axes && { axes }),
		});
	},
	/** Into given sizes, or as many parts as there are outputs, of which the last may be smaller. */
	Split(ctx) {
		const axis = ctx.int("axis", 0);
		const type = ctx.type(0);
		for (let output = 1; output < ctx.outputCount; output++) ctx.outputType(type, output);
		if (ctx.has(1))
			return ctx.emitAll("Split", ctx.outputCount, [ctx.input(0), ctx.input(1)], { axis, fromInputs: { sizes: 1 } });
		const sizes = ctx.ints("split");
		const parts = sizes ? { sizes } : { chunks: ctx.int("num_outputs", ctx.outputCount) };
		return ctx.emitAll("Split", ctx.outputCount, [ctx.input(0)], { axis, ...parts });
	},
	Tile: (ctx) => ctx.emit("Tile", [ctx.input(0), ctx.input(1)], { fromInputs: { multiples: 1 } }),
	Trilu(ctx) {
		const { inputs, fromInputs } = known(ctx, ["offset"]);
		return ctx.emit(ctx.flag("upper", true) ? "UpperTriangle" : "LowerTriangle", inputs, { fromInputs });
	},
	Pad(ctx) {
		const mode = ctx.text("mode", "constant");
		if (ctx.opset < 11) {
			const pads = ctx.ints("pads") ?? ctx.ints("paddings") ?? [];
			return ctx.emit("PadAxes", [ctx.input(0)], { pads, mode, value: ctx.float("value", 0) });
		}
		const { inputs, fromInputs } = known(ctx, ["pads", "value", "axes"]);
		return ctx.emit("PadAxes", inputs, { mode, fromInputs });
	},
	CenterCropPad(ctx) {
		const axes = ctx.ints("axes");
		return ctx.emit("CropOrPad", [ctx.input(0), ctx.input(1)], { ...(axes && { axes }), fromInputs: { size: 1 } });
	},
	SpaceToDepth: (ctx) => ctx.emit(isRowByRow(ctx) ? "SpaceToDepth" : "PixelUnshuffle", [ctx.input(0)], blocks(ctx)),
	DepthToSpace: (ctx) => ctx.emit(isRowByRow(ctx) ? "DepthToSpace" : "PixelShuffle", [ctx.input(0)], blocks(ctx)),
	Range(ctx) {
		ctx.channels("none");
		return ctx.emit("Range", [ctx.input(0), ctx.input(1), ctx.input(2)]);
	},
	EyeLike(ctx) {
		const type = ctx.hasAttribute("dtype") ? elementTypeName(ctx.int("dtype")) : ctx.type(0);
		const dtype = computedIn(type);
		if (!dtype) return ctx.unsupported(`EyeLike of ${type} is not computed.`);
		ctx.outputType(type);
		return ctx.emit("EyeLike", [ctx.input(0)], { offset: ctx.int("k", 0), dtype });
	},
};
