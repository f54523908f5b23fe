import type { GraphMessage, NodeMessage } from "../proto/schema";

/**
 * Nodes so that each follows those that make its inputs, which the standard asks for and some tools do not keep to;
 * nodes that are in order keep it. Nodes of a circle stay where they are.
 */
export function inOrder(nodes: readonly NodeMessage[]): NodeMessage[] {
	const makers = new Map<string, number>();
	for (const [index, node] of nodes.entries())
		for (const output of node.output ?? []) if (output !== "") makers.set(output, index);
	const sorted: NodeMessage[] = [];
	const state = new Array<"new" | "open" | "done">(nodes.length).fill("new");
	for (const start of nodes.keys()) {
		const stack = [start];
		for (let index = stack.at(-1); index !== undefined; index = stack.at(-1)) {
			const node = nodes[index] as NodeMessage;
			if (state[index] === "new") {
				state[index] = "open";
				const before = takenBy(node).flatMap((name) => makers.get(name) ?? []);
				for (const maker of before.reverse()) if (state[maker] === "new") stack.push(maker);
				continue;
			}
			stack.pop();
			if (state[index] === "done") continue;
			state[index] = "done";
			sorted.push(node);
		}
	}
	return sorted;
}

/** Values that a node takes, those that graphs inside it look at included. */
function takenBy({ input = [], attribute = [] }: NodeMessage): string[] {
	const inner = (graph: GraphMessage | undefined): string[] => (graph?.node ?? []).flatMap(takenBy);
	return [...input, ...attribute.flatMap(({ g }) => inner(g))];
}
