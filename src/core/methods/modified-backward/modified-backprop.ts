import type { MethodDescription, ParameterDescription } from "../../../shared/methods";
import {
	deconvnet as deconvnetComposite,
	guidedBackprop as guidedComposite,
	rectGrad as rectGradComposite,
} from "../../rules/composites";
import type { Composite } from "../../rules/rule";
import type { ModelSession } from "../../session/model-session";
import { mapsOf, walk } from "../backward-method";
import type { Method, PreparedRequest } from "../method";
import { numberOf, textOf } from "../parameters";

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

/** One walk with a composite of its own. */
function oneWalk(compositeOf: (request: PreparedRequest) => Composite): Pick<Method, "run" | "program"> {
	const startOf = (request: PreparedRequest) => textOf(request, "start") as "one" | "value";
	const run: Method["run"] = async function* (session, request) {
		const result = await walk(session, request, {
			composite: compositeOf(request),
			start: request.start ?? startOf(request),
		});
		yield {
			maps: mapsOf(result),
			notices: untouchedActivations(session, request),
			progress: 1,
			unitValue: result.unitValue[0],
		};
	};
	const program: Method["program"] = (context) =>
		context.walk({ composite: compositeOf(context.request), start: startOf(context.request) });
	return { run, program };
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
	...oneWalk(() => guidedComposite),
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
	...oneWalk(() => deconvnetComposite),
};

/** Kim et al. 2019, with the thresholds of the authors' code. */
export const rectGrad: Method = {
	...shared,
	id: "rect-grad",
	title: "RectGrad",
	answers: "Which elements raise the unit along the few ways that matter most in every layer?",
	paper:
		"Kim, Seo, Jeon, Koo, Choe, Jeon 2019, Why are saliency maps noisy? Cause of and solution to noisy saliency maps, arXiv:1902.04893",
	reference:
		"The authors' code (percentile of output times gradient, nearest rank), but for the most important element, which always passes; only ReLU is changed",
	formula: "R_in = R_out * [x * R_out > percentile of x * R_out] at each ReLU",
	parameters: [
		{
			name: "percentile",
			type: "number",
			default: 98,
			min: 0,
			max: 100,
			unit: "%",
			help: "Of the products of activation and gradient in a layer: what is not above it is taken for noise.",
		},
		START,
	],
	...oneWalk((request) => rectGradComposite(numberOf(request, "percentile"))),
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
