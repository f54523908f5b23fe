import type { Composite } from "../rule";
import { withCaptumPooling } from "./captum-pooling";
import { DIFFERENCE_THRESHOLD } from "./quotient";
import { rescale } from "./rescale";
import { revealCancelComposite } from "./reveal-cancel";

export interface DeepLiftOptions {
	/** Differences up to this are too small to divide by. */
	readonly threshold?: number;
	/** `captum`: {@link withCaptumPooling}. */
	readonly maxPooling?: "complete" | "captum";
}

/** Composites of DeepLIFT by the name of their rule. */
export const DEEPLIFT_RULES: Readonly<Record<string, (options: DeepLiftOptions) => Composite>> = {
	Rescale: made((threshold) => {
		const rule = rescale(threshold);
		return { id: `deeplift-${rule.id}`, needsReference: true, rule: () => rule };
	}),
	RevealCancel: made((threshold) => revealCancelComposite("reveal-cancel", () => true, threshold)),
	/** Rescale behind convolutions, RevealCancel behind dense layers: what deeplift takes for genomics. */
	GenomicsDefault: made((threshold) => revealCancelComposite("genomics", (op) => op.family === "dense", threshold)),
};

function made(compositeOf: (threshold: number) => Composite) {
	return ({ threshold = DIFFERENCE_THRESHOLD, maxPooling }: DeepLiftOptions): Composite => {
		const composite = compositeOf(threshold);
		return maxPooling === "captum" ? withCaptumPooling(composite, threshold) : composite;
	};
}
