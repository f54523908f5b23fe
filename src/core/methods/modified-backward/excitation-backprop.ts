import { excitationComposite } from "../../rules/lrp-composites/excitation";
import { mapsOf, walk } from "../backward-method";
import type { Method } from "../method";
import { flagOf, numberOf, textOf } from "../parameters";

/** The marginal winning probability, or its contrastive form. */
export const excitationBackprop: Method = {
	id: "excitation-backprop",
	title: "Excitation backpropagation",
	family: "modified backward",
	answers: "Which elements win, if at every neuron from the unit down one of what excites it is drawn in proportion?",
	paper: "Zhang, Lin, Brandt, Shen, Sclaroff 2016, Top-down neural attention by excitation backprop, arXiv:1608.00507",
	reference:
		"The paper's definition; zennit 0.5.1 ExcitationBackprop is lrp with composite=ExcitationBackprop, whose activations follow the gradient and whose biases take a share",
	formula: "P(i) = sum_j x_i w+_ij / sum_k x_k w+_kj * P(j); contrastive: minus the same for the opposite unit",
	needs: { unit: true, input: true },
	at: "input",
	quantity: "signed",
	promisesCompleteness: false,
	parameters: [
		{
			name: "contrastive",
			type: "boolean",
			default: false,
			help: "Takes off what the opposite unit, with negated weights in its layer, would attend to: what speaks for the unit and not for any other.",
		},
		{
			name: "bias",
			type: "boolean",
			default: false,
			help: "Positive biases take a share too, as in zennit; in the paper they do not.",
		},
		{
			name: "stabilizer",
			type: "number",
			default: 1e-6,
			min: 0,
			help: "Keeps sums of excitation away from 0.",
		},
		{
			name: "canonise",
			type: "choice",
			default: "fold-batch-norm",
			choices: ["fold-batch-norm", "none"],
			help: "Batch normalisation is folded into the linear layer before it, or passed unchanged.",
		},
		{
			name: "start",
			type: "choice",
			default: "one",
			choices: ["one", "value"],
			help: "What starts at the unit: the probability 1, or the unit's value.",
		},
	],
	async *run(session, request) {
		const canonise = textOf(request, "canonise");
		const passes = ["merge-bias", ...(canonise === "none" ? [] : [canonise])];
		const composite = excitationComposite(flagOf(request, "contrastive"), {
			bias: flagOf(request, "bias"),
			stabilizer: numberOf(request, "stabilizer"),
		});
		const start = request.start ?? (textOf(request, "start") as "one" | "value");
		const result = await walk(session, request, { composite, start, passes });
		yield {
			maps: mapsOf(result),
			passes,
			progress: 1,
			...(result.unitValue[0] !== undefined && { unitValue: result.unitValue[0] }),
		};
	},
};
