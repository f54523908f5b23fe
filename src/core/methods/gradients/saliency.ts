import { unary } from "../../program/vocabulary";
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
	formula: "|d f / d x|, or (d f / d x)^2, or d f / d x",
	needs: { unit: true, input: true },
	at: "input",
	quantity: "unsigned",
	promisesCompleteness: false,
	parameters: [
		{ name: "abs", type: "boolean", default: true, help: "Absolute values; false keeps the sign (Captum: abs)." },
		{
			name: "squared",
			type: "boolean",
			default: false,
			help: "Squares in place of absolute values, whatever abs says: large gradients stand out (Captum and PAIR take them in SmoothGrad squared).",
		},
	],
	program(context) {
		const { b, request } = context;
		const change = flagOf(request, "squared") ? "square" : flagOf(request, "abs") ? "abs" : undefined;
		return context
			.walk({ composite: gradientComposite })
			.map(({ value, ...map }) => ({ ...map, value: change ? unary(b, change, value) : value }));
	},
	async *run(session, request) {
		const change = flagOf(request, "squared") ? square : flagOf(request, "abs") ? Math.abs : undefined;
		const result = await walk(session, request, { composite: gradientComposite });
		yield {
			maps: mapsOf(result, (g) => (change ? each(g, change) : g)),
			quantity: change ? "unsigned" : "signed",
			progress: 1,
			unitValue: result.unitValue[0],
		};
	},
};

const square = (value: number) => value * value;
