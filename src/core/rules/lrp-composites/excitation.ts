import { lrpComposite } from "../composites";
import { alphaBeta, type RuleOptions, zPlus } from "../lrp";
import type { Composite } from "../rule";

/**
 * Excitation backpropagation: the probability that a winner-take-all path from the unit meets a neuron. Each linear
 * layer shares it in proportion to what excites; activations hand it on, pooling follows its averages and winners.
 * Contrastive: from the last linear layer on the same of the opposite unit, whose weights there are negated, is taken off.
 * Zhang, Lin, Brandt, Shen, Sclaroff 2016, Top-down neural attention by excitation backprop.
 */
export function excitationComposite(contrastive: boolean, options: RuleOptions = {}): Composite {
	const excite = zPlus(options);
	// The opposite unit is excited by what inhibits this one: alpha 1 with beta 1 is the difference of the two shares.
	return lrpComposite("Excitation", {
		convolution: excite,
		dense: excite,
		...(contrastive && { lastLinear: alphaBeta(1, 1, options) }),
	});
}
