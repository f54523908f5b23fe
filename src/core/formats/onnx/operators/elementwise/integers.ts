import { isInteger } from "../../tensors/element-types";
import type { NodeContext } from "../../translator";

/** Bits and sign of an integer type that is narrower than the int32 it is computed in. */
export function narrowType(type: string): { bits: number; signed: boolean } | undefined {
	const found = /^(u?)int(8|16)$/.exec(type);
	return found ? { bits: Number(found[2]), signed: found[1] === "" } : undefined;
}

/**
 * The result of arithmetic as its element type holds it: integers of 8 and 16 bits wrap. Those of 32 and 64 bits are
 * int32 (docs/formats.md).
 */
export function wrapped(ctx: NodeContext, value: string, type: string): string {
	const narrow = narrowType(type);
	return narrow ? ctx.emit("Wrap", [value], narrow) : value;
}

export { isInteger };
