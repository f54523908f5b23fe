import type { OperatorFamily, OperatorTranslator } from "../translator";
import { CHANNELS_FIRST } from "./spatial";

/** DCR: blocks of all channels, as TensorFlow has them; CRD: channels of whole blocks, as PyTorch's pixel shuffle. */
const rearranged =
	(byBlock: string, byChannel: string): OperatorTranslator =>
	(ctx) => {
		ctx.channels(1);
		const op = ctx.text("mode", "DCR") === "CRD" ? byChannel : byBlock;
		return ctx.emit(op, [ctx.input(0)], { ...CHANNELS_FIRST, blockSize: ctx.int("blocksize") });
	};

export const blocks: OperatorFamily = {
	DepthToSpace: rearranged("DepthToSpace", "PixelShuffle"),
	SpaceToDepth: rearranged("SpaceToDepth", "PixelUnshuffle"),
};
