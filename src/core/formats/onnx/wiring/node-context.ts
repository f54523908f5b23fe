import { UnreadableFileError, UnsupportedError } from "../../../../shared/errors";
import { renamedNode, valuesFromOutside } from "../../../graph/bodies";
import type { Attr, GraphBody, GraphNode, ParamRef } from "../../../graph/types";
import type { OnnxGraph } from "../proto/read-model";
import type { NodeMessage } from "../proto/schema";
import type { TensorSource } from "../tensors/tensor-source";
import type { ChannelAxis, FilterLayout, NodeContext, Param } from "../translator";
import { Attributes } from "./attributes";
import { declaredType } from "./declared-types";
import type { LayerRecord, ModelBuilder } from "./model-builder";
import { type Binding, Scope } from "./scope";

/** Numbers of larger tensors are not looked at while a graph is translated. */
const MOST_READ = 2 ** 16;

/** What a translator sees of its node, over the builder of the model. */
export class TranslatedNode implements NodeContext {
	readonly opType: string;
	readonly inputCount: number;
	readonly outputCount: number;
	channelAxis: ChannelAxis = "inherit";
	readonly outputTypes = new Map<number, string>();
	readonly constantOutputs: TensorSource[] = [];
	readonly attributes: Attributes;
	private readonly inputNames: readonly string[];

	constructor(
		private readonly builder: ModelBuilder,
		private readonly scope: Scope,
		readonly owner: LayerRecord,
		readonly node: NodeMessage,
		readonly domain: string,
		readonly opset: number,
		private readonly base: string,
		private readonly where: string,
		private readonly translateNodes: (graph: OnnxGraph, scope: Scope, layer: LayerRecord) => void,
	) {
		this.opType = node.opType ?? "";
		this.inputNames = node.input ?? [];
		this.inputCount = this.inputNames.length;
		this.outputCount = (node.output ?? []).length;
		this.attributes = new Attributes(node, where);
	}

	has(index: number): boolean {
		const name = this.inputNames[index];
		return name !== undefined && name !== "";
	}

	/** The value of an input that is one already: a constant that nothing has needed as a value has none. */
	valueIfAny(index: number): string | undefined {
		return this.binding(index).value;
	}

	input(index: number): string {
		return this.builder.valueOf(this.binding(index), this.owner);
	}

	inputs(): string[] {
		return this.inputNames.flatMap((_, index) => (this.has(index) ? [this.input(index)] : []));
	}

	constant(index: number): { shape: readonly number[]; data: readonly number[] } | undefined {
		const source = this.source(index);
		if (!source || source.shape.reduce((product, extent) => product * extent, 1) > MOST_READ) return undefined;
		const { shape, data } = source.read();
		return { shape, data: Array.from(data) };
	}

	source(index: number): TensorSource | undefined {
		return this.has(index) ? this.binding(index).constant : undefined;
	}

	param(index: number): Param {
		return { name: this.inputNames[index] ?? "", shape: this.binding(index).constant?.shape };
	}

	isFixed(index: number): boolean {
		const { constant, value } = this.binding(index);
		return constant !== undefined || (value !== undefined && !this.builder.varying.has(value));
	}

	type(index: number): string {
		return this.binding(index).type;
	}

	rank(index: number): number | undefined {
		const { constant, shape } = this.binding(index);
		return (constant?.shape ?? shape)?.length;
	}

	int(name: string, fallback?: number): number {
		return this.attributes.int(name, fallback);
	}

	float(name: string, fallback?: number): number {
		return this.attributes.float(name, fallback);
	}

	text(name: string, fallback?: string): string {
		return this.attributes.text(name, fallback);
	}

	flag(name: string, fallback?: boolean): boolean {
		return this.attributes.int(name, fallback === undefined ? undefined : Number(fallback)) !== 0;
	}

	ints(name: string): number[] | undefined {
		return this.attributes.ints(name);
	}

	floats(name: string): number[] | undefined {
		return this.attributes.floats(name);
	}

	texts(name: string): string[] | undefined {
		return this.attributes.texts(name);
	}

	tensor(name: string): TensorSource | undefined {
		return this.attributes.tensor(name);
	}

	graph(name: string): OnnxGraph {
		return this.attributes.graph(name);
	}

	hasAttribute(name: string): boolean {
		return this.attributes.has(name);
	}

	emit(
		op: string,
		inputs: readonly string[],
		attrs: Readonly<Record<string, Attr>> = {},
		params: Readonly<Record<string, Param | undefined>> = {},
	): string {
		return this.emitAll(op, 1, inputs, attrs, params)[0] as string;
	}

	emitAll(
		op: string,
		outputs: number,
		inputs: readonly string[],
		attrs: Readonly<Record<string, Attr>> = {},
		params: Readonly<Record<string, Param | undefined>> = {},
	): string[] {
		const given = Object.entries(params).flatMap(([name, param]) =>
			param ? [[name, this.bindingOf(param.name)] as const] : [],
		);
		const varies = given.some(([, { value }]) => value !== undefined && this.builder.varying.has(value));
		if (varies) {
			const values = given.map(([, binding]) => this.builder.valueOf(binding, this.owner));
			const names = given.map(([name]) => name);
			const computed = { ...attrs, op, taken: inputs.length, params: names };
			return this.builder.emit(
				this.owner,
				this.base,
				"WithComputedParams",
				outputs,
				[...inputs, ...values],
				computed,
				{},
			);
		}
		const held = given.map(([name, binding]): [string, ParamRef | string] => [
			name,
			binding.constant ? this.builder.weight(this.owner, binding.constant) : this.builder.valueOf(binding, this.owner),
		]);
		return this.builder.emit(this.owner, this.base, op, outputs, inputs, attrs, Object.fromEntries(held));
	}

	number(value: number, type: "float32" | "int32" | "bool" = "float32"): string {
		return this.numbers([value], [], type);
	}

	numbers(data: readonly number[], shape: readonly number[], type: "float32" | "int32" | "bool" = "float32"): string {
		return this.emit("ConstantTensor", [], { data: [...data], shape: [...shape], dtype: type });
	}

	inline(graph: OnnxGraph, inputs: readonly (string | TensorSource)[]): string[] {
		const scope = new Scope(this.scope);
		for (const [index, port] of graph.inputs.entries()) {
			const given = inputs[index];
			if (given === undefined) continue;
			const type = typeof given === "string" ? "float32" : given.dtype;
			scope.bind(port.name ?? "", typeof given === "string" ? { value: given, type } : { constant: given, type });
		}
		this.translateNodes(graph, scope, this.owner);
		return graph.outputs.map(({ name = "" }) => {
			const binding = scope.find(name);
			if (!binding) throw new UnreadableFileError(`Nothing makes the output "${name}" of an inner graph.`, this.where);
			return this.builder.valueOf(binding, this.owner);
		});
	}

	emitControl(
		op: string,
		outputs: number,
		inputs: readonly string[],
		attrs: Readonly<Record<string, Attr>>,
		bodies: readonly (readonly [string, OnnxGraph])[],
		firstOutput = 0,
	): string[] {
		const made = bodies.map(([name, graph]) => [name, this.body(graph)] as const);
		const [, first] = made[0] as (typeof made)[number];
		for (let output = 0; output < outputs; output++)
			this.outputType(first.types[output + firstOutput] ?? "float32", output);
		const graphs = Object.fromEntries(made.map(([name, { body }]) => [name, body]));
		const captured = new Set(made.flatMap(([, { body }]) => valuesFromOutside(body)));
		const all = [...inputs, ...[...captured].filter((value) => !inputs.includes(value))];
		return this.builder.emit(this.owner, this.base, op, outputs, all, attrs, {}, graphs);
	}

	/** An inner graph by itself, its inputs values that are bound when it runs. */
	private body(graph: OnnxGraph): { body: GraphBody; types: string[] } {
		const scope = new Scope(this.scope);
		const inputs = graph.inputs.map((port) => {
			const declared = declaredType(port);
			const value = this.builder.unique(port.name || "input");
			this.builder.varying.add(value);
			scope.bind(port.name ?? "", {
				value,
				type: declared?.type ?? "float32",
				...(declared?.shape && { shape: declared.shape }),
			});
			return value;
		});
		const mark = this.builder.nodes.length;
		this.translateNodes(graph, scope, this.owner);
		const bindings = graph.outputs.map(({ name = "" }) => {
			const binding = scope.find(name);
			if (!binding) throw new UnreadableFileError(`Nothing makes the output "${name}" of an inner graph.`, this.where);
			return { type: binding.type, value: this.builder.valueOf(binding, this.owner) };
		});
		// Constants are there for what comes later, too: they stay outside.
		const made = this.builder.nodes.splice(mark);
		const isSource = (node: GraphNode) => node.inputs.length === 0 && !node.bodies;
		this.builder.nodes.push(...made.filter(isSource));
		const nodes = made
			.filter((node) => !isSource(node))
			.map((node) => renamedNode(node, (value) => this.builder.nameOf(value)));
		return {
			body: { inputs, nodes, outputs: bindings.map(({ value }) => value) },
			types: bindings.map(({ type }) => type),
		};
	}

	channels(axis: ChannelAxis): void {
		this.channelAxis = axis;
	}

	outputType(type: string, index = 0): void {
		this.outputTypes.set(index, type);
	}

	filters(param: Param, layout: FilterLayout): void {
		const { constant } = this.bindingOf(param.name);
		if (constant) this.owner.filters ??= { weight: this.builder.weight(this.owner, constant).weight, layout };
	}

	constantOutput(tensor: TensorSource): void {
		this.constantOutputs.push(tensor);
	}

	unsupported(message: string, hint?: string): never {
		throw new UnsupportedError(message, this.where, hint);
	}

	private binding(index: number): Binding {
		const name = this.inputNames[index];
		if (name === undefined || name === "")
			throw new UnreadableFileError(`Input ${index} of ${this.opType} is missing.`, this.where);
		return this.bindingOf(name);
	}

	private bindingOf(name: string): Binding {
		const found = this.scope.find(name);
		if (!found) throw new UnreadableFileError(`Nothing makes the value "${name}", which the node takes.`, this.where);
		return found;
	}
}
