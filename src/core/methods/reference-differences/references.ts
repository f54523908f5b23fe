import { InvalidRequestError } from "../../../shared/errors";
import type { Tensor } from "../../../shared/tensor";
import { concatTensors, sliceTensor } from "../../session/inputs";
import type { ModelSession } from "../../session/model-session";
import { baselineOf, tokenBaseline } from "../baselines";
import { explainedInputs, repeatExamples } from "../examples";
import type { PreparedRequest } from "../method";

type Inputs = Readonly<Record<string, Tensor>>;

/** The reference of each example for each input: what is held is its own reference; of a model without real inputs, the tokens'. */
export function referenceInputs(session: ModelSession, request: PreparedRequest): Record<string, Tensor> {
	const { inputs } = session.graph;
	const references: Record<string, Tensor> = { ...request.inputs };
	if (inputs.some((port) => port.dtype === "float32")) {
		for (const { name, tensor, channelAxis } of explainedInputs(session, request))
			references[name] = baselineOf(request, name, tensor, channelAxis);
		return references;
	}
	for (const { name } of inputs) {
		const tensor = request.inputs[name];
		if (tensor && !request.held?.includes(name)) references[name] = tokenBaseline(request, name, tensor);
	}
	return references;
}

/**
 * References as a set that every example is compared with: one after the other, each with the batch of the inputs.
 * What is given as a batch of several is that set; what is not is the same for all of it.
 * @throws InvalidRequestError for sets of different sizes or for rows that do not have the input's shape
 */
export function referenceSet(
	session: ModelSession,
	request: PreparedRequest,
): { size: number; at(row: number): Inputs } {
	const sets = Object.entries(request.baselines ?? {}).filter(([name, { shape }]) =>
		isSet(request.inputs[name], shape),
	);
	const [first] = sets;
	const size = first?.[1].shape[0] ?? 1;
	for (const [name, { shape }] of sets) {
		if (shape[0] === size) continue;
		throw new InvalidRequestError(
			`there are ${size} references of "${first?.[0]}", but ${shape[0]} of "${name}"`,
			name,
			"The rows of all inputs make up one reference.",
		);
	}
	return {
		size,
		at(row) {
			const rows = Object.fromEntries(sets.map(([name, set]) => [name, sliceTensor(set, row, row + 1)]));
			return referenceInputs(session, { ...request, baselines: { ...request.baselines, ...rows } });
		},
	};
}

const isSet = (input: Tensor | undefined, shape: readonly number[]): boolean =>
	input !== undefined && shape.length === input.shape.length && (shape[0] ?? 1) > 1;

/** The examples once for each of `rows` references, and those references; all examples at the first one come first. */
export function againstRows(inputs: Inputs, set: ReturnType<typeof referenceSet>, rows: readonly number[]) {
	const references = rows.map((row) => set.at(row));
	const names = Object.keys(references[0] ?? {});
	return {
		inputs: repeatExamples(inputs, rows.length),
		references: Object.fromEntries(
			names.map((name) => [name, concatTensors(references.map((reference) => reference[name] as Tensor))]),
		),
	};
}
