import { downstream } from "../graph/reach";
import type { Graph } from "../graph/types";
import type { Builder } from "../program/builder";
import type { Value } from "../program/types";
import { add } from "../program/vocabulary";
import { compositeContexts } from "./depth";
import { contributions, joinedInputs } from "./differences/contributions";
import type { Ledger } from "./ledger";
import type { BackwardStep, Composite, SourceNode } from "./rule";

/** One node after lowering: what a rule may look at. */
export type WalkNode = Omit<SourceNode, "reference">;

export interface Walk {
	readonly b: Builder;
	readonly graph: Graph;
	/** In an order in which inputs come first. */
	readonly nodes: readonly WalkNode[];
	/** The same nodes on the reference input, for composites that compare with one. */
	readonly reference?: readonly WalkNode[];
	readonly composite: Composite;
	/** What starts at values of the graph, by name. */
	readonly seeds: ReadonlyMap<string, Value>;
	/** Names of values. */
	readonly wanted: ReadonlySet<string>;
	/** Where it is noted what each node takes in and hands on. */
	readonly ledger?: Ledger;
}

/**
 * Walks the lowered graph backwards and emits, for each wanted value, the gradient or relevance that reaches it.
 * Only nodes that lie between a seed and a wanted value are visited; what arrives at a value on several ways is added.
 * @returns by name; wanted values that no seed depends on are absent (zero)
 */
export function walkBackward(walk: Walk): Map<string, Value> {
	const { b, graph, nodes, reference, composite, seeds, wanted, ledger } = walk;
	const leads = downstream(nodes, wanted);
	const varies = dependents(b);
	const contexts = compositeContexts(graph, nodes, new Set(seeds.keys()));
	const sources = sourceNodes(nodes, reference);
	const arrived = new Map(seeds);
	const spread = new Map<string, Value>();
	/** Where a spread came from, by the value that it arrived at: a node that reads it. */
	const readers = new Map<string, { step: BackwardStep; input: number }>();
	const put = (values: Map<string, Value>, name: string, part: Value) => {
		const before = values.get(name);
		values.set(name, before ? add(b, before, part) : part);
	};
	/** The one number of what arrived at a value. */
	const joined = (name: string): Value | undefined => {
		const [reader, apart] = [readers.get(name), spread.get(name)];
		if (!reader || !apart || !composite.join) return arrived.get(name);
		return composite.join(reader.step, reader.input, arrived.get(name), apart);
	};
	for (const source of [...sources.nodes].reverse()) {
		const { node, op } = source;
		const isWanted = node.inputs.map((name) => leads.has(name));
		const relevance = node.outputs.map((name) => arrived.get(name));
		if (!isWanted.includes(true) || relevance.every((value) => value === undefined)) continue;
		const rule = composite.rule(node, op, contexts(node));
		const step: BackwardStep = {
			...source,
			b,
			relevance,
			wanted: isWanted,
			varies: source.inputs.map((value) => varies.has(value.id)),
			spread: node.outputs.map((name) => spread.get(name)),
			sourceOf: (name) => sources.byValue.get(name),
			...(ledger && { account: ledger.account }),
		};
		const parts = rule.backward(step).map((part, index) => (isWanted[index] ? part : undefined));
		const spreads = (rule.spread?.(step) ?? []).map((part, index) => (isWanted[index] ? part : undefined));
		ledger?.note(step, rule, {
			received: step.reference
				? contributions(b, node.outputs.map(joined), step.outputs, step.reference.outputs)
				: relevance,
			passed: step.reference
				? contributions(b, joinedInputs(composite, step, parts, spreads), step.inputs, step.reference.inputs)
				: parts,
		});
		for (const [index, name] of node.inputs.entries()) {
			if (parts[index]) put(arrived, name, parts[index]);
			if (!spreads[index]) continue;
			put(spread, name, spreads[index]);
			readers.set(name, { step, input: index });
		}
	}
	for (const name of wanted) {
		const value = joined(name);
		if (value) arrived.set(name, value);
	}
	return new Map([...arrived].filter(([name]) => wanted.has(name)));
}

/** Ids of the values that depend on an input of the program: what is made of weights and shapes alone does not. */
function dependents(b: Builder): ReadonlySet<number> {
	const found = new Set<number>();
	for (let id = 0; id < b.length; id++) {
		const { op, inputs } = b.instruction(id);
		if (op === "input" || inputs.some((input) => found.has(input))) found.add(id);
	}
	return found;
}

/** Nodes with what they are on the reference input, and which of them makes a value. */
function sourceNodes(nodes: readonly WalkNode[], reference: readonly WalkNode[] | undefined) {
	const onReference = new Map(reference?.map(({ node, inputs, outputs }) => [node.id, { inputs, outputs }]));
	const joined = nodes.map((node): SourceNode => {
		const values = onReference.get(node.node.id);
		return values ? { ...node, reference: values } : node;
	});
	return { nodes: joined, byValue: new Map(joined.flatMap((node) => node.node.outputs.map((name) => [name, node]))) };
}
