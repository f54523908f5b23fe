import { LaminaError, type LaminaErrorData, UnsupportedError } from "../../shared/errors";
import type { Tensor } from "../../shared/tensor";
import { OPS } from "../ops";
import type { OpDefinition, Params } from "../ops/op";
import type { Builder } from "../program/builder";
import { NumbersNeededError } from "../program/known";
import type { Dim, Value } from "../program/types";
import { constant } from "../program/vocabulary";
import { expandControlFlow } from "./control-flow";
import { resolveKnownAttrs } from "./known-attrs";
import type { Graph, GraphNode, GraphPort } from "./types";

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
	/** Ports whose numbers are needed to build more: shapes, axes and bounds that are inputs of the model. */
	readonly needed: ReadonlySet<string>;
}

export interface LoweringOptions {
	/** What the program calls the input of a port: another name than the port's gives a second forward pass. */
	readonly inputName?: (port: string) => string;
	/** Numbers of ports that are part of the program: another value needs another program. */
	readonly numbers?: Readonly<Record<string, Tensor>>;
}

/** Op of a node that the format's reader refused; attrs: `refusal` says why, `where` and `hint`. */
export const REFUSED = "Refused";

/**
 * Emits the forward pass. A layer that is not supported, or an op that does not take these shapes, blocks what depends
 * on it; everything else is lowered.
 * @param shapes of the inputs, by name of the port; the batch is free
 */
export function lowerGraph(
	b: Builder,
	graph: Graph,
	shapes: Readonly<Record<string, readonly Dim[]>>,
	{ inputName = (port) => port, numbers = {} }: LoweringOptions = {},
): LoweredGraph {
	const values = new Map<string, Value>();
	const nodes: LoweredNode[] = [];
	const blocked = new Map<string, Blockage>();
	for (const layer of graph.layers) {
		const error = layer.unsupported;
		if (error)
			for (const call of layer.calls)
				for (const value of call.outputs) blocked.set(value, { layer: layer.name, error });
	}
	const needed = new Set<string>();
	const ports = new Map<string, GraphPort>();
	for (const port of graph.inputs) {
		const shape = shapes[port.name];
		if (!shape) continue;
		const input = b.input(inputName(port.name), port.dtype, shape);
		const known = numbers[port.name];
		values.set(port.value, known ? constant(b, known.data, known.shape, port.dtype) : input);
		ports.set(inputName(port.name), port);
	}
	const block = (node: GraphNode, { needs = [], ...blockage }: Failure) => {
		for (const name of node.outputs) blocked.set(name, blockage);
		for (const input of needs) {
			const port = ports.get(input);
			if (port && canBeNumbers(port)) needed.add(port.name);
		}
	};
	const lower = (node: GraphNode) => {
		const blockage = [...node.inputs, ...Object.values(node.paramValues ?? {})]
			.map((name) => blocked.get(name) ?? (values.has(name) ? undefined : missing(node, name)))
			.find((found) => found !== undefined);
		if (blockage) return block(node, blockage);
		if (node.bodies) {
			const failure = attempt(node, () => expandControlFlow({ b, value: (name) => values.get(name), lower }, node));
			return failure && block(node, failure);
		}
		const lowered = lowerNode(b, node, values, OPS.get(node.op));
		if ("error" in lowered) return block(node, lowered);
		for (const [index, name] of node.outputs.entries())
			if (lowered.outputs[index]) values.set(name, lowered.outputs[index]);
		nodes.push(lowered);
	};
	for (const node of graph.nodes) lower(node);
	return { values, nodes, blocked, needed };
}

/** Integers, truths and a few reals (scales) can be part of a program; maps of reals are what it explains. */
const canBeNumbers = ({ dtype, shape, fixed }: GraphPort) => fixed && (dtype !== "float32" || shape.length <= 1);

function lowerNode(
	b: Builder,
	node: GraphNode,
	values: ReadonlyMap<string, Value>,
	op: OpDefinition | undefined,
): LoweredNode | Failure {
	if (!op) {
		const told = (name: string) => (typeof node.attrs[name] === "string" ? node.attrs[name] : undefined);
		const hint = told("hint");
		const error: LaminaErrorData = {
			code: "unsupported",
			message: told("refusal") ?? `the op ${node.op} is not supported`,
			where: told("where") ?? `layer ${node.layer}`,
			...(hint !== undefined && { hint }),
		};
		return { layer: node.layer, error };
	}
	const given = node.inputs.map((name) => values.get(name) as Value);
	let result: LoweredNode | undefined;
	const failure = attempt(node, () => {
		const { node: resolved, inputs } = resolveKnownAttrs(b, node, given);
		const params: Record<string, Value> = {};
		for (const [name, param] of Object.entries(node.params))
			params[name] = b.weight(param.weight, param.dtype, param.shape);
		for (const [name, value] of Object.entries(node.paramValues ?? {})) params[name] = values.get(value) as Value;
		result = { node: resolved, op, inputs, params, outputs: op.forward(b, inputs, params, resolved.attrs) };
	});
	return failure ?? (result as LoweredNode);
}

/** Why a node cannot be lowered. */
interface Failure extends Blockage {
	/** Inputs of the program with whose numbers it could be. */
	readonly needs?: readonly string[];
}

function attempt(node: GraphNode, lower: () => void): Failure | undefined {
	try {
		lower();
		return undefined;
	} catch (thrown) {
		if (!(thrown instanceof LaminaError)) throw thrown;
		const data = thrown.toData();
		const error = { ...data, where: data.where ?? `layer ${node.layer} (${node.op})` };
		return { layer: node.layer, error, ...(thrown instanceof NumbersNeededError && { needs: thrown.inputs }) };
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
