import type { Attr } from "../../../../graph/types";
import { computedIn, elementTypeName } from "../../tensors/element-types";
import type { NodeContext, OperatorFamily, OperatorTranslator } from "../../translator";

/** The element type of a table that is made of numbers; reals by default. */
function tableType(ctx: NodeContext): { dtype: "float32" | "int32" | "bool" } {
	const type = elementTypeName(ctx.int("output_datatype", 1));
	const dtype = computedIn(type);
	if (!dtype) return ctx.unsupported(`${ctx.opType} of ${type} is not computed.`);
	ctx.outputType(type);
	ctx.channels("none");
	return { dtype };
}

const window =
	(shape: string): OperatorTranslator =>
	(ctx) =>
		ctx.emit("Window", [ctx.input(0)], {
			...tableType(ctx),
			window: shape,
			periodic: ctx.flag("periodic", true),
			fromInputs: { length: 0 },
		});

export const signals: OperatorFamily = {
	DFT(ctx) {
		const inputs = [ctx.input(0)];
		const fromInputs: Record<string, Attr> = {};
		for (const [index, name] of [
			[1, "length"],
			[2, "axis"],
		] as const) {
			if (!ctx.has(index)) continue;
			fromInputs[name] = inputs.length;
			inputs.push(ctx.input(index));
		}
		const axis = ctx.opset < 20 ? ctx.int("axis", 1) : -2;
		return ctx.emit("DiscreteFourierTransform", inputs, {
			...(!ctx.has(2) && { axis }),
			inverse: ctx.flag("inverse", false),
			oneSided: ctx.flag("onesided", false),
			fromInputs,
		});
	},
	/** The length of a frame is given, or that of the window. */
	STFT(ctx) {
		const inputs = [ctx.input(0), ctx.input(1)];
		if (ctx.has(3)) inputs.push(ctx.input(3));
		ctx.channels("none");
		return ctx.emit(
			"ShortTimeFourierTransform",
			inputs,
			{ oneSided: ctx.flag("onesided", true), fromInputs: { step: 1, ...(ctx.has(3) && { length: 2 }) } },
			ctx.has(2) ? { window: ctx.param(2) } : {},
		);
	},
	HannWindow: window("hann"),
	HammingWindow: window("hamming"),
	BlackmanWindow: window("blackman"),
	MelWeightMatrix: (ctx) =>
		ctx.emit("MelWeights", ctx.inputs(), {
			...tableType(ctx),
			fromInputs: { bands: 0, length: 1, samplingRate: 2, low: 3, high: 4 },
		}),
};
