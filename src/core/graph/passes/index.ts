import { InvalidRequestError } from "../../../shared/errors";
import type { OpenedModel } from "../../formats/format";
import { foldBatchNorm } from "./fold-batch-norm";
import { mergeBias } from "./merge-bias";
import type { Pass } from "./pass";

/** Every pass; one file and one line each. */
export const PASSES: readonly Pass[] = [mergeBias, foldBatchNorm];

/**
 * Applies passes in the order in which they are named.
 * @param keep names of values that must still mean what they mean in the file: those that are explained
 * @throws InvalidRequestError for an unknown pass
 */
export function canonise(
	model: OpenedModel,
	ids: readonly string[],
	keep: ReadonlySet<string> = new Set(),
): OpenedModel {
	let canonised = model;
	for (const id of ids) {
		const pass = PASSES.find((candidate) => candidate.id === id);
		if (!pass)
			throw new InvalidRequestError(
				`there is no canonisation pass "${id}"`,
				id,
				`The passes are ${PASSES.map((known) => known.id).join(", ")}.`,
			);
		const { graph, weights } = pass.apply(canonised, keep);
		canonised = { graph: { ...graph, passes: [...graph.passes, id] }, weights };
	}
	return canonised;
}
