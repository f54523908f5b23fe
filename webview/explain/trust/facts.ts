import type { MethodDescription } from "../../../src/shared/methods";
import type { ExplanationResult } from "../../../src/shared/result";
import { formatMilliseconds, formatNumber, formatPercent } from "../../state/format";
import { describeParameters } from "../ask/parameters";

/** A number that tells how far a map can be trusted, or how it was made. */
export interface TrustFact {
	id: string;
	label: string;
	value: string;
	/** What it means, in a sentence or two. */
	help: string;
	/** Only what is bad has a colour. */
	isBad?: boolean;
}

/** A gap above this share of what was to be explained means that the map leaves something out. */
const BAD_GAP = 0.05;

export function trustFacts(method: MethodDescription, { provenance, progress }: ExplanationResult): TrustFact[] {
	const { completeness, parameters, engine, milliseconds, passes, seed, unitValue, preprocess } = provenance;
	const facts: TrustFact[] = [completenessFact(method, completeness, progress)];
	if (unitValue !== undefined) {
		facts.push({
			id: "unit",
			label: "unit value",
			value: formatNumber(unitValue),
			help: `What ${provenance.unit ?? "the unit"} gives on this input: the number that is explained.`,
		});
	}
	const count = Object.keys(parameters).length;
	if (count > 0) {
		facts.push({
			id: "parameters",
			label: "parameters",
			value: String(count),
			help: describeParameters(parameters),
		});
	}
	if (seed !== undefined)
		facts.push({
			id: "seed",
			label: "seed",
			value: String(seed),
			help: "The method draws random numbers; the same seed gives the same map.",
		});
	facts.push({
		id: "passes",
		label: "passes",
		value: passes.length === 0 ? "none" : String(passes.length),
		help:
			passes.length === 0
				? "The model is explained as the file has it."
				: `How the model was rewritten before it was explained, with the same outputs: ${passes.join(", ")}.`,
	});
	if (preprocess)
		facts.push({ id: "preprocessing", label: "preprocess", value: "recorded", help: JSON.stringify(preprocess) });
	facts.push({
		id: "engine",
		label: "engine",
		value: shortEngine(engine),
		help: `${engine}. Lamina ${provenance.version}.`,
	});
	facts.push({
		id: "time",
		label: "took",
		value: formatMilliseconds(milliseconds),
		help: "From asking to the map, loading and compiling included.",
	});
	return facts;
}

function completenessFact(
	method: MethodDescription,
	completeness: ExplanationResult["provenance"]["completeness"],
	progress: number,
): TrustFact {
	const base = { id: "completeness", label: "completeness gap" };
	if (!method.promisesCompleteness)
		return {
			...base,
			value: "–",
			help: `${method.title} does not promise that its map sums to the unit's value, so there is no gap to tell.`,
		};
	if (!completeness)
		return {
			...base,
			value: progress < 1 ? "…" : "–",
			help:
				progress < 1
					? "Told when the method has finished."
					: "With these parameters the map has no sum that could be checked.",
		};
	const { sum, expected, gap } = completeness;
	const share = expected === 0 ? Math.abs(sum) : Math.abs(gap);
	const isBad = !(share <= BAD_GAP);
	return {
		...base,
		value: expected === 0 ? formatNumber(sum) : formatPercent(share),
		isBad,
		help: `The map sums to ${formatNumber(sum)} and should sum to ${formatNumber(expected)}.${isBad ? " More than 5 % is missing or too much: read the map with care, or refine the parameters." : ""}`,
	};
}

const shortEngine = (title: string): string =>
	/wasm/i.test(title) ? "WASM" : /native/i.test(title) ? "native" : title;

/** Lines that tell how a map was made, for a caption, the clipboard and a paper. */
export function citation(method: MethodDescription, { provenance }: ExplanationResult): string {
	const { unit, input, model, parameters, seed, passes, engine, completeness, version } = provenance;
	const lines = [
		`${method.title}. ${method.paper}`,
		`Reference implementation: ${method.reference}`,
		`Model: ${model}`,
		...(unit ? [`Unit: ${unit}`] : []),
		...(input ? [`Input: ${input}`] : []),
		...(Object.keys(parameters).length > 0 ? [`Parameters: ${describeParameters(parameters)}`] : []),
		...(seed !== undefined ? [`Seed: ${seed}`] : []),
		...(passes.length > 0 ? [`Canonisation: ${passes.join(", ")}`] : []),
		...(completeness
			? [`Completeness: sum ${formatNumber(completeness.sum)}, expected ${formatNumber(completeness.expected)}`]
			: []),
		`Computed with Lamina ${version} (${engine})`,
	];
	return lines.join("\n");
}
