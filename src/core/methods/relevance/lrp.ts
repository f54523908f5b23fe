import { InvalidRequestError } from "../../../shared/errors";
import type { ParameterDescription } from "../../../shared/methods";
import { type CompositeOptions, LRP_COMPOSITES, LRP_RULES, type LrpRules, lrpComposite } from "../../rules/composites";
import type { Composite } from "../../rules/rule";
import type { ModelSession } from "../../session/model-session";
import { mapsOf, walk } from "../backward-method";
import { explainedInputs } from "../examples";
import { inputBox } from "../input-box";
import type { Method, PreparedRequest } from "../method";
import { flagOf, numberOf, textOf } from "../parameters";

const ruleChoice = (name: string, which: string): ParameterDescription => ({
	name,
	type: "choice",
	default: "composite",
	choices: ["composite", ...Object.keys(LRP_RULES)],
	help: `The rule of ${which}; "composite" leaves it to the composite.`,
});

/** zennit 0.5.1 composites. */
export const lrp: Method = {
	id: "lrp",
	title: "LRP: layer-wise relevance propagation",
	family: "relevance",
	answers: "How is the unit's value made up of the elements, if each layer hands its relevance back to what made it?",
	paper:
		"Bach, Binder, Montavon, Klauschen, Müller, Samek 2015, On pixel-wise explanations for non-linear classifier decisions by layer-wise relevance propagation; Montavon et al. 2019, Layer-wise relevance propagation: an overview",
	reference:
		"zennit 0.5.1 composites, batch normalisation folded without zennit's leftover epsilon; products, softmax and layer normalisation as AttnLRP (zennit leaves them to the gradient)",
	formula: "R_i = sum_j contribution(i to j) / sum_k contribution(k to j) * R_j",
	needs: { unit: true, input: true },
	at: "input",
	quantity: "signed",
	promisesCompleteness: true,
	parameters: [
		{
			name: "composite",
			type: "choice",
			default: "EpsilonPlusFlat",
			choices: Object.keys(LRP_COMPOSITES),
			help: "Which rule applies to which layers (zennit's names).",
		},
		ruleChoice("convolution", "convolutions"),
		ruleChoice("dense", "dense layers"),
		ruleChoice("average_pooling", "average pooling (in zennit's composites Norm)"),
		ruleChoice("first", "the first linear layers, those that an input reaches first"),
		{
			name: "epsilon",
			type: "number",
			default: 1e-6,
			min: 0,
			help: "Of the Epsilon rule: relevance that is absorbed, in the units of the layer's output.",
		},
		{
			name: "gamma",
			type: "number",
			default: 0.25,
			min: 0,
			help: "Of the Gamma rule: how much contributions that agree with the output are favoured.",
		},
		{
			name: "alpha",
			type: "number",
			default: 2,
			min: 0,
			help: "Of the AlphaBeta rule: weight of positive contributions; alpha - beta is 1.",
		},
		{
			name: "beta",
			type: "number",
			default: 1,
			min: 0,
			help: "Of the AlphaBeta rule: weight of negative contributions.",
		},
		{
			name: "low",
			type: "text",
			default: "auto",
			placeholder: "auto, or a number",
			help: "Of the ZBox rule: the lowest value an input can have, one number or one for each channel (a,b,c). auto: from the preprocessing, else the smallest of this input.",
		},
		{
			name: "high",
			type: "text",
			default: "auto",
			placeholder: "auto, or a number",
			help: "Of the ZBox rule: the highest value an input can have; as low.",
		},
		{
			name: "stabilizer",
			type: "number",
			default: 1e-6,
			min: 0,
			help: "Keeps the denominators of rules other than Epsilon away from 0.",
		},
		{
			name: "bias",
			type: "boolean",
			default: true,
			help: 'Biases take relevance; false leaves them out of linear layers (zennit: zero_params="bias").',
		},
		{
			name: "canonise",
			type: "choice",
			default: "fold-batch-norm",
			choices: ["fold-batch-norm", "none"],
			help: "Batch normalisation is folded into the linear layer before it (zennit: SequentialMergeBatchNorm), or kept, where it passes relevance on unchanged.",
		},
		{
			name: "start",
			type: "choice",
			default: "value",
			choices: ["value", "one"],
			help: "Relevance that starts at the unit: its value, or 1.",
		},
	],
	async *run(session, request) {
		const canonise = textOf(request, "canonise");
		const passes = canonise === "none" ? [] : [canonise];
		const { composite, notices } = compositeOf(session, request);
		const start = request.start ?? (textOf(request, "start") as "value" | "one");
		const result = await walk(session, request, { composite, start, passes });
		const expectedSum = start === "value" ? Array.from(result.unitValue) : undefined;
		yield {
			maps: mapsOf(result),
			passes,
			notices,
			progress: 1,
			unitValue: result.unitValue[0],
			...(expectedSum && { expectedSum }),
		};
	},
};

function compositeOf(session: ModelSession, request: PreparedRequest): { composite: Composite; notices: string[] } {
	const name = textOf(request, "composite");
	const chosen = {
		convolution: textOf(request, "convolution"),
		dense: textOf(request, "dense"),
		averagePooling: textOf(request, "average_pooling"),
		first: textOf(request, "first"),
	};
	const choices = Object.values(chosen);
	const [alpha, beta] = [numberOf(request, "alpha"), numberOf(request, "beta")];
	if (choices.includes("AlphaBeta") && Math.abs(alpha - beta - 1) > 1e-6) {
		throw new InvalidRequestError(
			`alpha - beta is ${alpha - beta}, but the AlphaBeta rule conserves relevance only where it is 1`,
			"alpha, beta",
			"Usual are alpha 2 with beta 1, and alpha 1 with beta 0.",
		);
	}
	const usesBox = choices.includes("ZBox") || (name === "EpsilonGammaBox" && chosen.first === "composite");
	const box = usesBox ? inputBox(request, explainedInputs(session, request)) : { notices: [] };
	const options: CompositeOptions = {
		epsilon: numberOf(request, "epsilon"),
		gamma: numberOf(request, "gamma"),
		stabilizer: numberOf(request, "stabilizer"),
		bias: flagOf(request, "bias"),
		...box.bounds,
	};
	const rule = (choice: string) => LRP_RULES[choice]?.({ ...options, alpha, beta });
	const base = LRP_COMPOSITES[name]?.(options);
	if (!base) throw new RangeError(`no composite ${name}`);
	const rules: LrpRules = {
		...base,
		convolution: rule(chosen.convolution) ?? base.convolution,
		dense: rule(chosen.dense) ?? base.dense,
		averagePooling: rule(chosen.averagePooling) ?? base.averagePooling,
		...(chosen.first !== "composite" && { firstLinear: rule(chosen.first), firstConvolution: undefined }),
	};
	return { composite: lrpComposite(name, rules), notices: box.notices };
}
