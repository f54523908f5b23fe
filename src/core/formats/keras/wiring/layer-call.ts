import { UnreadableFileError, UnsupportedError } from "../../../../shared/errors";
import type { Attr, GraphLayer, ParamRef } from "../../../graph/types";
import { isObject, member, textMember } from "../../json";
import { activations, layerTranslators } from "../layers";
import {
	type CallArgument,
	type Dialect,
	type LayerConfig,
	type LayerContext,
	type LayerTranslator,
	type PartDetails,
	type SubLayer,
	TensorArgument,
	tensorsOf,
	type VariableOptions,
} from "../translator";
import { type KernelOwner, modernKernel } from "../variables/legacy-kernels";
import type { VariableScope } from "../variables/scope";
import type { ChannelAxis } from "./channels";
import { type GraphBuilder, isLinear, type LayerRecord } from "./graph-builder";

const translators = new Map<string, LayerTranslator>(
	layerTranslators.flatMap((translator) => translator.classes.map((name) => [name, translator] as const)),
);

/** Calls a model that is kept inside a layer (TimeDistributed over a Sequential). */
export type ModelCaller = (serialized: Attr, scope: VariableScope, path: string, inputs: readonly string[]) => string[];

export interface Surroundings {
	readonly graph: GraphBuilder;
	readonly record: LayerRecord;
	readonly dialect: Dialect;
	readonly backend: string | undefined;
	readonly callModel: ModelCaller;
}

/** What one call of a layer, or of a layer inside it, sees: the translator's side of {@link LayerContext}. */
export class LayerCallContext implements LayerContext {
	preActivation: string | undefined;
	readonly inputs: readonly string[];

	constructor(
		private readonly around: Surroundings,
		readonly className: string,
		readonly name: string,
		readonly config: LayerConfig,
		readonly args: readonly CallArgument[],
		readonly kwargs: Readonly<Record<string, CallArgument>>,
		private readonly scope: VariableScope,
		/** Path below the layer for names of weights; empty for the layer itself. */
		private readonly below: string,
	) {
		this.inputs = [...args, ...Object.values(kwargs)].flatMap((argument) => tensorsOf(argument));
	}

	get path(): string {
		return this.around.record.path;
	}

	get dialect(): Dialect {
		return this.around.dialect;
	}

	get where(): string {
		return this.around.record.description.where;
	}

	get buildConfig(): LayerConfig {
		return this.below === "" ? this.around.record.description.buildConfig : {};
	}

	get call(): number {
		return this.around.record.calls.length;
	}

	/** Those that an earlier call of the same layer took count too. */
	get variableCount(): number {
		const prefix = this.below === "" ? "" : `${this.below}/`;
		const taken = [...this.around.record.params.keys()].filter(
			(name) => name.startsWith(prefix) && !name.slice(prefix.length).includes("/"),
		);
		return this.scope.count + taken.length;
	}

	variables<Name extends string>(names: readonly Name[], options: VariableOptions = {}): Record<Name, ParamRef> {
		return takeVariables(this.around, this, this.scope, this.below, names, options);
	}

	sub(key: string, serialized?: Attr, name?: string): SubLayer {
		return new InnerLayer(this.around, this.scope, this.below, key, serialized, name);
	}

	emit(
		op: string,
		inputs: readonly string[],
		attrs: LayerConfig = {},
		params: Readonly<Record<string, ParamRef>> = {},
	): string {
		return this.emitMany(1, op, inputs, attrs, params)[0] as string;
	}

	emitMany(
		outputs: number,
		op: string,
		inputs: readonly string[],
		attrs: LayerConfig = {},
		params: Readonly<Record<string, ParamRef>> = {},
	): string[] {
		return this.around.graph.emit(this.path, outputs, op, inputs, attrs, params, this.call);
	}

	activation(value: string, activation: Attr): string {
		const result = this.applied(value, activation);
		if (result !== value) {
			this.preActivation = value;
			if (this.below === "") this.around.record.activation = activationName(activation);
		}
		return result;
	}

	activationOps(activation: Attr): readonly { readonly op: string; readonly attrs: LayerConfig }[] {
		const [input = ""] = this.inputs;
		const { nodes, result } = this.around.graph.detached(() => this.applied(input, activation));
		let value = input;
		for (const node of nodes) {
			const isNext = node.inputs.length === 1 && node.inputs[0] === value && Object.keys(node.params).length === 0;
			if (!isNext)
				this.unsupported(`The activation "${activationName(activation)}" is not supported inside ${this.name}.`);
			value = node.outputs[0] as string;
		}
		if (value !== result)
			this.unsupported(`The activation "${activationName(activation)}" is not supported inside ${this.name}.`);
		return nodes.map(({ op, attrs }) => ({ op, attrs }));
	}

	private applied(value: string, activation: Attr): string {
		if (isLinear(activation)) return value;
		const name = activationName(activation);
		if (Object.hasOwn(activations, name)) {
			const translate = activations[name];
			if (translate) return translate(this, value);
		}
		// An activation may be a layer of its own: { class_name: "LeakyReLU", config }.
		const className = textMember(activation, "class_name");
		if (className !== undefined && translators.has(className)) {
			const inner = this.sub("activation", activation).call([new TensorArgument(value)]);
			if (inner[0] !== undefined) return inner[0];
		}
		return this.unsupported(`The activation "${name}" is not supported.`);
	}

	mask(value: string): string | undefined {
		return this.around.graph.masks.get(value);
	}

	setMask(value: string, mask: string | undefined): void {
		if (mask === undefined) this.around.graph.masks.delete(value);
		else this.around.graph.masks.set(value, mask);
	}

	channels(axis: ChannelAxis): void {
		if (this.below === "") this.around.record.channels = axis;
	}

	part(name: string, value: string, details: PartDetails): void {
		const { graph, record } = this.around;
		graph.addPart(record, this.below === "" ? name : `${this.below}/${name}`, value, details);
	}

	filters(kernel: ParamRef, layout: NonNullable<GraphLayer["filters"]>["layout"]): void {
		this.around.record.filters ??= { weight: kernel.weight, layout };
	}

	notice(message: string): void {
		this.around.graph.notices.add(message);
	}

	unsupported(message: string, hint?: string): never {
		throw new UnsupportedError(message, `${this.where} (layer ${this.path})`, hint);
	}
}

/** Translates the call that a context stands for; outputs in Keras' order. @throws UnsupportedError for an unknown class */
export function translateCall(context: LayerCallContext): string[] {
	const translator = translators.get(context.className);
	if (!translator) return context.unsupported(`The layer class ${context.className} is not supported.`);
	const outputs = translator.translate(context);
	return typeof outputs === "string" ? [outputs] : [...outputs];
}

/** The class of an activation, or the name of the function. */
function activationName(activation: Attr): string {
	if (typeof activation === "string") return activation;
	const registered = textMember(activation, "registered_name");
	if (registered?.includes(">")) return registered;
	const config = member(activation, "config");
	return typeof config === "string" ? config : (textMember(activation, "class_name") ?? "unknown");
}

function takeVariables<Name extends string>(
	around: Surroundings,
	owner: KernelOwner,
	scope: VariableScope,
	below: string,
	names: readonly Name[],
	options: VariableOptions,
): Record<Name, ParamRef> {
	const { graph, record } = around;
	const local = (name: string) => (below === "" ? name : `${below}/${name}`);
	const missing = names.filter((name) => !record.params.has(local(name)));
	const found = scope.take(missing);
	for (const [index, name] of missing.entries()) {
		const variable = found[index];
		if (!variable) {
			throw new UnreadableFileError(
				`The weight "${local(name)}" of the layer ${record.path} is not in the file.`,
				record.description.where,
				"The file may be incomplete, or be written by a version of the layer that Lamina does not know.",
			);
		}
		const trainable = !(options.nonTrainable ?? []).includes(name);
		const tensor = modernKernel(variable.tensor, name, owner, around.dialect, around.backend);
		record.params.set(local(name), graph.addWeight(record, local(name), tensor, trainable));
	}
	return Object.fromEntries(names.map((name) => [name, record.params.get(local(name))])) as Record<Name, ParamRef>;
}

class InnerLayer implements SubLayer {
	readonly className: string;
	readonly name: string;
	readonly config: LayerConfig;
	private readonly scope: VariableScope;
	private readonly below: string;

	constructor(
		private readonly around: Surroundings,
		outer: VariableScope,
		outerBelow: string,
		key: string,
		private readonly serialized: Attr,
		name: string | undefined,
	) {
		const config = member(serialized, "config");
		this.config = isObject(config) ? config : {};
		const fullName = textMember(serialized, "class_name") ?? "";
		const registered = textMember(serialized, "registered_name");
		this.className = registered?.includes(">") ? registered : fullName;
		this.name = name ?? textMember(this.config, "name") ?? key;
		this.scope = outer.inner(
			key,
			name ?? textMember(this.config, "name"),
			fullName.slice(fullName.lastIndexOf(">") + 1) || undefined,
		);
		this.below = outerBelow === "" ? key : `${outerBelow}/${key}`;
	}

	variables<Name extends string>(names: readonly Name[], options: VariableOptions = {}): Record<Name, ParamRef> {
		return takeVariables(this.around, this, this.scope, this.below, names, options);
	}

	sub(key: string, serialized?: Attr, name?: string): SubLayer {
		return new InnerLayer(this.around, this.scope, this.below, key, serialized, name);
	}

	call(args: readonly CallArgument[], kwargs: Readonly<Record<string, CallArgument>> = {}): string[] {
		const config = member(this.serialized, "config");
		if (Array.isArray(config) || Array.isArray(member(config, "layers"))) {
			const inputs = args.flatMap((argument) => tensorsOf(argument));
			return this.around.callModel(this.serialized, this.scope, `${this.around.record.path}/${this.below}`, inputs);
		}
		return translateCall(
			new LayerCallContext(this.around, this.className, this.name, this.config, args, kwargs, this.scope, this.below),
		);
	}
}
