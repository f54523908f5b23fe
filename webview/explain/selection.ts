import type { MethodDescription } from "../../src/shared/methods";
import type { ExplainRequest } from "../../src/shared/protocol";
import type { ChosenMethod } from "../state/view-state";
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
	family !== "what-if" && !needs.dataset && !needs.batch && !needs.pooled;

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
	};
}
