import { computedIn, elementTypeName, isFloat } from "../../tensors/element-types";
import type { NodeContext, OperatorFamily } from "../../translator";
import { wrapped } from "./integers";

/** A value in another element type; what is computed alike stays as it is. */
function castTo(ctx: NodeContext, type: string): string {
	const from = ctx.type(0);
	const dtype = computedIn(type);
	if (!dtype || !computedIn(from)) return ctx.unsupported(`A cast from ${from} to ${type} is not computed.`);
	ctx.outputType(type);
	const x = ctx.input(0);
	if (type === "float16" && from !== "float16") return ctx.emit("ToHalf", [x]);
	if (isFloat(type) && isFloat(from)) return ctx.emit("Identity", [x]);
	if (type === from) return ctx.emit("Identity", [x]);
	return wrapped(ctx, ctx.emit("Cast", [x], { dtype }), type);
}

export const casts: OperatorFamily = {
	Cast: (ctx) => castTo(ctx, elementTypeName(ctx.int("to"))),
	CastLike: (ctx) => castTo(ctx, ctx.type(1)),
};
