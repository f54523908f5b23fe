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

/** Masks of all inputs, when all have one. */
function allMasks(ctx: LayerContext, inputs: readonly string[]): string[] | undefined {
	const given = tensorsOf(ctx.kwargs.mask);
	const masks = given.length === inputs.length ? given : inputs.map((input) => ctx.mask(input));
	return masks.every((mask): mask is string => mask !== undefined) ? masks : undefined;
}

/** A step counts where any input has it: logical or. */
function mergeMasks(ctx: LayerContext, inputs: readonly string[], output: string): string {
	const masks = allMasks(ctx, inputs);
	if (masks) ctx.setMask(output, masks.length === 1 ? masks[0] : ctx.emit("LogicalOr", masks));
	return output;
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
		const masks = inputs.map((input) => ctx.mask(input));
		// Along the features a step counts where any part has it; along time the masks are joined as the parts are.
		if (masks.every((mask): mask is string => mask !== undefined))
			ctx.setMask(joined, axis === 1 ? ctx.emit("Concat", masks, { axis }) : ctx.emit("LogicalOr", masks));
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
