import type { CallArgument, LayerContext, LayerTranslator } from "../translator";
import { tensorsOf } from "../translator";
import { list } from "./config";
import { unitFloor } from "./normalization";
import { translateOperation } from "./operations/keras-ops";

/**
 * Layers that merge share their class names with the functions of `keras.ops` (`Add`, `Maximum`, `Dot`), and the
 * legacy container does not say which is meant. A layer is called with one list, a function with two operands.
 */
const isLayerCall = (ctx: LayerContext) =>
	ctx.args.length === 1 && (Array.isArray(ctx.args[0]) || isDictionary(ctx.args[0])) && ctx.args[0] !== null;

const isDictionary = (argument: CallArgument) =>
	typeof argument === "object" && argument !== null && tensorsOf(argument).length > 1;

/** A step counts where any input has it, if all have masks (Keras 3); where every mask has it (Keras 2). */
function mergeMasks(ctx: LayerContext, inputs: readonly string[], output: string): string {
	const masks = inputs.map((input) => ctx.mask(input)).filter((mask) => mask !== undefined);
	if (masks.length === 0 || (ctx.dialect === "keras-3" && masks.length < inputs.length)) return output;
	ctx.setMask(output, masks.length === 1 ? masks[0] : ctx.emit(joint(ctx), masks));
	return output;
}

const joint = (ctx: LayerContext) => (ctx.dialect === "keras-3" ? "LogicalOr" : "LogicalAnd");

/**
 * Mask of a concatenation. Along time the masks of the parts are joined as the parts are; along features a part without
 * mask counts at every step.
 */
function concatenatedMask(ctx: LayerContext, inputs: readonly string[], axis: number): string | undefined {
	const masks = inputs.map((input) => ctx.mask(input));
	const known = masks.filter((mask) => mask !== undefined);
	if (known.length === 0) return undefined;
	const everywhere = (input: string) => ctx.emit("All", [ctx.emit("FullLike", [input], { value: 1 })], { axes: [-1] });
	if (axis === 1) {
		const parts = masks.map((mask, index) => mask ?? everywhere(inputs[index] as string));
		return ctx.emit("Concat", parts, { axis });
	}
	if (ctx.dialect === "keras-3" && known.length < inputs.length) return undefined;
	return known.length === 1 ? known[0] : ctx.emit(joint(ctx), known);
}

const merging = (className: string, op: string): LayerTranslator => ({
	classes: [className],
	translate(ctx) {
		if (!isLayerCall(ctx)) return translateOperation(ctx);
		const inputs = tensorsOf(ctx.args[0]);
		return mergeMasks(ctx, inputs, ctx.emit(op, inputs, { broadcast: "after-batch" }));
	},
});

/** Keras 3 multiplies by 1 where an input is masked, and the product is 0 where all inputs are. */
const multiply: LayerTranslator = {
	classes: ["Multiply"],
	translate(ctx) {
		if (!isLayerCall(ctx)) return translateOperation(ctx);
		const inputs = tensorsOf(ctx.args[0]);
		const open = inputs.map((input) => {
			const mask = ctx.dialect === "keras-3" ? ctx.mask(input) : undefined;
			return mask ? ctx.emit("MaskedFill", [input, mask], { value: 1 }) : input;
		});
		const product = ctx.emit("Mul", open, { broadcast: "after-batch" });
		mergeMasks(ctx, inputs, product);
		const mask = ctx.dialect === "keras-3" ? ctx.mask(product) : undefined;
		if (!mask) return product;
		const closed = ctx.emit("MaskedFill", [product, mask], { value: 0 });
		ctx.setMask(closed, mask);
		return closed;
	},
};

const concatenate: LayerTranslator = {
	classes: ["Concatenate"],
	translate(ctx) {
		const inputs = tensorsOf(ctx.args[0]);
		const axis = list(ctx.config.axis, [-1])[0] as number;
		const joined = ctx.emit("Concat", inputs, { axis });
		ctx.setMask(joined, concatenatedMask(ctx, inputs, axis));
		return joined;
	},
};

const dot: LayerTranslator = {
	classes: ["Dot"],
	translate(ctx) {
		if (!isLayerCall(ctx)) return translateOperation(ctx);
		const inputs = tensorsOf(ctx.args[0]);
		const given = list(ctx.config.axes);
		const axes = given.length === 1 ? [given[0] as number, given[0] as number] : given;
		const operands =
			ctx.config.normalize === true
				? inputs.map((input, index) =>
						ctx.emit("UnitNormalization", [input], { axes: [axes[index] as number], floor: unitFloor(ctx, 1e-7) }),
					)
				: inputs;
		ctx.channels("last");
		return ctx.emit("Dot", operands, { axes });
	},
};

export const mergingLayers: readonly LayerTranslator[] = [
	merging("Add", "Add"),
	merging("Subtract", "Sub"),
	merging("Average", "Average"),
	merging("Maximum", "Maximum"),
	merging("Minimum", "Minimum"),
	multiply,
	concatenate,
	dot,
];
