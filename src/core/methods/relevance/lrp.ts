import { mapsOf, walk } from "../backward-method";
import type { Method, PreparedRequest } from "../method";
import { textOf } from "../parameters";
import { chosenComposite } from "./chosen-composite";
import { LRP_PARAMETERS } from "./lrp-parameters";

/** zennit 0.5.1 composites. */
export const lrp: Method = {
	id: "lrp",
	title: "LRP: layer-wise relevance propagation",
	family: "relevance",
	answers: "How is the unit's value made up of the elements, if each layer hands its relevance back to what made it?",
	paper:
		"Bach, Binder, Montavon, Klauschen, Müller, Samek 2015, On pixel-wise explanations for non-linear classifier decisions by layer-wise relevance propagation; Montavon et al. 2019, Layer-wise relevance propagation: an overview",
	reference:
		"zennit 0.5.1 rules and composites, batch normalisation folded without zennit's leftover epsilon; products, softmax and layer normalisation as AttnLRP (zennit leaves them to the gradient). lxt 2.1 (AttnLRP, CP-LRP); Captum 0.9 LRP with composite=Captum and canonise=none; iNNvestigate 2 presets",
	formula: "R_i = sum_j contribution(i to j) / sum_k contribution(k to j) * R_j",
	needs: { unit: true, input: true },
	at: "input",
	quantity: "signed",
	promisesCompleteness: true,
	parameters: LRP_PARAMETERS,
	program: (context) =>
		context.walk({
			composite: chosenComposite(context.session, context.request).composite,
			start: textOf(context.request, "start") as "value" | "one",
			passes: passesOf(context.request),
		}),
	async *run(session, request) {
		const passes = passesOf(request);
		const { composite, notices } = chosenComposite(session, request);
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

function passesOf(request: PreparedRequest): string[] {
	const canonise = textOf(request, "canonise");
	return ["merge-bias", ...(canonise === "none" ? [] : [canonise])];
}
