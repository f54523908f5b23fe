import type { MethodCall } from "../../support/attributions";
import type { Case } from "../manifest";
import type { Calls, Parameters } from "./call";

export const relevance: Calls = {
	"innvestigate LRP": (entry) => innvestigateLrp(entry),
	"innvestigate BoundedDeepTaylor": ({ params }) =>
		lrp({ composite: "BoundedDeepTaylor", low: String(params.low), high: String(params.high) }),
	"innvestigate DeepTaylor": () => lrp({ composite: "DeepTaylor" }),
	"zennit LRP": (entry) => zennitLrp(entry),
	LRP: (entry) => captumLrp(entry),
	LayerLRP: (entry) => captumLrp(entry),
	// Gradient * z / (z + epsilon) at each nonlinearity, times the input: the epsilon rule in all linear layers.
	EpsilonLRP_DeepExplain: ({ params }) => ({
		method: "lrp",
		parameters: { composite: "Captum", canonise: "none", epsilon: Number(params.epsilon) },
	}),
};

/** zennit's composites of the modified gradient start from the value of the output, as its LRP does. */
const OF_GRADIENT: Readonly<Record<string, string>> = { GuidedBackprop: "guided-backprop", DeconvNet: "deconvnet" };

/** A rule on nets of one layer, or a composite. */
function zennitLrp({ params }: Case): MethodCall {
	const { rule, composite, canonizer, zero_params, beta_smooth } = params;
	const gradient = OF_GRADIENT[String(composite)];
	if (gradient) return { method: gradient, parameters: { start: "value" } };
	const numbers = ["epsilon", "gamma", "alpha", "beta"].filter((name) => params[name] !== undefined);
	return {
		method: "lrp",
		parameters: {
			...(rule === undefined ? { composite: String(composite) } : { composite: "EpsilonPlus", ...every(String(rule)) }),
			canonise: canonizer === "SequentialMergeBatchNorm" ? "fold-batch-norm" : "none",
			bias: zero_params !== "bias",
			...Object.fromEntries(numbers.map((name) => [name, Number(params[name])])),
			...(params.low !== undefined && { low: String(params.low), high: String(params.high) }),
			...(beta_smooth !== undefined && { beta_smooth: Number(beta_smooth) }),
		},
	};
}

const CAPTUM_RULES: Readonly<Record<string, string>> = {
	Epsilon: "Epsilon",
	Gamma: "GammaRule",
	Alpha1_Beta0: "Alpha1_Beta0_Rule",
	Identity: "Pass",
};

/** Captum's rules by module: a name, or the name with its parameter. Its denominators are stabilised with 1e-9. */
function captumLrp({ params, reference_quirk }: Case): MethodCall | string {
	if (/not a target/.test(reference_quirk ?? "")) return `the reference is at fault: ${reference_quirk}`;
	const given = typeof params.rules === "object" ? Object.entries(params.rules as Record<string, unknown>) : [];
	const rules = given.flatMap(([name, rule]) => {
		const [kind, value] = typeof rule === "string" ? [rule] : (Object.entries(rule as Record<string, number>)[0] ?? []);
		// A module that adds two values is a sum, whose rule in this composite is Epsilon too.
		return kind === "Epsilon"
			? []
			: [{ name, rule: CAPTUM_RULES[String(kind)], ...(kind === "Gamma" && { gamma: value }) }];
	});
	return {
		method: "lrp",
		parameters: {
			composite: rules.length === 0 ? "Captum" : JSON.stringify({ composite: "Captum", rules }),
			canonise: "none",
			stabilizer: 1e-9,
		},
	};
}

/** iNNvestigate's zero denominators become 1e-7, with the sign of 0 as +1: a stabiliser of 1e-7. */
function lrp(parameters: Parameters): MethodCall {
	return { method: "lrp", parameters: { composite: "EpsilonPlus", canonise: "none", stabilizer: 1e-7, ...parameters } };
}

/** One rule for all linear layers; these nets have one. */
const every = (rule: string): Parameters => ({ convolution: rule, dense: rule });

function innvestigateLrp({ params }: Case): MethodCall | string {
	const { rule, preset, input_layer_rule: first } = params;
	const bias = params.bias !== false;
	const input = inputRule(first);
	if (input === undefined) return `LRP with ${JSON.stringify(first)} at the input layer not there yet`;
	if (preset !== undefined) {
		const composite = `Preset${String(preset)}`;
		return lrp(input.first === "Flat" ? { composite: `${composite}Flat` } : { composite, ...input });
	}
	switch (rule) {
		case "Epsilon":
			return lrp({ ...every("Epsilon"), epsilon: Number(params.epsilon), bias, ...input });
		case "Z":
			return lrp({ ...every("Z"), bias, ...input });
		case "AlphaBeta":
			return lrp({ ...every("AlphaBeta"), alpha: Number(params.alpha), beta: Number(params.beta), bias, ...input });
		case "Flat":
		case "WSquare":
			return lrp({ ...every(rule), ...input });
		case "ZPlusFast":
			return lrp({ ...every("ZPlus"), bias: false, ...input });
		default:
			return `LRP rule ${String(rule)} not there yet`;
	}
}

function inputRule(first: unknown): Parameters | undefined {
	if (first === undefined) return {};
	if (first === "Flat") return { first: "Flat" };
	const box = (first as { ZBox?: [number, number] }).ZBox;
	return box && { first: "ZBox", low: String(box[0]), high: String(box[1]) };
}
