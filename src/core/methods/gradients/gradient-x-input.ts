import { mul } from "../../program/vocabulary";
import { gradientComposite } from "../../rules/composites";
import { combine, mapsOf, walk } from "../backward-method";
import type { Method } from "../method";

/** Captum 0.9 `InputXGradient`, at a layer `LayerGradientXActivation`. */
export const gradientXInput: Method = {
	id: "gradient-x-input",
	title: "Gradient x input",
	family: "gradients",
	answers: "How much does each element contribute, if the model were linear around the input?",
	paper:
		"Shrikumar, Greenside, Shcherbina, Kundaje 2016, Not just a black box: learning important features through propagating activation differences, arXiv:1605.01713",
	reference: "Captum 0.9 InputXGradient; at a layer LayerGradientXActivation",
	formula: "x * d f / d x",
	needs: { unit: true, input: true },
	at: "input",
	quantity: "signed",
	promisesCompleteness: false,
	parameters: [],
	program: (context) =>
		context
			.walk({ composite: gradientComposite })
			.map(({ value, activation, ...map }) => ({ ...map, value: mul(context.b, value, activation) })),
	async *run(session, request) {
		const result = await walk(session, request, { composite: gradientComposite });
		yield {
			maps: mapsOf(result, (g, x) => combine(g, x, (a, c) => a * c)),
			progress: 1,
			unitValue: result.unitValue[0],
		};
	},
};
