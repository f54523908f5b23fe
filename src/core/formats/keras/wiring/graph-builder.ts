import { LaminaError, type LaminaErrorData, UnreadableFileError } from "../../../../shared/errors";
import type { Attr, GraphLayer, GraphNode, LayerCall, ParamRef } from "../../../graph/types";
import { computedType, isStoredType } from "../../bytes/elements";
import type { StoredTensor, WeightFile } from "../../weight-file";
import type { LayerDescription } from "../config/model-config";
import type { LayerConfig, PartDetails } from "../translator";
import { NO_VARIABLES, type VariableScope } from "../variables/scope";
import type { ChannelAxis } from "./channels";

/** A layer while its calls are translated. */
export interface LayerRecord {
	/** Path, nested models joined with `/`. */
	readonly path: string;
	readonly description: LayerDescription;
	readonly scope: VariableScope;
	readonly depth: number;
	readonly calls: LayerCall[];
	readonly weights: GraphLayer["weights"][number][];
	/** Params that were resolved already, by name below the layer: a second call gets the same. */
	readonly params: Map<string, ParamRef>;
	activation?: string;
	channels: ChannelAxis;
	filters?: GraphLayer["filters"];
	unsupported?: LaminaErrorData;
	/** The layer that this record is a named part of, when it is no layer of its own. */
	partOf?: LayerRecord;
}

/** What a part of a layer has in common with all others: nothing of its own in the file. */
const PART = {
	registeredName: undefined,
	config: {},
	buildConfig: {},
	isOperation: false,
	calls: [],
	nested: undefined,
} satisfies Partial<LayerDescription>;

/** Collects nodes, layers and weights while a model is assembled. */
export class GraphBuilder {
	readonly nodes: GraphNode[] = [];
	readonly layers: LayerRecord[] = [];
	readonly notices = new Set<string>();
	/** Masks that travel with values. */
	readonly masks = new Map<string, string>();
	private readonly ids = new Set<string>();
	private readonly paths = new Set<string>();

	constructor(readonly weights: WeightFile) {}

	addLayer(description: LayerDescription, path: string, depth: number, scope: VariableScope): LayerRecord {
		if (this.paths.has(path)) throw new UnreadableFileError(`Two layers are called "${path}".`, description.where);
		this.paths.add(path);
		const record: LayerRecord = {
			path,
			description,
			scope,
			depth,
			calls: [],
			weights: [],
			params: new Map(),
			channels: "inherit",
		};
		this.layers.push(record);
		return record;
	}

	/**
	 * Names a value inside a layer: the part is listed behind its layer, one level deeper. Where another layer has the
	 * path already, the part goes without.
	 */
	addPart(owner: LayerRecord, name: string, value: string, details: PartDetails): void {
		const path = `${owner.path}/${name}`;
		let part = this.layers.find((record) => record.path === path);
		if (part && part.partOf !== owner) return;
		if (!part) {
			const where = `${owner.description.where}/${name}`;
			const description = { ...PART, className: details.type, name, where };
			part = this.addLayer(description, path, owner.depth + 1, NO_VARIABLES);
			part.partOf = owner;
			part.channels = details.channels;
			this.layers.pop();
			const parts = this.layers.filter((record) => record.partOf === owner).length;
			this.layers.splice(this.layers.indexOf(owner) + 1 + parts, 0, part);
		}
		const { inputs, before } = details;
		part.calls.push({ inputs, outputs: [value], nodes: [], ...(before !== undefined && { preActivation: before }) });
	}

	/** A name that no other node or value has. */
	unique(name: string): string {
		let id = name;
		for (let number = 1; this.ids.has(id); number++) id = `${name}_${number}`;
		this.ids.add(id);
		return id;
	}

	/** @returns names of the outputs */
	emit(
		layer: string,
		outputs: number,
		op: string,
		inputs: readonly string[],
		attrs: LayerConfig,
		params: Readonly<Record<string, ParamRef>>,
		call: number,
	): string[] {
		const id = this.unique(`${layer}${call > 0 ? `#${call}` : ""}/${op}`);
		const values = outputs === 1 ? [id] : Array.from({ length: outputs }, (_, index) => this.unique(`${id}:${index}`));
		this.nodes.push({
			id,
			op,
			inputs: [...inputs],
			outputs: values,
			attrs: { ...attrs },
			params: { ...params },
			layer,
		});
		return values;
	}

	/** What a function emits, taken out of the graph again. */
	detached(emit: () => string): { nodes: GraphNode[]; result: string } {
		const mark = this.nodes.length;
		const result = emit();
		const nodes = this.nodes.splice(mark);
		for (const { id, outputs } of nodes) for (const name of [id, ...outputs]) this.ids.delete(name);
		return { nodes, result };
	}

	/** Gives a stored tensor to a layer under a name of its own. */
	addWeight(record: LayerRecord, name: string, tensor: StoredTensor, trainable: boolean): ParamRef {
		const weight = this.weights.add(`${record.path}/${name}`, tensor);
		record.weights.push({
			name: weight,
			shape: tensor.shape,
			dtype: tensor.dtype,
			trainable: trainable && record.description.config.trainable !== false,
		});
		return { weight, shape: tensor.shape, dtype: isStoredType(tensor.dtype) ? computedType(tensor.dtype) : "float32" };
	}

	/** Marks a layer as one that is not computed. What was emitted since `mark` is dropped. */
	refuse(record: LayerRecord, thrown: unknown, mark: number): void {
		if (!(thrown instanceof LaminaError)) throw thrown;
		this.nodes.length = mark;
		for (let index = this.layers.length - 1; index >= 0; index--)
			if (this.layers[index]?.partOf === record) this.layers.splice(index, 1);
		const data = thrown.toData();
		record.unsupported ??= { ...data, where: data.where ?? record.description.where };
	}
}

/** Whether an activation, as a configuration holds it, does nothing. */
export function isLinear(activation: Attr): boolean {
	if (activation === null || activation === undefined || activation === "linear") return true;
	const inner =
		typeof activation === "object" && !Array.isArray(activation) ? (activation as { config?: Attr }).config : undefined;
	return inner === "linear";
}
