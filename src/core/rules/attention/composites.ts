import type { OpDefinition } from "../../ops/op";
import type { LrpRules } from "../composites";
import { isAffine } from "../depth";
import { epsilon, norm } from "../lrp";
import type { CompositeOptions } from "../lrp-composites/named";
import { signalTakeAll } from "../recurrent";
import type { Rule } from "../rule";
import {
	gatedHalves,
	heldDivisor,
	heldStatistics,
	STABILIZER,
	sharedProduct,
	softmaxAtInput,
	valueProduct,
} from "./rules";

const NORM = norm(STABILIZER);

/** The epsilon rule for linear layers, and rules for what else transformers are made of. */
function transformer(product: Rule, options: CompositeOptions): LrpRules {
	const absorbed = options.epsilon ?? STABILIZER;
	const [linear, recurrent] = [epsilon(absorbed, options), signalTakeAll(absorbed)];
	return {
		convolution: linear,
		dense: linear,
		others: {
			id: `${product.id}(${recurrent.id})`,
			rule(op: OpDefinition): Rule | undefined {
				if (op.op === "Glu") return gatedHalves;
				if (op.op === "Div" || op.op === "DivNoNan") return heldDivisor;
				if (op.op === "Mean" || op.family === "sum" || op.family === "average-pooling") return NORM;
				switch (op.kind) {
					case "linear":
						// Rotations, constant matrices, masks: what has no family is split in proportion like a linear layer.
						return op.family === undefined && !isAffine(op) ? NORM : undefined;
					case "bilinear":
						return product;
					case "normalise":
						return heldStatistics;
					case "softmax":
						return softmaxAtInput;
					case "recurrent":
						return recurrent;
				}
				return undefined;
			},
		},
	};
}

/** Composites for transformers, by the names of their papers. */
export const ATTENTION_COMPOSITES: Readonly<Record<string, (options: CompositeOptions) => LrpRules>> = {
	AttnLRP: (options) => transformer(sharedProduct, options),
	"CP-LRP": (options) => transformer(valueProduct, options),
};
