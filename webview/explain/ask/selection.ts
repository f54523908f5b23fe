import type { MethodDescription } from "../../../src/shared/methods";
import type { ExplainRequest } from "../../../src/shared/protocol";
import type { ExplanationResult } from "../../../src/shared/result";
import type { ChosenMethod } from "../../state/view-state";
import { changedParameters } from "./parameters";

/** Methods that answer "why": the others show what a layer holds, in the tabs of the layer. */
export const explainMethods = (methods: readonly MethodDescription[]): MethodDescription[] =>
	methods.filter(({ needs, family }) => needs.input && family !== "inspection");

export interface Family {
	name: MethodDescription["family"];
	methods: MethodDescription[];
}

/** In the order of the registry. */
export function byFamily(methods: readonly MethodDescription[]): Family[] {
	const families: Family[] = [];
	for (const method of methods) {
		const family = families.find(({ name }) => name === method.family);
		if (family) family.methods.push(method);
		else families.push({ name: method.family, methods: [method] });
	}
	return families;
}

/** Methods that explain any unit on one input; a data set, several inputs or a certain model are for the person to bring. */
const explainsAnything = ({ needs, family }: MethodDescription): boolean =>
	family !== "what-if" && !needs.dataset && !needs.batch && !needs.pooled && !needs.attention;

/** One method of each family that answers at once: perturbations run the model hundreds of times. */
export function quickPreset(methods: readonly MethodDescription[]): ChosenMethod[] {
	return byFamily(methods.filter(explainsAnything))
		.filter(({ name }) => name !== "perturbation")
		.flatMap(({ methods: [first] }) => (first ? [{ id: first.id, parameters: {} }] : []));
}

export const thoroughPreset = (methods: readonly MethodDescription[]): ChosenMethod[] =>
	methods.filter(explainsAnything).map(({ id }) => ({ id, parameters: {} }));

/** What is asked of the host for a chosen method. */
export function requestOf(method: MethodDescription, chosen: ChosenMethod, unit: string | undefined): ExplainRequest {
	return {
		method: method.id,
		parameters: changedParameters(method, chosen.parameters),
		...(unit && method.needs.unit && { unit }),
		...(chosen.at && method.at !== "none" && { at: chosen.at }),
		...(method.family === "relevance" && { ledger: true }),
	};
}

/** Titles of maps that a result has several of; one map needs none. */
export const mapTitles = ({ maps }: ExplanationResult): string[] =>
	maps.length > 1 ? maps.map(({ title, at }) => title ?? at) : [];

/** Index of the map that is shown where `wanted` was chosen: the last one, if a newer result has fewer maps. */
export const shownMap = ({ maps }: ExplanationResult, wanted: number): number =>
	Math.min(wanted, Math.max(0, maps.length - 1));

/** Methods of which a text names the title, the question, the family or the paper, word by word. */
export function search(methods: readonly MethodDescription[], text: string): MethodDescription[] {
	const words = text.toLowerCase().split(/\s+/).filter(Boolean);
	return methods.filter(({ id, title, family, answers, paper }) => {
		const whole = [id, title, family, answers, paper].join(" ").toLowerCase();
		return words.every((word) => whole.includes(word));
	});
}

/** What a method wants beyond one input and a unit; a person should know it before choosing. */
export function wants({ needs, at }: MethodDescription): string | undefined {
	if (needs.dataset) return "needs a labelled data set, named under Parameters";
	if (needs.batch) return "needs several inputs at once: an .npy or .npz of a batch";
	if (needs.attention) return "for transformers";
	if (needs.pooled) return "for classifiers on globally pooled maps";
	if (at === "required") return "needs a layer, chosen under Parameters";
	if (needs.spatial) return "for maps with positions";
	return undefined;
}
