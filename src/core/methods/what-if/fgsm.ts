import { numberOf } from "../parameters";
import { ATTACK_PARAMETERS, attackedInputs, bounded, signStep, valuesOf } from "./attack";
import { whatIf } from "./what-if";

/** Captum 0.9 `FGSM`. */
export const fgsm = whatIf(
	{
		id: "fgsm",
		title: "FGSM",
		answers: "How much does the unit change by one small step of every element against it?",
		paper: "Goodfellow, Shlens, Szegedy 2014, Explaining and harnessing adversarial examples, arXiv:1412.6572",
		reference:
			"Captum 0.9 FGSM; its default loss is loss_func=negative_log. Elements whose gradient is at most 1e-6 stay",
		formula: "x' = x + epsilon * sign(d loss / d x), minus where targeted",
		parameters: [
			{
				name: "epsilon",
				type: "number",
				default: 0.01,
				min: 0,
				max: 1e6,
				help: "Size of the step, in units of the preprocessed input (Captum: epsilon).",
			},
			...ATTACK_PARAMETERS,
		],
	},
	async function* (session, request) {
		const notices: string[] = [];
		const attacked = await attackedInputs(session, request, notices);
		yield { edited: valuesOf(attacked), progress: 0 };
		const stepped = await signStep(session, request, attacked, valuesOf(attacked), numberOf(request, "epsilon"));
		yield { edited: bounded(attacked, stepped), progress: 1, notices };
	},
);
