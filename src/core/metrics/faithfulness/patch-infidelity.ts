import { InvalidRequestError } from "../../../shared/errors";
import { attributionParameters, preparedAttribution } from "../attribution";
import { fillParameter, fillValue } from "../fills";
import { type Metric, parameter } from "../metric";
import { meanOf } from "../numbers";
import { patchesOf } from "../patches";
import { softmaxParameter, unitValues, valuesOf } from "../unit-values";
import { editedInputs } from "./pixel-flipping";

/** Quantus 0.6 `Infidelity`. */
export const patchInfidelity: Metric = {
	id: "patch-infidelity",
	title: "Infidelity by patches",
	formula: "mean over k of ((f(x) - f(x_k)) - a . (x - x_k))^2, x_k without the first k patches",
	family: "faithfulness",
	answers: "How far is the loss that the map foretells for removed patches from the loss that there is?",
	paper:
		"Yeh, Hsieh, Suggala, Inouye, Ravikumar 2019, On the (in)fidelity and sensitivity of explanations, arXiv:1901.09392",
	reference:
		"Quantus 0.6 Infidelity: patches are removed one after the other and stay removed; what the map foretells is its product with all that has changed so far",
	better: "lower",
	needs: {},
	parameters: [
		{
			name: "perturb_patch_sizes",
			type: "text",
			default: "4",
			help: "Extents of the patches, one or several separated by commas (Quantus: perturb_patch_sizes).",
		},
		fillParameter("black"),
		...attributionParameters(false, false),
		softmaxParameter(false),
	],
	async measure(context) {
		const map = preparedAttribution(context, context.example.attribution);
		const values = valuesOf(context);
		const [before = 0] = await unitValues(context, [context.example.inputs]);
		const scores: number[] = [];
		const sizes = sizesOf(parameter(context, "perturb_patch_sizes", "string"));
		for (const [at, size] of sizes.entries()) {
			let current = values;
			const edited = patchesOf(context, size).map((patch) => {
				const fill = fillValue(context, current);
				current = current.slice();
				for (const element of patch) current[element] = fill;
				return current;
			});
			const after = await unitValues(context, editedInputs(context, edited));
			context.progress?.((at + 1) / sizes.length);
			scores.push(
				meanOf(
					edited.map((data, step) => {
						const foretold = map.reduce((sum, part, at) => sum + part * ((values[at] ?? 0) - (data[at] ?? 0)), 0);
						return (before - (after[step] ?? 0) - foretold) ** 2;
					}),
				),
			);
		}
		return { score: meanOf(scores) };
	},
};

function sizesOf(text: string): number[] {
	const sizes = text.split(",").map(Number);
	if (sizes.some((size) => !Number.isInteger(size) || size < 1))
		throw new InvalidRequestError(
			`the parameter perturb_patch_sizes is "${text}"`,
			"perturb_patch_sizes",
			"Whole numbers from 1, separated by commas, are expected.",
		);
	return sizes;
}
