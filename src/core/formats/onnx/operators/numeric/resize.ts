import type { NodeContext, OperatorFamily } from "../../translator";

/** Inputs that are there, and which attributes of the op they give. */
function known(ctx: NodeContext, names: Readonly<Record<number, string>>) {
	const inputs = [ctx.input(0)];
	const fromInputs: Record<string, number> = {};
	for (const [index, name] of Object.entries(names)) {
		if (!ctx.has(Number(index))) continue;
		fromInputs[name] = inputs.length;
		inputs.push(ctx.input(Number(index)));
	}
	return { inputs, fromInputs };
}

/** Up to opset 10 places are divided by the scale, and the cell before one is the nearest. */
const SIMPLE = { coordinates: "asymmetric", nearest: "floor" };

/** Up to opset 8 the scales are an attribute. */
function simple(ctx: NodeContext): string {
	const mode = ctx.text("mode", "nearest").replace(/^bi/, "");
	const scales = ctx.floats("scales");
	if (scales) return ctx.emit("Interpolate", [ctx.input(0)], { ...SIMPLE, mode, scales });
	const { inputs, fromInputs } = known(ctx, { 1: "scales" });
	return ctx.emit("Interpolate", inputs, { ...SIMPLE, mode, fromInputs });
}

export const resizes: OperatorFamily = {
	Upsample: simple,
	Resize(ctx) {
		if (ctx.opset < 11) return simple(ctx);
		const axes = ctx.ints("axes");
		const coordinates = ctx.text("coordinate_transformation_mode", "half_pixel");
		const sizes = { 2: "scales", 3: "sizes" };
		const isRegion = coordinates === "tf_crop_and_resize";
		const { inputs, fromInputs } = known(ctx, isRegion ? { 1: "region", ...sizes } : sizes);
		return ctx.emit("Interpolate", inputs, {
			...(axes && { axes }),
			mode: ctx.text("mode", "nearest"),
			coordinates,
			nearest: ctx.text("nearest_mode", "round_prefer_floor"),
			cubicCoefficient: ctx.float("cubic_coeff_a", -0.75),
			excludeOutside: ctx.flag("exclude_outside", false),
			antialias: ctx.flag("antialias", false),
			policy: ctx.text("keep_aspect_ratio_policy", "stretch"),
			outside: ctx.float("extrapolation_value", 0),
			fromInputs,
		});
	},
};
