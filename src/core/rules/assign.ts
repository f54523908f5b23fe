import { downstream, upstream } from "../graph/reach";
import type { Graph } from "../graph/types";
import { compositeContexts } from "./depth";
import type { Composite } from "./rule";
import type { WalkNode } from "./walk";

/** The rule that a composite gives one op on the way back. */
export interface AssignedRule {
	readonly layer: string;
	readonly op: string;
	/** Id of the rule, with its parameters. */
	readonly rule: string;
	/** Why the walk cannot pass here, where it cannot. */
	readonly refusal?: string;
}

/** The rules of all ops between a unit and the places of its maps, the unit's first; nothing is emitted. */
export function assignRules(
	graph: Graph,
	nodes: readonly WalkNode[],
	composite: Composite,
	seeds: ReadonlySet<string>,
	wanted: ReadonlySet<string>,
): AssignedRule[] {
	const needed = upstream(nodes, seeds);
	const leads = downstream(nodes, wanted);
	const contexts = compositeContexts(graph, nodes, seeds);
	return [...nodes].reverse().flatMap(({ node, op }): AssignedRule[] => {
		if (!node.outputs.some((name) => needed.has(name)) || !node.inputs.some((name) => leads.has(name))) return [];
		const rule = composite.rule(node, op, contexts(node));
		const { layer } = node;
		return [{ layer, op: node.op, rule: rule.id, ...(rule.refusal && { refusal: rule.refusal(node) }) }];
	});
}
