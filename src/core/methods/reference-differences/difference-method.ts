import type { MethodDescription, ParameterDescription } from "../../../shared/methods";
import type { AttributionMap } from "../../../shared/result";
import type { Tensor } from "../../../shared/tensor";
import { DEEPLIFT_RULES } from "../../rules/differences";
import { DIFFERENCE_THRESHOLD } from "../../rules/differences/quotient";
import type { Composite } from "../../rules/rule";
import type { BackwardMap, BackwardResult, ModelSession } from "../../session/model-session";
import { combine, walk } from "../backward-method";
import type { PreparedRequest } from "../method";
import { flagOf, numberOf, textOf } from "../parameters";

export const PAPER =
	"Shrikumar, Greenside, Kundaje 2017, Learning important features through propagating activation differences, arXiv:1704.02685";

export const shared = {
	family: "reference differences",
	needs: { unit: true, input: true },
	at: "input",
	quantity: "signed",
	promisesCompleteness: true,
} as const satisfies Partial<MethodDescription>;

export const PARAMETERS: readonly ParameterDescription[] = [
	{
		name: "rule",
		type: "choice",
		default: "Rescale",
		choices: Object.keys(DEEPLIFT_RULES),
		help: "How activations are passed: Rescale (all that Captum has), RevealCancel (positive and negative contributions apart), or GenomicsDefault (Rescale behind convolutions, RevealCancel behind dense layers), as in deeplift 0.6.",
	},
	{
		name: "max_pooling",
		type: "choice",
		default: "complete",
		choices: ["complete", "captum"],
		help: "complete: a difference goes to the largest element of the input or of the reference, whichever is larger. captum: as Captum 0.9 has it, which loses its rule behind an activation and overwrites where windows overlap; then the sum may have a gap.",
	},
	{
		name: "multiply_by_inputs",
		type: "boolean",
		default: true,
		help: "Contributions: the multipliers times input minus reference; false gives the multipliers, whose sum means nothing (Captum: multiply_by_inputs).",
	},
	{
		name: "eps",
		type: "number",
		default: DIFFERENCE_THRESHOLD,
		min: 0,
		help: "Where an input of an activation differs from its reference by less, the gradient takes the place of the quotient (Captum: eps).",
	},
];

/** One walk from inputs against their references: both have the same batch. */
export async function walkDifferences(
	session: ModelSession,
	request: PreparedRequest,
	inputs: Readonly<Record<string, Tensor>>,
	references: Readonly<Record<string, Tensor>>,
): Promise<BackwardResult> {
	return walk(session, request, { composite: differenceComposite(request), reference: references }, inputs);
}

export function differenceComposite(request: PreparedRequest): Composite {
	const rule = DEEPLIFT_RULES[textOf(request, "rule")];
	if (!rule) throw new RangeError(`no rule ${textOf(request, "rule")}`);
	return rule({
		threshold: numberOf(request, "eps"),
		maxPooling: textOf(request, "max_pooling") as "complete" | "captum",
	});
}

/** Contributions, or multipliers where the request asks for them. */
export function differenceMap(request: PreparedRequest, map: BackwardMap): AttributionMap {
	const { at, tensor, channelAxis, activation, reference } = map;
	if (!flagOf(request, "multiply_by_inputs")) return { at, tensor, channelAxis };
	if (!reference) throw new RangeError("the walk had no reference");
	const away = combine(activation, reference, (x, from) => x - from);
	return { at, channelAxis, tensor: combine(tensor, away, (multiplier, delta) => multiplier * delta) };
}

/** f(x) - f(reference) of each example; nothing is promised of multipliers or of a start of one's own. */
export function promisedSum(request: PreparedRequest, result: BackwardResult): number[] | undefined {
	const { unitValue, referenceValue } = result;
	if (!referenceValue || request.start || !flagOf(request, "multiply_by_inputs")) return undefined;
	return Array.from(unitValue, (value, example) => value - (referenceValue[example] ?? 0));
}
