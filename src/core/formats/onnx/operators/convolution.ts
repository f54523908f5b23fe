import type { FilterLayout, NodeContext, OperatorFamily } from "../translator";
import { CHANNELS_FIRST, paddingOf, pairsOf } from "./spatial";

/** By the number of axes of the kernel: outputs first, or inputs first where a convolution is transposed. */
const LAYOUTS: Readonly<Record<number, FilterLayout>> = { 3: "OIW", 4: "OIHW", 5: "OIDHW" };
const TRANSPOSED: Readonly<Record<number, FilterLayout>> = { 3: "IOW", 4: "IOHW", 5: "IODHW" };

/** Number of axes of the kernel, which is that of the map. */
function kernelRank(ctx: NodeContext): number {
	const rank = ctx.param(1).shape?.length ?? ctx.rank(1) ?? (ctx.ints("kernel_shape")?.length ?? 2) + 2;
	if (rank < 3 || rank > 5) ctx.unsupported(`A convolution over ${rank - 2} axes is not computed: 1 to 3 are.`);
	return rank;
}

const windowAttrs = (ctx: NodeContext) => ({
	...CHANNELS_FIRST,
	kernelLayout: "channels_first",
	strides: ctx.ints("strides") ?? [1],
	dilations: ctx.ints("dilations") ?? [1],
	groups: ctx.int("group", 1),
});

const params = (ctx: NodeContext) => ({ kernel: ctx.param(1), ...(ctx.has(2) && { bias: ctx.param(2) }) });

export const convolutions: OperatorFamily = {
	Conv(ctx) {
		const rank = kernelRank(ctx);
		ctx.channels(1);
		ctx.filters(ctx.param(1), LAYOUTS[rank] as FilterLayout);
		return ctx.emit(`Conv${rank - 2}D`, [ctx.input(0)], { ...windowAttrs(ctx), padding: paddingOf(ctx) }, params(ctx));
	},
	ConvTranspose(ctx) {
		const rank = kernelRank(ctx);
		ctx.channels(1);
		ctx.filters(ctx.param(1), TRANSPOSED[rank] as FilterLayout);
		const size = ctx.ints("output_shape");
		const rule = ctx.text("auto_pad", "NOTSET");
		const none = new Array<number>(2 * (rank - 2)).fill(0);
		const attrs = {
			...windowAttrs(ctx),
			outputPadding: ctx.ints("output_padding") ?? [0],
			padding: pairsOf((rule === "NOTSET" && ctx.ints("pads")) || none),
			...(size && { size: size.slice(-(rank - 2)) }),
			...(!size && rule.startsWith("SAME") && { keepsSize: true }),
			// The odd cell of what is cut off lies in front, but with SAME_UPPER.
			...(rule === "SAME_UPPER" && { upper: true }),
		};
		return ctx.emit(`Conv${rank - 2}DTranspose`, [ctx.input(0)], attrs, params(ctx));
	},
};
