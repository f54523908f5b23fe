import { type CallArgument, type LayerContext, TensorArgument } from "../../translator";

/** Parameters of `call` in their order: what positional arguments mean. */
export type Signature = readonly string[];

/** An argument of a call, by name or by position. */
export function argumentOf(ctx: LayerContext, signature: Signature, name: string): CallArgument {
	const named = ctx.kwargs[name];
	return named !== undefined ? named : ctx.args[signature.indexOf(name)];
}

/** The value of an argument that is a tensor; `undefined` when it is left out. */
export function tensorOf(ctx: LayerContext, signature: Signature, name: string): string | undefined {
	const argument = argumentOf(ctx, signature, name);
	return argument instanceof TensorArgument ? argument.value : undefined;
}

/** Both masks at once; one alone is itself. Masks broadcast. */
export function bothMasks(ctx: LayerContext, first: string | undefined, second: string | undefined) {
	if (first === undefined || second === undefined) return first ?? second;
	return first === second ? first : ctx.emit("LogicalAnd", [first, second]);
}
