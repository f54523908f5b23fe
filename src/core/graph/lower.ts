import { LaminaError, type LaminaErrorData, UnsupportedError } from "../../shared/errors";
import { OPS } from "../ops";
import type { OpDefinition, Params } from "../ops/op";
import type { Builder } from "../program/builder";
import type { Dim, Value } from "../program/types";
import type { Graph, GraphNode } from "./types";

/** A node with the program values it takes and makes. */
export interface LoweredNode {
	readonly node: GraphNode;
	readonly op: OpDefinition;
	readonly inputs: readonly Value[];
	readonly params: Params;
	readonly outputs: readonly Value[];
}

/** Why a value cannot be computed: the layer that stands in the way, and what is wrong with it. */
export interface Blockage {
	readonly layer: string;
	readonly error: LaminaErrorData;
}

/** The forward pass of a graph inside a program. */
export interface LoweredGraph {
	/** Program values by the names of the graph's values; those that can be computed. */
	readonly values: ReadonlyMap<string, Value>;
	/** Nodes that can be computed, inputs first. */
	readonly nodes: readonly LoweredNode[];
	/** The other values. */
	readonly blocked: ReadonlyMap<string, Blockage>;
}

/**
 * Emits the forward pass. A layer that is not supported, or an op that does not take these shapes, blocks what depends
 * on it; everything else is lowered.
 * @param shapes of the inputs, by name of the port; the batch is free
 */
export function lowerGraph(b: Builder, graph: Graph, shapes: Readonly<Record<string, readonly Dim[]>>): LoweredGraph {
	const values = new Map<string, Value>();
	const nodes: LoweredNode[] = [];
	const blocked = new Map<string, Blockage>();
	for (const layer of graph.layers) {
		const error = layer.unsupported;
		if (error)
			for (const call of layer.calls)
				for (const value of call.outputs) blocked.set(value, { layer: layer.name, error });
	}
	for (const port of graph.inputs) {
		const shape = shapes[port.name];
		if (shape) values.set(port.value, b.input(port.name, port.dtype, shape));
	}
	for (const node of graph.nodes) {
		const blockage = node.inputs
			.map((name) => blocked.get(name) ?? (values.has(name) ? undefined : missing(node, name)))
			.find((found) => found !== undefined);
		const lowered = blockage ?? lowerNode(b, node, values, OPS.get(node.op));
		for (const [index, name] of node.outputs.entries()) {
			if ("error" in lowered) blocked.set(name, lowered);
			else if (lowered.outputs[index]) values.set(name, lowered.outputs[index]);
		}
		if (!("error" in lowered)) nodes.push(lowered);
	}
	return { values, nodes, blocked };
}

function lowerNode(
	b: Builder,
	node: GraphNode,
	values: ReadonlyMap<string, Value>,
	op: OpDefinition | undefined,
): LoweredNode | Blockage {
	if (!op) {
		const error: LaminaErrorData = {
			code: "unsupported",
			message: `the op ${node.op} is not supported`,
			where: `layer ${node.layer}`,
		};
		return { layer: node.layer, error };
	}
	const inputs = node.inputs.map((name) => values.get(name) as Value);
	try {
		const params: Record<string, Value> = {};
		for (const [name, param] of Object.entries(node.params))
			params[name] = b.weight(param.weight, param.dtype, param.shape);
		return { node, op, inputs, params, outputs: op.forward(b, inputs, params, node.attrs) };
	} catch (thrown) {
		if (!(thrown instanceof LaminaError)) throw thrown;
		const data = thrown.toData();
		return { layer: node.layer, error: { ...data, where: data.where ?? `layer ${node.layer} (${node.op})` } };
	}
}

function missing(node: GraphNode, name: string): Blockage {
	return {
		layer: node.layer,
		error: {
			code: "unreadable",
			message: `nothing makes the value ${name}`,
			where: `layer ${node.layer} (${node.op})`,
		},
	};
}

/**
 * The program value of a graph value.
 * @param where what was asked for, for the message
 * @throws UnsupportedError naming the layer that stands in the way
 */
export function requireValue(lowered: LoweredGraph, name: string, where: string): Value {
	const value = lowered.values.get(name);
	if (value) return value;
	const blockage = lowered.blocked.get(name);
	if (!blockage) throw new UnsupportedError(`"${where}" cannot be computed: nothing in the model makes it`, where);
	const { layer, error } = blockage;
	throw new UnsupportedError(
		where === layer
			? `"${where}" cannot be computed. ${error.message}`
			: `"${where}" cannot be computed: layer "${layer}" stands in the way. ${error.message}`,
		error.where ?? `layer ${layer}`,
		error.hint ?? "Layers that do not depend on it still work.",
	);
}
