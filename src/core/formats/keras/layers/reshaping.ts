import type { Attr } from "../../../graph/types";
import type { LayerConfig, LayerContext, LayerTranslator } from "../translator";
import { channelAxis, dataFormat, list, mainInput, real } from "./config";
import { translateOperation } from "./operations/keras-ops";

/**
 * [before, after] for each spatial axis, from all that configurations hold: a number, one number an axis, pairs; in
 * Keras 1 also [top, bottom, left, right]. For one axis two numbers are a pair.
 */
function pairs(value: Attr, rank: number): [number, number][] {
	if (typeof value === "number") return Array.from({ length: rank }, () => [value, value]);
	if (!Array.isArray(value)) return Array.from({ length: rank }, () => [1, 1]);
	if (value.every((item) => typeof item === "number")) {
		const numbers = value as number[];
		if (numbers.length === 2 * rank)
			return Array.from({ length: rank }, (_, axis) => [numbers[2 * axis] as number, numbers[2 * axis + 1] as number]);
		return numbers.map((number) => [number, number]);
	}
	return value.map((item) => {
		const [before = 0, after = before] = list(item);
		return [before, after];
	});
}

const rankOf = (ctx: LayerContext) => Number(ctx.className.at(-2));

const around = (name: string, op: string, key: string): LayerTranslator => ({
	classes: [`${name}1D`, `${name}2D`, `${name}3D`],
	translate(ctx) {
		ctx.channels(channelAxis(ctx.config));
		const attrs: LayerConfig = { [key]: pairs(ctx.config[key], rankOf(ctx)), dataFormat: dataFormat(ctx.config) };
		return ctx.emit(op, [mainInput(ctx)], attrs);
	},
});

const upSampling: LayerTranslator = {
	classes: ["UpSampling1D", "UpSampling2D", "UpSampling3D"],
	translate(ctx) {
		ctx.channels(channelAxis(ctx.config));
		return ctx.emit("UpSampling", [mainInput(ctx)], {
			factors: list(ctx.config.size, [2]),
			interpolation: ctx.config.interpolation ?? "nearest",
			dataFormat: dataFormat(ctx.config),
		});
	},
};

/** `keras.ops.reshape` makes nodes of the same class, with the whole shape as `newshape`. */
const reshape: LayerTranslator = {
	classes: ["Reshape"],
	translate(ctx) {
		if (ctx.config.target_shape === undefined) return translateOperation(ctx);
		ctx.channels("last");
		return ctx.emit("ReshapeExample", [mainInput(ctx)], { shape: list(ctx.config.target_shape) });
	},
};

export const reshapingLayers: readonly LayerTranslator[] = [
	around("ZeroPadding", "ZeroPadding", "padding"),
	around("Cropping", "Cropping", "cropping"),
	upSampling,
	reshape,
	{
		classes: ["Flatten"],
		translate(ctx) {
			ctx.channels("last");
			return ctx.emit("Flatten", [mainInput(ctx)], { dataFormat: dataFormat(ctx.config) });
		},
	},
	{
		classes: ["Permute"],
		translate(ctx) {
			ctx.channels("last");
			return ctx.emit("Permute", [mainInput(ctx)], { permutation: list(ctx.config.dims), keepBatch: true });
		},
	},
	{
		classes: ["RepeatVector"],
		translate(ctx) {
			ctx.channels("last");
			return ctx.emit("RepeatVector", [mainInput(ctx)], { times: real(ctx.config.n, 1) });
		},
	},
];
