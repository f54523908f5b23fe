import type { Case } from "../manifest";
import type { Call, Calls } from "./call";

export const referenceDifferences: Calls = {
	DeepLift: call("deeplift"),
	LayerDeepLift: call("deeplift"),
	NeuronDeepLift: call("deeplift"),
	DeepLiftShap: call("deep-shap"),
	LayerDeepLiftShap: call("deep-shap"),
	NeuronDeepLiftShap: call("deep-shap"),
};

/** Captum has the Rescale rule alone; deeplift's cases name theirs. The layer that is attributed is the case's tensor. */
function call(method: string): (entry: Case) => Call {
	return ({ params }) => ({
		method,
		parameters: {
			multiply_by_inputs: params.multiply_by_inputs !== false,
			...(params.rule !== undefined && { rule: String(params.rule) }),
			...(params.eps !== undefined && { eps: Number(params.eps) }),
		},
	});
}
