import type { OpenedModel } from "../../formats/format";

/**
 * A canonisation: rewrites a model into one that computes the same but is easier to explain. Passes are optional and
 * named; the names of those that were applied stand in `graph.passes` and in every result.
 */
export interface Pass {
	readonly id: string;
	/** One sentence for people. */
	readonly title: string;
	/** Names of layers and of the values that places can name stay as they are, unless the doc comment says so. */
	/** @param keep names of values that must still mean what they mean in the file */
	apply(model: OpenedModel, keep: ReadonlySet<string>): OpenedModel;
}
