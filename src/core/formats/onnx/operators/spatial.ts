import type { NodeContext } from "../translator";

/** [before, after] of each axis from ONNX' list of all befores, then all afters. */
export function pairsOf(pads: readonly number[]): [number, number][] {
	const count = pads.length / 2;
	return Array.from({ length: count }, (_, axis) => [pads[axis] as number, pads[axis + count] as number]);
}

/** The padding of a window: explicit, or by a rule for the extents that are met. */
export function paddingOf(ctx: NodeContext): "valid" | "same" | "same_lower" | [number, number][] {
	const rule = ctx.text("auto_pad", "NOTSET");
	if (rule === "SAME_UPPER") return "same";
	if (rule === "SAME_LOWER") return "same_lower";
	const pads = ctx.ints("pads");
	if (rule === "VALID" || !pads || pads.every((cells) => cells === 0)) return "valid";
	return pairsOf(pads);
}

/** Channels are the second axis of every spatial operator. */
export const CHANNELS_FIRST = { dataFormat: "channels_first" } as const;
