import { type AttentionBlock, attentionBlocks } from "./attention";
import { upstream } from "./reach";
import type { Graph, GraphNode } from "./types";

/** What a block adds to the residual stream. */
export interface Branch {
	/** Value that is added. */
	readonly value: string;
	/** Value of the stream that it reads, and of the stream behind it. */
	readonly before: string;
	readonly after: string;
	/** The attention in it; absent for MLPs. */
	readonly attention?: AttentionBlock;
}

/** The residual stream of a transformer: a sum to which each block adds what it makes of the sum so far. */
export interface ResidualStream {
	/** In the order of the graph. */
	readonly branches: readonly Branch[];
	/** What the stream begins with: embeddings of tokens, of positions. */
	readonly embeddings: readonly string[];
	/** A constant is added to them: an embedding of positions that no input decides. */
	readonly hasConstant: boolean;
	/** The first and the last value of the stream. */
	readonly first: string;
	readonly last: string;
	/** Ids of the nodes that read the stream into a branch. */
	readonly readers: ReadonlySet<string>;
}

/** The stream that ends before a value, found by its form: additions one of whose summands is made of the other. */
export function residualStream(graph: Graph, value: string): ResidualStream | undefined {
	const nodes = graph.nodes.map((node) => ({ node }));
	const makers = new Map(graph.nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
	const before = upstream(nodes, new Set([value]));
	const known = new Map<string, ReadonlySet<string>>();
	const madeOf = (name: string) => {
		const found = known.get(name) ?? upstream(nodes, new Set([name]));
		known.set(name, found);
		return found;
	};
	/** The stream and the branch that an addition joins. */
	const parts = (node: GraphNode | undefined): readonly [stream: string, branch: string] | undefined => {
		const [a, b, ...others] = node?.op === "Add" ? node.inputs : [];
		if (a === undefined || b === undefined || others.length > 0 || a === b) return undefined;
		if (makers.get(a)?.op === "Constant" || makers.get(b)?.op === "Constant") return undefined;
		return madeOf(b).has(a) ? [a, b] : madeOf(a).has(b) ? [b, a] : undefined;
	};
	const end = [...graph.nodes].reverse().find((node) => node.outputs.some((name) => before.has(name)) && parts(node));
	const last = end?.outputs[0];
	if (last === undefined) return undefined;
	const blocks = attentionBlocks(graph);
	const branches: Branch[] = [];
	const additions = new Set<string>();
	let first = last;
	for (
		let node = makers.get(first), joined = parts(node);
		node && joined;
		node = makers.get(first), joined = parts(node)
	) {
		const [stream, branch] = joined;
		// What the stream was made of before belongs to earlier branches.
		const own = new Set([...madeOf(branch)].filter((name) => !madeOf(stream).has(name)));
		const attention = blocks.find(({ weights }) => own.has(weights));
		branches.unshift({ value: branch, before: stream, after: first, ...(attention && { attention }) });
		additions.add(node.id);
		first = stream;
	}
	const streams = new Set(branches.map((branch) => branch.before));
	const readers = graph.nodes.filter(
		({ id, inputs }) => !additions.has(id) && inputs.some((name) => streams.has(name)),
	);
	const start = makers.get(first);
	const isSum = start !== undefined && /^(Add|AddConstant|ConstantAdd)$/.test(start.op);
	return {
		branches,
		embeddings: isSum ? start.inputs : [first],
		hasConstant: isSum && start.op !== "Add",
		first,
		last,
		readers: new Set(readers.map(({ id }) => id)),
	};
}
