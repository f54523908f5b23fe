import type { MethodDescription, ParameterDescription } from "../../../shared/methods";
import { deconvnet as deconvnetComposite, guidedBackprop as guidedComposite } from "../../rules/composites";
import type { Composite } from "../../rules/rule";
import type { ModelSession } from "../../session/model-session";
import { mapsOf, walk } from "../backward-method";
import type { Method, PreparedRequest } from "../method";
import { textOf } from "../parameters";

const START: ParameterDescription = {
	name: "start",
	type: "choice",
	default: "one",
	choices: ["one", "value"],
	help: "What starts at the unit: 1 as in Captum, or the unit's value as in iNNvestigate and zennit.",
};

const shared = {
	family: "modified backward",
	needs: { unit: true, input: true },
	at: "input",
	quantity: "signed",
	promisesCompleteness: false,
	parameters: [START],
} as const satisfies Partial<MethodDescription>;

function runWith(composite: Composite): Method["run"] {
	return async function* (session, request) {
		const result = await walk(session, request, {
			composite,
			start: request.start ?? (textOf(request, "start") as "one" | "value"),
		});
		yield {
			maps: mapsOf(result),
			notices: untouchedActivations(session, request),
			progress: 1,
			unitValue: result.unitValue[0],
		};
	};
}

/** Captum 0.9 `GuidedBackprop`. */
export const guidedBackprop: Method = {
	...shared,
	id: "guided-backprop",
	title: "Guided backpropagation",
	answers: "Which elements raise the unit along ways that are active and excitatory in every layer?",
	paper:
		"Springenberg, Dosovitskiy, Brox, Riedmiller 2015, Striving for simplicity: the all convolutional net, arXiv:1412.6806",
	reference: "Captum 0.9 GuidedBackprop: only ReLU is changed, not LeakyReLU or ReLU6",
	formula: "R_in = R_out * [x > 0] * [R_out > 0] at each ReLU",
	run: runWith(guidedComposite),
};

/** Captum 0.9 `Deconvolution`. */
export const deconvnet: Method = {
	...shared,
	id: "deconvnet",
	title: "DeconvNet",
	answers: "Which pattern at the input would the unit's strength be projected back to?",
	paper: "Zeiler, Fergus 2014, Visualizing and understanding convolutional networks, arXiv:1311.2901",
	reference: "Captum 0.9 Deconvolution: only ReLU is changed; its forward mask is ignored",
	formula: "R_in = max(R_out, 0) at each ReLU",
	run: runWith(deconvnetComposite),
};

/** Activations that look like a ReLU, but that the reference tools treat as any other. */
const LIKE_RELU = new Set([
	"Relu6",
	"LeakyRelu",
	"ClippedRelu",
	"Elu",
	"Selu",
	"Celu",
	"Prelu",
	"Gelu",
	"Silu",
	"HardSwish",
	"Mish",
	"ThresholdedRelu",
]);

function untouchedActivations(session: ModelSession, request: PreparedRequest): string[] {
	const untouched = new Set(
		session.layerInfo(request.inputs, request.unit).flatMap(({ op }) => (LIKE_RELU.has(op) ? [op] : [])),
	);
	if (untouched.size === 0) return [];
	return [
		`The plain gradient passes ${[...untouched].join(", ")}: the rule is about ReLU alone, as in the reference tools.`,
	];
}
