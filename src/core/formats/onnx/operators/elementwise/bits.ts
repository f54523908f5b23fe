import type { NodeContext, OperatorFamily } from "../../translator";
import { narrowType, wrapped } from "./integers";

const bitsOf = (type: string) => Math.min(32, narrowType(type)?.bits ?? 32);

/** Numbers with the highest bit of 32 or 64 set do not fit into int32. */
function refuseWideUnsigned(ctx: NodeContext): void {
	if (/^uint(32|64)$/.test(ctx.type(0)))
		ctx.unsupported(`${ctx.opType} of ${ctx.type(0)} gives numbers outside of int32, in which integers are computed.`);
}

const pairwise =
	(op: string): OperatorFamily[string] =>
	(ctx) =>
		ctx.emit(op, [ctx.input(0), ctx.input(1)]);

export const bits: OperatorFamily = {
	BitwiseAnd: pairwise("BitwiseAnd"),
	BitwiseOr: pairwise("BitwiseOr"),
	BitwiseXor: pairwise("BitwiseXor"),
	BitwiseNot(ctx) {
		refuseWideUnsigned(ctx);
		return wrapped(ctx, ctx.emit("BitwiseNot", [ctx.input(0)]), ctx.type(0));
	},
	BitShift(ctx) {
		const type = ctx.type(0);
		const op = ctx.text("direction") === "LEFT" ? "ShiftLeft" : "ShiftRight";
		return wrapped(ctx, ctx.emit(op, [ctx.input(0), ctx.input(1)], { bits: bitsOf(type) }), type);
	},
};
