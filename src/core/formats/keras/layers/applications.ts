import type { LayerTranslator } from "../translator";
import { tensorsOf } from "../translator";
import { mainInput, real } from "./config";

/** `keras.applications.convnext`: one factor for each channel. A class of this name that keeps other things is another one. */
const layerScale: LayerTranslator = {
	classes: ["LayerScale"],
	translate(ctx) {
		if (ctx.config.projection_dim === undefined || ctx.config.init_values === undefined)
			ctx.unsupported(`LayerScale ${ctx.name} is not that of keras.applications: it has no projection_dim.`);
		return ctx.emit("Scale", [mainInput(ctx)], {}, ctx.variables(["gamma"]));
	},
};

/** `keras.applications.inception_resnet_v2`: the first input and a share of the second. */
const customScale: LayerTranslator = {
	classes: ["CustomScaleLayer"],
	translate(ctx) {
		const [shortcut, residual] = tensorsOf(ctx.args[0]);
		const scale = real(ctx.config.scale, Number.NaN);
		if (shortcut === undefined || residual === undefined || Number.isNaN(scale))
			return ctx.unsupported(`CustomScaleLayer ${ctx.name} is not that of keras.applications.`);
		const share = ctx.emit("MulConstant", [residual], { constant: scale });
		return ctx.emit("Add", [shortcut, share], { broadcast: "after-batch" });
	},
};

/** Layers that networks of `keras.applications` bring along. */
export const applicationLayers: readonly LayerTranslator[] = [layerScale, customScale];
