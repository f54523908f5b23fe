import type { GraphBody, GraphNode } from "./types";

type Rename = (name: string) => string;

/** A node with other names for its values, in the graphs inside of it too. */
export function renamedNode(node: GraphNode, rename: Rename): GraphNode {
	return {
		...node,
		inputs: node.inputs.map(rename),
		outputs: node.outputs.map(rename),
		...(node.paramValues && {
			paramValues: Object.fromEntries(Object.entries(node.paramValues).map(([key, name]) => [key, rename(name)])),
		}),
		...(node.bodies && {
			bodies: Object.fromEntries(Object.entries(node.bodies).map(([key, body]) => [key, renamedBody(body, rename)])),
		}),
	};
}

function renamedBody(body: GraphBody, rename: Rename): GraphBody {
	return {
		inputs: body.inputs.map(rename),
		nodes: body.nodes.map((node) => renamedNode(node, rename)),
		outputs: body.outputs.map(rename),
	};
}

/** Values that a graph inside of a node takes from around it. */
export function valuesFromOutside(body: GraphBody): string[] {
	const own = new Set([...body.inputs, ...body.nodes.flatMap(({ outputs }) => outputs)]);
	const taken = body.nodes.flatMap((node) => [...node.inputs, ...Object.values(node.paramValues ?? {})]);
	return [...new Set([...taken, ...body.outputs].filter((name) => !own.has(name)))];
}
