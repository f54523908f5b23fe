import type { LaminaErrorData } from "../../../../shared/errors";
import { renamedNode } from "../../../graph/bodies";
import type { Attr, GraphBody, GraphLayer, GraphNode, ParamRef } from "../../../graph/types";
import type { WeightFile } from "../../weight-file";
import { computedIn } from "../tensors/element-types";
import type { TensorSource } from "../tensors/tensor-source";
import type { ChannelAxis, Param } from "../translator";
import type { Binding } from "./scope";

/** A layer while its nodes are translated. */
export interface LayerRecord {
	readonly name: string;
	readonly where: string;
	/** Operators of the nodes, in order. */
	readonly operators: string[];
	readonly config: Record<string, Attr>;
	readonly weights: GraphLayer["weights"][number][];
	filters?: GraphLayer["filters"];
	/** Why one of its nodes is not computed. */
	refusal?: LaminaErrorData;
}

/** Where the channels of some values are, to be resolved when ranks are known. */
export interface AxisRule {
	readonly outputs: readonly string[];
	readonly input: string | undefined;
	readonly axis: ChannelAxis;
}

/** Real constants up to this size are part of the graph, where their numbers can be computed with; others are weights. */
const SMALL_REALS = 16;
/** Integers are shapes, axes and places: they are computed with. */
const SMALL_INTEGERS = 2 ** 16;

/** Collects nodes, layers and weights while an ONNX graph is translated. */
export class ModelBuilder {
	readonly nodes: GraphNode[] = [];
	readonly layers = new Map<string, LayerRecord>();
	readonly axisRules: AxisRule[] = [];
	/** Values that inputs of the model have a part in, by more than their shapes. */
	readonly varying = new Set<string>();
	private readonly names = new Set<string>();
	private readonly aliases = new Map<string, string>();
	private readonly params = new Map<TensorSource, ParamRef>();
	/** Values of nodes by the names of the nodes in the file. */
	private readonly nodeNames = new Map<string, string>();

	constructor(readonly weights: WeightFile) {}

	/** Keeps a name for a value that the file calls so. */
	reserve(name: string): void {
		this.names.add(name);
	}

	/** A name that no other node or value has. */
	unique(name: string): string {
		let found = name;
		for (let number = 1; this.names.has(found); number++) found = `${name}_${number}`;
		this.names.add(found);
		return found;
	}

	/** From now on a value that was emitted has another name. */
	rename(value: string, name: string): void {
		this.aliases.set(value, name);
		if (this.varying.has(value)) this.varying.add(name);
	}

	/** The node that makes a value gets the name that the file has for it. */
	nameNode(value: string, name: string): void {
		if (!this.nodeNames.has(name)) this.nodeNames.set(name, value);
	}

	nameOf(value: string): string {
		return this.aliases.get(value) ?? value;
	}

	layer(name: string, where: string): LayerRecord {
		const known = this.layers.get(name);
		if (known) return known;
		const record: LayerRecord = { name, where, operators: [], config: {}, weights: [] };
		this.layers.set(name, record);
		return record;
	}

	/** @returns names of the outputs */
	emit(
		layer: LayerRecord,
		base: string,
		op: string,
		outputs: number,
		inputs: readonly string[],
		attrs: Readonly<Record<string, Attr>>,
		params: Readonly<Record<string, ParamRef | string>>,
		bodies?: Readonly<Record<string, GraphBody>>,
	): string[] {
		const id = this.unique(`${base}/${op}`);
		const values = outputs === 1 ? [id] : Array.from({ length: outputs }, (_, at) => this.unique(`${id}:${at}`));
		const stored: Record<string, ParamRef> = {};
		const computed: Record<string, string> = {};
		for (const [name, param] of Object.entries(params))
			if (typeof param === "string") computed[name] = param;
			else stored[name] = param;
		this.nodes.push({
			id,
			op,
			inputs: [...inputs],
			outputs: values,
			attrs: { ...attrs },
			params: stored,
			...(Object.keys(computed).length > 0 && { paramValues: computed }),
			...(bodies && { bodies }),
			layer: layer.name,
		});
		const varies = op !== "ShapeOf" && op !== "SizeOf" && inputs.some((input) => this.varying.has(input));
		if (varies) for (const value of values) this.varying.add(value);
		return values;
	}

	/** A tensor of the file as a weight of a layer. */
	weight(layer: LayerRecord, tensor: TensorSource): ParamRef {
		const known = this.params.get(tensor);
		if (known) return known;
		const name = this.weights.add(tensor.name || `${layer.name}/constant`, tensor);
		const dtype = computedIn(tensor.dtype) ?? "float32";
		const ref: ParamRef = { weight: name, shape: tensor.shape, dtype };
		this.params.set(tensor, ref);
		layer.weights.push({ name, shape: tensor.shape, dtype: tensor.dtype, trainable: dtype === "float32" });
		return ref;
	}

	/** The graph value of a binding; a constant becomes one when it is first asked for. */
	valueOf(binding: Binding, layer: LayerRecord): string {
		const { constant } = binding;
		if (binding.value !== undefined || !constant) return binding.value ?? "";
		const size = constant.shape.reduce((product, extent) => product * extent, 1);
		const dtype = computedIn(constant.dtype);
		const isSmall = dtype === "bool" || size <= (dtype === "float32" ? SMALL_REALS : SMALL_INTEGERS);
		const base = constant.name || `${layer.name}/constant`;
		const [value] = isSmall
			? this.emit(layer, base, "ConstantTensor", 1, [], constantAttrs(constant), {})
			: this.emit(layer, base, "Weight", 1, [], {}, { weight: this.weight(layer, constant) });
		binding.value = value as string;
		return binding.value;
	}

	/** The nodes under their final names. */
	finishedNodes(): GraphNode[] {
		const name = (value: string) => this.nameOf(value);
		const ids = new Map([...this.nodeNames].map(([node, value]) => [value, node]));
		const given = new Set<string>();
		const idOf = ({ id, outputs }: GraphNode): string => {
			const own = outputs.map((value) => ids.get(name(value))).find((found) => found !== undefined);
			const chosen = own !== undefined && !given.has(own) ? own : id;
			given.add(chosen);
			return chosen;
		};
		return this.nodes.map((node) => ({ ...renamedNode(node, name), id: idOf(node) }));
	}
}

function constantAttrs(tensor: TensorSource): Record<string, Attr> {
	const { dtype, shape, data } = tensor.read();
	return { data: Array.from(data), shape, dtype };
}

export type { Param };
