import type { OpenedModel } from "../../formats/format";
import type { Graph } from "../types";

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

/** How many nodes and outputs read each value. */
export function countReaders(graph: Graph): Map<string, number> {
	const readers = new Map<string, number>();
	const read = (name: string) => readers.set(name, (readers.get(name) ?? 0) + 1);
	for (const node of graph.nodes)
		for (const name of [...node.inputs, ...Object.values(node.paramValues ?? {})]) read(name);
	for (const port of graph.outputs) read(port.value);
	return readers;
}
