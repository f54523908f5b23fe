import { InvalidRequestError } from "../../../shared/errors";
import { BOXED, type CompositeOptions, namedComposite, type Overrides } from "../../rules/lrp-composites/named";
import { parseOwnComposite } from "../../rules/lrp-composites/own";
import { LRP_RULES } from "../../rules/lrp-composites/rules";
import type { Composite, Rule } from "../../rules/rule";
import type { ModelSession } from "../../session/model-session";
import { explainedInputs } from "../examples";
import { type InputBox, inputBox } from "../input-box";
import type { PreparedRequest } from "../method";
import { flagOf, numberOf, textOf } from "../parameters";

/**
 * The composite that the parameters of a request describe: a named one, some of its rules replaced, or one's own.
 * @throws InvalidRequestError for parameters that do not go together
 */
export function chosenComposite(
	session: ModelSession,
	request: PreparedRequest,
): { composite: Composite; notices: string[] } {
	const text = textOf(request, "composite");
	const isOwn = text.trim().startsWith("{");
	const choices = ["convolution", "dense", "average_pooling", "first"].map((name) => textOf(request, name));
	const replaced = choices.filter((choice) => choice !== "composite");
	if (isOwn && replaced.length > 0)
		throw new InvalidRequestError(
			`the composite is one's own, and the rule ${replaced[0]} is asked for beside it`,
			"composite",
			"Write the rule into the composite.",
		);
	const [alpha, beta] = [numberOf(request, "alpha"), numberOf(request, "beta")];
	if (choices.includes("AlphaBeta") && Math.abs(alpha - beta - 1) > 1e-6) {
		throw new InvalidRequestError(
			`alpha - beta is ${alpha - beta}, but the AlphaBeta rule conserves relevance only where it is 1`,
			"alpha, beta",
			"Usual are alpha 2 with beta 1, and alpha 1 with beta 0.",
		);
	}
	const own = isOwn ? parseOwnComposite(text) : undefined;
	const usesBox = choices.includes("ZBox") || own?.needsBox || (BOXED.has(text) && choices.at(-1) === "composite");
	const box: InputBox = usesBox ? inputBox(request, explainedInputs(session, request)) : { notices: [] };
	const options = { ...optionsOf(request), ...box.bounds };
	const composite = own
		? own.make(session.graph, options)
		: namedComposite(text, options, overrides(choices, { ...options, alpha, beta }));
	return { composite, notices: box.notices };
}

function optionsOf(request: PreparedRequest): CompositeOptions {
	const epsilon = textOf(request, "epsilon").trim();
	const [gammaDepth, epsilonDepth] = [numberOf(request, "gamma_depth"), numberOf(request, "epsilon_depth")];
	if (gammaDepth > epsilonDepth)
		throw new InvalidRequestError(
			`gamma_depth is ${gammaDepth}, above epsilon_depth (${epsilonDepth})`,
			"gamma_depth, epsilon_depth",
			"The gamma rule applies below the first, the epsilon rule between the two.",
		);
	return {
		...(epsilon !== "auto" && { epsilon: numberIn("epsilon", epsilon) }),
		gamma: numberOf(request, "gamma"),
		stabilizer: numberOf(request, "stabilizer"),
		bias: flagOf(request, "bias"),
		betaSmooth: numberOf(request, "beta_smooth"),
		gammaDepth,
		epsilonDepth,
	};
}

function numberIn(name: string, text: string): number {
	const number = text === "" ? Number.NaN : Number(text);
	if (Number.isFinite(number) && number >= 0) return number;
	throw new InvalidRequestError(
		`the parameter ${name} is ${JSON.stringify(text)}, but auto or a number from 0 was expected`,
		name,
	);
}

/** Rules that take the place of the composite's. */
function overrides(
	[convolution, dense, averagePooling, first]: readonly string[],
	options: CompositeOptions,
): Overrides {
	const rule = (choice: string | undefined): Rule | undefined => LRP_RULES[choice ?? ""]?.make(options);
	const changed: Overrides = {};
	const [ofConvolution, ofDense, ofPooling, ofFirst] = [
		rule(convolution),
		rule(dense),
		rule(averagePooling),
		rule(first),
	];
	if (ofConvolution) changed.convolution = ofConvolution;
	if (ofDense) changed.dense = ofDense;
	if (ofPooling) changed.averagePooling = ofPooling;
	if (ofFirst) changed.first = ofFirst;
	return changed;
}
