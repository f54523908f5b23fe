import { gradientComposite } from "../../rules/composites";
import { each, mapsOf, walk } from "../backward-method";
import type { Method } from "../method";
import { flagOf } from "../parameters";

/** Captum 0.9 `Saliency`; at a layer the gradient there. */
export const saliency: Method = {
	id: "saliency",
	title: "Saliency",
	family: "gradients",
	answers: "Which elements, changed a little, change the unit the most?",
	paper:
		"Simonyan, Vedaldi, Zisserman 2013, Deep inside convolutional networks: visualising image classification models and saliency maps, arXiv:1312.6034",
	reference: "Captum 0.9 Saliency (NeuronGradient for other units than classes)",
	formula: "|d f / d x|",
	needs: { unit: true, input: true },
	at: "input",
	quantity: "unsigned",
	promisesCompleteness: false,
	parameters: [
		{ name: "abs", type: "boolean", default: true, help: "Absolute values; false keeps the sign (Captum: abs)." },
	],
	async *run(session, request) {
		const absolute = flagOf(request, "abs");
		const result = await walk(session, request, { composite: gradientComposite });
		yield {
			maps: mapsOf(result, (g) => (absolute ? each(g, Math.abs) : g)),
			quantity: absolute ? "unsigned" : "signed",
			progress: 1,
			unitValue: result.unitValue[0],
		};
	},
};
