import { LaminaError, UnreadableFileError, UnsupportedError } from "../../../../shared/errors";
import { referencesOf, resolveArgument, type TensorReference } from "../config/arguments";
import { describeModel, type LayerDescription, type ModelDescription } from "../config/model-config";
import { type CallArgument, TensorArgument, tensorsOf } from "../translator";
import { NO_VARIABLES, type VariableScope } from "../variables/scope";
import type { GraphBuilder, LayerRecord } from "./graph-builder";
import { LayerCallContext, type Surroundings, translateCall } from "./layer-call";

/** What one call made. Outputs of a layer that is not computed are named when they are asked for. */
interface CallResult {
	readonly outputs: string[];
	/** Prefix of names for outputs of a refused layer. */
	readonly open: string | undefined;
}

/**
 * A model, the outermost or one inside another, with its layers as records of the graph. It can be called several
 * times: its layers are the same each time.
 */
export class ModelInstance {
	private readonly records = new Map<string, LayerRecord>();
	private readonly inner = new Map<string, ModelInstance>();

	/**
	 * @param prefix path of the model with a slash behind, empty for the outermost
	 * @throws UnreadableFileError when two layers have the same path
	 */
	constructor(
		private readonly graph: GraphBuilder,
		readonly description: ModelDescription,
		scope: VariableScope,
		prefix: string,
		private readonly depth: number,
	) {
		const scopes = scope.layers(description.layers);
		for (const layer of description.layers) {
			const layerScope = scopes.get(layer.name) ?? NO_VARIABLES;
			const path = `${prefix}${layer.name}`;
			this.records.set(layer.name, graph.addLayer(layer, path, depth, layerScope));
			if (layer.nested)
				this.inner.set(layer.name, new ModelInstance(graph, layer.nested, layerScope, `${path}/`, depth + 1));
		}
	}

	/**
	 * Evaluates the model on values.
	 * @returns its outputs, in its order
	 * @throws UnreadableFileError when the wiring is wrong: a reference to nothing, a circle
	 */
	call(inputs: readonly string[]): string[] {
		return this.description.kind === "sequential" ? this.callSequential(inputs) : this.callFunctional(inputs);
	}

	/** The layers that take the inputs of the model. */
	inputLayers(): LayerRecord[] {
		const { kind, layers, inputs, where } = this.description;
		if (kind === "functional") return inputs.map((reference) => this.record(reference.layer, where));
		return layers.slice(0, 1).map((layer) => this.record(layer.name, layer.where));
	}

	/** Names of the layers that make the outputs, one for each output. */
	outputLayers(): LayerRecord[] {
		const { kind, layers, outputs, where } = this.description;
		if (kind === "functional") return outputs.map((reference) => this.record(reference.layer, where));
		return layers.slice(-1).map((layer) => this.record(layer.name, layer.where));
	}

	private callSequential(inputs: readonly string[]): string[] {
		let values = inputs;
		for (const layer of this.description.layers) {
			const record = this.record(layer.name, layer.where);
			const result = isInput(layer)
				? this.bindInput(record, values)
				: this.callLayer(
						record,
						values.slice(0, 1).map((value) => new TensorArgument(value)),
						{},
					);
			values = [this.output(result, 0, layer)];
		}
		return [...values];
	}

	private callFunctional(inputs: readonly string[]): string[] {
		const { description } = this;
		if (inputs.length !== description.inputs.length) {
			throw new UnreadableFileError(
				`The model "${description.name}" has ${description.inputs.length} inputs, but is called with ${inputs.length}.`,
				description.where,
			);
		}
		const results = new Map<string, CallResult[]>(description.layers.map(({ name }) => [name, []]));
		for (const [index, reference] of description.inputs.entries()) {
			const record = this.record(reference.layer, description.where);
			const bound = results.get(reference.layer) as CallResult[];
			bound[0] ??= this.bindInput(record, [inputs[index] as string]);
		}
		const offsets = this.nodeOffsets();
		for (const layer of description.layers) {
			for (let call = 0; call < layer.calls.length; call++) this.evaluate(layer, call, results, offsets);
		}
		return description.outputs.map((reference) => {
			const layer = this.layer(reference.layer, description.where);
			// Keras 3 counts the node that a functional model is born with, here only (functional_from_config, get_tensor).
			const born = description.dialect === "keras-3" && layer.nested?.kind === "functional" ? 1 : 0;
			return this.resolve(reference, results, born > 0 ? new Map([[layer.name, born]]) : offsets, description.where);
		});
	}

	/** Evaluates one call and, before it, everything it needs, with a stack of its own: models are thousands of layers deep. */
	private evaluate(
		layer: LayerDescription,
		call: number,
		results: Map<string, CallResult[]>,
		offsets: ReadonlyMap<string, number>,
	): void {
		const stack: { layer: LayerDescription; call: number }[] = [{ layer, call }];
		const open = new Set<string>();
		for (let top = stack.at(-1); top; top = stack.at(-1)) {
			const done = results.get(top.layer.name) as CallResult[];
			if (done[top.call]) {
				stack.pop();
				continue;
			}
			const needed = this.needs(top.layer, top.call, offsets).find(
				(need) => !results.get(need.layer.name)?.[need.call],
			);
			const key = `${top.layer.name}\n${top.call}`;
			if (needed) {
				open.add(key);
				if (open.has(`${needed.layer.name}\n${needed.call}`)) {
					const circle = stack.map((entry) => entry.layer.name);
					const start = circle.lastIndexOf(needed.layer.name);
					throw new UnreadableFileError(
						`The layers ${[...circle.slice(Math.max(0, start)), needed.layer.name].join(" -> ")} form a circle.`,
						top.layer.where,
					);
				}
				stack.push(needed);
				continue;
			}
			open.delete(key);
			stack.pop();
			const serialized = top.layer.calls[top.call];
			if (!serialized)
				throw new UnreadableFileError(
					`The layer "${top.layer.name}" is an input of nothing, but something takes its output.`,
					top.layer.where,
				);
			const { where } = top.layer;
			const resolve = (reference: TensorReference) => this.resolve(reference, results, offsets, where);
			const args = serialized.args.map((argument) => resolveArgument(argument, resolve));
			const kwargs = Object.fromEntries(
				Object.entries(serialized.kwargs).map(([name, argument]) => [name, resolveArgument(argument, resolve)]),
			);
			done[top.call] = this.callLayer(this.record(top.layer.name, where), args, kwargs);
		}
	}

	/** Calls that must come first: those whose outputs are taken, and the call before of the same layer. */
	private needs(
		layer: LayerDescription,
		call: number,
		offsets: ReadonlyMap<string, number>,
	): { layer: LayerDescription; call: number }[] {
		const serialized = layer.calls[call];
		const needs = serialized
			? referencesOf(serialized).map((reference) => ({
					layer: this.layer(reference.layer, layer.where),
					call: nodeOf(reference, offsets),
				}))
			: [];
		for (const need of needs) {
			const { calls } = need.layer;
			const known = Math.max(calls.length, isInput(need.layer) ? 1 : 0);
			if (need.call >= known)
				throw new UnreadableFileError(
					`The layer "${layer.name}" takes the output of call ${need.call} of "${need.layer.name}", which has ${known}.`,
					layer.where,
				);
		}
		return call > 0 ? [{ layer, call: call - 1 }, ...needs] : needs;
	}

	private resolve(
		reference: TensorReference,
		results: ReadonlyMap<string, CallResult[]>,
		offsets: ReadonlyMap<string, number>,
		where: string,
	): string {
		const layer = this.layer(reference.layer, where);
		const result = results.get(layer.name)?.[nodeOf(reference, offsets)];
		if (!result)
			throw new UnreadableFileError(
				`Nothing calls the layer "${layer.name}", whose output ${reference.tensor} of call ${reference.node} is taken.`,
				where,
			);
		return this.output(result, reference.tensor, layer);
	}

	private output(result: CallResult, index: number, layer: LayerDescription): string {
		if (result.open !== undefined && index < 64) {
			while (result.outputs.length <= index)
				result.outputs.push(this.graph.unique(`${result.open}:${result.outputs.length}`));
		}
		const value = result.outputs[index];
		if (value === undefined)
			throw new UnreadableFileError(
				`Output ${index} of the layer "${layer.name}" is taken, but it has ${result.outputs.length}.`,
				layer.where,
			);
		return value;
	}

	/**
	 * Keras 1 and 2 count the node that a nested model is born with (tf_keras, Functional._should_skip_first_node):
	 * then its calls are numbered from 1. It shows in a reference that would otherwise point past the last call.
	 */
	private nodeOffsets(): Map<string, number> {
		const { description } = this;
		const offsets = new Map<string, number>();
		const references = [
			...description.layers.flatMap((layer) => layer.calls.flatMap(referencesOf)),
			...(description.dialect === "keras-3" ? [] : description.outputs),
		];
		for (const { layer, node } of references) {
			const nested = this.records.get(layer)?.description;
			if (nested?.nested && node >= nested.calls.length && nested.calls.length > 0) offsets.set(layer, 1);
		}
		return offsets;
	}

	private bindInput(record: LayerRecord, values: readonly string[]): CallResult {
		// The inputs of the outermost model come from nowhere.
		record.calls.push({ inputs: this.depth === 0 ? [] : [...values], outputs: [...values], nodes: [] });
		return { outputs: [...values], open: undefined };
	}

	private callLayer(
		record: LayerRecord,
		args: readonly CallArgument[],
		kwargs: Readonly<Record<string, CallArgument>>,
	): CallResult {
		const { graph } = this;
		const { description } = record;
		const inner = this.inner.get(description.name);
		if (inner) {
			const inputs = args.flatMap((argument) => tensorsOf(argument));
			const outputs = inner.call(inputs);
			record.calls.push({ inputs, outputs: [...outputs], nodes: [] });
			if (description.registeredName)
				graph.notices.add(
					`The class ${description.registeredName} of the training code is shown as the ${inner.description.kind} model that it describes.`,
				);
			return { outputs, open: undefined };
		}
		const mark = graph.nodes.length;
		const around: Surroundings = {
			graph,
			record,
			dialect: this.description.dialect,
			backend: this.description.backend,
			callModel: (serialized, scope, path, inputs) =>
				this.callHidden(
					record,
					describeModel(serialized, this.description.dialect, description.where, this.description.backend),
					scope,
					path,
					inputs,
				),
		};
		const context = new LayerCallContext(
			around,
			description.className,
			description.name,
			description.config,
			args,
			kwargs,
			record.scope,
			"",
		);
		if (context.inputs.length === 0)
			throw new UnreadableFileError(`The layer "${record.path}" is called with no tensor.`, description.where);
		try {
			if (record.unsupported)
				throw new UnsupportedError(record.unsupported.message, record.unsupported.where, record.unsupported.hint);
			refuseForeignCode(description, record.path);
			const outputs = translateCall(context);
			const nodes = graph.nodes.slice(mark).map(({ id }) => id);
			record.calls.push({
				inputs: context.inputs,
				outputs,
				nodes,
				...(context.preActivation !== undefined && { preActivation: context.preActivation }),
			});
			return { outputs, open: undefined };
		} catch (thrown) {
			if (!(thrown instanceof LaminaError)) throw thrown;
			graph.refuse(record, thrown, mark);
			const open = record.calls.length > 0 ? `${record.path}#${record.calls.length}` : record.path;
			const outputs = [graph.unique(`${open}:0`)];
			record.calls.push({ inputs: context.inputs, outputs, nodes: [] });
			return { outputs, open };
		}
	}

	/** A model inside a layer that is none itself: its layers are shown below that layer. */
	private callHidden(
		outer: LayerRecord,
		description: ModelDescription,
		scope: VariableScope,
		path: string,
		inputs: readonly string[],
	): string[] {
		let instance = this.inner.get(path);
		if (!instance) {
			instance = new ModelInstance(this.graph, description, scope, `${path}/`, outer.depth + 1);
			this.inner.set(path, instance);
		}
		return instance.call(inputs);
	}

	private layer(name: string, where: string): LayerDescription {
		return this.record(name, where).description;
	}

	private record(name: string, where: string): LayerRecord {
		const record = this.records.get(name);
		if (!record)
			throw new UnreadableFileError(`The wiring refers to a layer "${name}", which the model does not have.`, where);
		return record;
	}
}

export function isInput(layer: LayerDescription): boolean {
	return layer.className === "InputLayer";
}

function nodeOf(reference: TensorReference, offsets: ReadonlyMap<string, number>): number {
	return Math.max(0, reference.node - (offsets.get(reference.layer) ?? 0));
}

/** Classes of the training code and Python functions are never run. */
function refuseForeignCode(description: LayerDescription, path: string): void {
	const where = `${description.where} (layer ${path})`;
	if (description.registeredName) {
		throw new UnsupportedError(
			`The layer class ${description.registeredName} is defined in the training code, which is not run.`,
			where,
			"Layers before it, weights and statistics still work. To explain through it, build the model of Keras' own layers.",
		);
	}
	if (description.className === "Lambda") {
		throw new UnsupportedError(
			"The Lambda layer holds Python byte code, which is not run.",
			where,
			"Layers before it, weights and statistics still work. Write the function with Keras' own layers or keras.ops and save the model again.",
		);
	}
}
