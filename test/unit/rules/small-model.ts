import { createHash } from "node:crypto";
import { createEagerEngine } from "../../../src/core/engine/eager/engine";
import type { Engine } from "../../../src/core/engine/engine";
import type { OpenedModel } from "../../../src/core/formats/format";
import type { WeightInfo, WeightStore } from "../../../src/core/formats/weights";
import type { Attr, Graph, GraphLayer, GraphNode, GraphPort, ParamRef } from "../../../src/core/graph/types";
import type { ModelSession } from "../../../src/core/session/model-session";
import { Session } from "../../../src/core/session/session";
import { type DType, float32, type Tensor } from "../../../src/shared/tensor";

/** Weights held in memory. */
export class MemoryWeights implements WeightStore {
	constructor(private readonly tensors: ReadonlyMap<string, Tensor>) {}

	list(): WeightInfo[] {
		return [...this.tensors.keys()].map((name) => this.info(name));
	}
	info(name: string): WeightInfo {
		return { name, shape: this.get(name).shape, dtype: this.get(name).dtype, where: "memory" };
	}
	async read(name: string): Promise<Tensor> {
		return this.get(name);
	}
	async fingerprint(name: string): Promise<string> {
		const { data, shape } = this.get(name);
		return createHash("sha256")
			.update(shape.join())
			.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
			.digest("hex");
	}
	close(): void {}

	private get(name: string): Tensor {
		const tensor = this.tensors.get(name);
		if (!tensor) throw new Error(`no weight ${name}`);
		return tensor;
	}
}

interface LayerOptions {
	attrs?: Record<string, Attr>;
	params?: Record<string, Tensor>;
	/** Op of a fused activation. */
	activation?: string;
	channelAxis?: number;
	type?: string;
}

/** Writes a graph layer by layer, as a format would; values are named after their layers. */
export class SmallModel {
	private readonly nodes: GraphNode[] = [];
	private readonly layers: GraphLayer[] = [];
	private readonly inputs: GraphPort[] = [];
	private readonly outputs: GraphPort[] = [];
	private readonly weights = new Map<string, Tensor>();

	/** @param shape of an example */
	input(
		name: string,
		shape: readonly (number | null)[],
		options: { channelAxis?: number; dtype?: DType } = {},
	): string {
		this.inputs.push({ name, value: name, shape: [null, ...shape], dtype: options.dtype ?? "float32", layer: name });
		this.addLayer(
			name,
			"InputLayer",
			[],
			[name],
			[],
			undefined,
			options.channelAxis ?? (shape.length > 0 ? shape.length : -1),
		);
		return name;
	}

	/** Adds a layer of one node, and one more for its fused activation; returns the name of its output. */
	layer(name: string, op: string, inputs: string | readonly string[], options: LayerOptions = {}): string {
		const taken = typeof inputs === "string" ? [inputs] : inputs;
		const params: Record<string, ParamRef> = {};
		for (const [param, tensor] of Object.entries(options.params ?? {})) {
			this.weights.set(`${name}/${param}`, tensor);
			params[param] = { weight: `${name}/${param}`, shape: tensor.shape, dtype: tensor.dtype };
		}
		const before = options.activation ? `${name}:pre` : name;
		const ids = [`${name}/${op}`];
		this.nodes.push({
			id: `${name}/${op}`,
			op,
			inputs: taken,
			outputs: [before],
			attrs: options.attrs ?? {},
			params,
			layer: name,
		});
		if (options.activation) {
			ids.push(`${name}/${options.activation}`);
			this.nodes.push({
				id: `${name}/${options.activation}`,
				op: options.activation,
				inputs: [before],
				outputs: [name],
				attrs: {},
				params: {},
				layer: name,
			});
		}
		this.addLayer(
			name,
			options.type ?? op,
			taken,
			[name],
			ids,
			options.activation && before,
			options.channelAxis ?? -1,
		);
		return name;
	}

	/** A further call of a layer that is there already; its output is `name#call`. */
	callAgain(name: string, input: string): string {
		const layer = this.layers.find((candidate) => candidate.name === name);
		const first = this.nodes.find((node) => node.layer === name);
		if (!layer || !first) throw new Error(`no layer ${name}`);
		const output = `${name}#${layer.calls.length}`;
		this.nodes.push({ ...first, id: `${first.id}#${layer.calls.length}`, inputs: [input], outputs: [output] });
		const calls = [
			...layer.calls,
			{ inputs: [input], outputs: [output], nodes: [`${first.id}#${layer.calls.length}`] },
		];
		this.layers[this.layers.indexOf(layer)] = { ...layer, calls };
		return output;
	}

	/** A layer whose class is not known: it has a name and a place, and nothing that computes it. */
	unsupported(name: string, input: string): string {
		this.addLayer(name, "Mystery", [input], [name], [], undefined, -1);
		const layer = this.layers.pop() as GraphLayer;
		this.layers.push({
			...layer,
			unsupported: {
				code: "unsupported",
				message: "the layer class Mystery is not supported",
				where: `layers/${name}`,
			},
		});
		return name;
	}

	output(value: string): this {
		this.outputs.push({ name: value, value, shape: [null], dtype: "float32", layer: value.replace(/#.*$/, "") });
		return this;
	}

	build(): OpenedModel {
		const graph: Graph = {
			format: { id: "test", title: "In memory" },
			inputs: this.inputs,
			outputs: this.outputs,
			nodes: this.nodes,
			layers: this.layers,
			notices: [],
			passes: [],
		};
		return { graph, weights: new MemoryWeights(this.weights) };
	}

	private addLayer(
		name: string,
		type: string,
		inputs: readonly string[],
		outputs: readonly string[],
		nodes: readonly string[],
		preActivation: string | undefined,
		channelAxis: number,
	): void {
		const call = { inputs, outputs, nodes, ...(preActivation !== undefined && { preActivation }) };
		this.layers.push({
			name,
			type,
			depth: 0,
			calls: [call],
			weights: [],
			config: {},
			channelAxis,
			where: `layers/${name}`,
		});
	}
}

let plain: Promise<Engine> | undefined;

/** A session on an engine; absent: the reference, tfjs in plain JavaScript. */
export async function sessionOf(
	model: SmallModel | OpenedModel,
	options: { labels?: string[]; memoryBudget?: number; engine?: Engine } = {},
): Promise<ModelSession> {
	if (!options.engine) plain ??= createEagerEngine("cpu");
	const opened = model instanceof SmallModel ? model.build() : model;
	const summary = {
		path: "memory",
		name: "small",
		format: opened.graph.format,
		bytes: 0,
		parameters: 0,
		inputs: [],
		outputs: [],
		layers: [],
		notices: [],
	};
	const { engine, ...rest } = options;
	return new Session(opened, engine ?? (await (plain as Promise<Engine>)), summary, { path: "memory", ...rest });
}

/** Pseudo-random numbers in [-1, 1), the same every time: multiples of 1/64, so that products are exact in float32. */
export function numbers(count: number, seed: number): number[] {
	let state = seed >>> 0;
	return Array.from({ length: count }, () => {
		state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
		return (state >>> 25) / 64 - 1;
	});
}

export function tensor(shape: readonly number[], seed: number): Tensor {
	return float32(
		shape,
		numbers(
			shape.reduce((product, extent) => product * extent, 1),
			seed,
		),
	);
}
