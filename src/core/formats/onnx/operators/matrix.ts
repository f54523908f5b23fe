import type { NodeContext, OperatorFamily } from "../translator";

/** A value times a number. */
const scaled = (ctx: NodeContext, value: string, factor: number) =>
	factor === 1 ? value : ctx.emit("MulConstant", [value], { constant: factor });

/** alpha A B + beta C with vectors for C: what exporters write for a dense layer. */
function dense(ctx: NodeContext): string | undefined {
	const [kernel, bias] = [ctx.param(1), ctx.has(2) ? ctx.param(2) : undefined];
	const plain = ctx.float("alpha", 1) === 1 && (ctx.float("beta", 1) === 1 || !bias);
	const isVector = !bias || (bias.shape?.length === 1 && ctx.isFixed(2));
	if (!plain || !isVector || !ctx.isFixed(1) || ctx.flag("transA", false)) return undefined;
	const transposeKernel = ctx.flag("transB", false);
	ctx.filters(kernel, transposeKernel ? "OI" : "IO");
	return ctx.emit("Dense", [ctx.input(0)], { transposeKernel }, { kernel, ...(bias && { bias }) });
}

export const matrices: OperatorFamily = {
	Gemm(ctx) {
		ctx.channels("last");
		const simple = dense(ctx);
		if (simple !== undefined) return simple;
		const product = ctx.emit("MatMul", [ctx.input(0), ctx.input(1)], {
			transposeA: ctx.flag("transA", false),
			transposeB: ctx.flag("transB", false),
		});
		const scaledProduct = scaled(ctx, product, ctx.float("alpha", 1));
		if (!ctx.has(2)) return scaledProduct;
		return ctx.emit("Add", [scaledProduct, scaled(ctx, ctx.input(2), ctx.float("beta", 1))]);
	},
	MatMul(ctx) {
		ctx.channels("last");
		const kernel = ctx.param(1);
		if (kernel.shape?.length === 2 && ctx.isFixed(1)) {
			ctx.filters(kernel, "IO");
			return ctx.emit("Dense", [ctx.input(0)], {}, { kernel });
		}
		return ctx.emit("MatMul", [ctx.input(0), ctx.input(1)]);
	},
};
