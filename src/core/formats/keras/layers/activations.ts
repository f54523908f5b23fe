import type { ActivationTranslator } from "../translator";

/** Activation functions by the names that configurations hold. */
export const activations: Readonly<Record<string, ActivationTranslator>> = {
	relu: (ctx, x) => ctx.emit("Relu", [x]),
};
