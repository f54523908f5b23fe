import { OPS } from "../ops";
import type { Graph, GraphNode } from "./types";

/** An attention of the model: the weights of a softmax, and the product that weighs values with them. */
export interface AttentionBlock {
	/** Layer of the softmax. */
	readonly layer: string;
	/** Id of the softmax node. */
	readonly softmax: string;
	/** Value of the weights, [N, other axes, heads, query axes, key axes]; [N, queries, keys] where there is one head. */
	readonly weights: string;
	/** What goes into the softmax, before masks. */
	readonly scores: string;
	/** Value of what the heads give; absent where the layout of the product is not known. */
	readonly context?: string;
	/** Axis of the heads in the weights and in the context, from the end. */
	readonly weightsAxis: number;
	readonly contextAxis: number;
}

/** Ops that leave attention weights what they are: masks, scaling, dropout. */
export const HANDS_ON: ReadonlySet<string> = new Set([
	"Identity",
	"Dropout",
	"MaskedFill",
	"WhereAllowed",
	"Cast",
	"MulConstant",
	"DivConstant",
	"ConstantMul",
]);
/** Masks on the way from products to the softmax. */
const MASKS = new Set(["Identity", "MaskedFill", "WhereAllowed", "Select", "SelectConstant"]);

const found = new WeakMap<Graph["nodes"], readonly AttentionBlock[]>();

/** Every attention of a graph, found by its form: a softmax whose output is a factor of a product. */
export function attentionBlocks(graph: Graph): readonly AttentionBlock[] {
	const known = found.get(graph.nodes) ?? search(graph);
	found.set(graph.nodes, known);
	return known;
}

function search(graph: Graph): AttentionBlock[] {
	const readers = new Map<string, GraphNode[]>();
	const makers = new Map<string, GraphNode>();
	for (const node of graph.nodes) {
		for (const name of node.inputs) readers.set(name, [...(readers.get(name) ?? []), node]);
		for (const name of node.outputs) makers.set(name, node);
	}
	return graph.nodes.flatMap((node) => {
		if (OPS.get(node.op)?.kind !== "softmax" || node.op === "LogSoftmax") return [];
		const product = productOf(node, readers);
		return product ? [blockOf(node, product, makers)] : [];
	});
}

interface Product {
	readonly node: GraphNode;
	readonly weights: string;
}

/** The product that reads a softmax, with nothing but masks, dropout and scaling between. */
function productOf(softmax: GraphNode, readers: ReadonlyMap<string, readonly GraphNode[]>): Product | undefined {
	const open = [softmax.outputs[0] as string];
	for (let name = open.pop(); name !== undefined; name = open.pop()) {
		for (const node of readers.get(name) ?? []) {
			if (HANDS_ON.has(node.op) && node.inputs[0] === name) open.push(node.outputs[0] as string);
			else if (OPS.get(node.op)?.kind === "bilinear" && node.op !== "Mul") return { node, weights: name };
		}
	}
	return undefined;
}

function blockOf(
	softmax: GraphNode,
	{ node, weights }: Product,
	makers: ReadonlyMap<string, GraphNode>,
): AttentionBlock {
	const axes = node.op === "AttentionContext" && Array.isArray(node.attrs.axes) ? node.attrs.axes.length : 1;
	const [context] = node.outputs;
	const isKnown = node.op === "AttentionContext" || (node.op === "MatMul" && node.inputs[0] === weights);
	return {
		layer: softmax.layer,
		softmax: softmax.id,
		weights,
		scores: unmasked(softmax.inputs[0] as string, makers),
		...(isKnown && context !== undefined && { context }),
		weightsAxis: -(2 * axes + 1),
		contextAxis: node.op === "AttentionContext" ? -2 : -3,
	};
}

/** Goes back over masks, along the input that they fill. */
function unmasked(value: string, makers: ReadonlyMap<string, GraphNode>): string {
	let name = value;
	for (let node = makers.get(name); node && MASKS.has(node.op); node = makers.get(name)) {
		const filled =
			node.op === "Select" || node.op === "SelectConstant" ? node.inputs.slice(1) : node.inputs.slice(0, 1);
		const varying = filled.filter((input) => makers.get(input)?.op !== "Constant");
		if (varying.length !== 1) break;
		name = varying[0] as string;
	}
	return name;
}
