import { LaminaError, UnreadableFileError, UnsupportedError } from "../../../../shared/errors";
import { REFUSED } from "../../../graph/lower";
import { findOperator, nearOperators } from "../operators";
import { type OnnxGraph, type OnnxModel, standardDomain } from "../proto/read-model";
import type { AttributeMessage, FunctionMessage, NodeMessage } from "../proto/schema";
import { type DeclaredType, declaredTypes } from "./declared-types";
import { foldConstant } from "./fold-constant";
import type { LayerRecord, ModelBuilder } from "./model-builder";
import { TranslatedNode } from "./node-context";
import { type Binding, Scope } from "./scope";

/** Inner graphs and functions call each other this deep at most. */
const DEEPEST = 64;

/** Turns the nodes of ONNX graphs into nodes of the builder. */
export class GraphTranslation {
	private depth = 0;

	constructor(
		private readonly builder: ModelBuilder,
		private readonly model: OnnxModel,
		private readonly file: string,
	) {}

	/**
	 * Translates a graph.
	 * @param layerOf the layer of each node; all nodes of an inner graph are part of that of the node around it
	 */
	translate(graph: OnnxGraph, scope: Scope, layerOf: (index: number) => LayerRecord): void {
		if (this.depth >= DEEPEST)
			throw new UnsupportedError(`Graphs are nested more than ${DEEPEST} deep, which is not computed.`, this.file);
		this.depth++;
		try {
			const declared = declaredTypes(graph);
			for (const [name, constant] of graph.initializers) scope.bind(name, { constant, type: constant.dtype });
			for (const [index, node] of graph.nodes.entries()) this.translateNode(node, scope, layerOf(index), declared);
		} finally {
			this.depth--;
		}
	}

	private translateNode(
		node: NodeMessage,
		scope: Scope,
		layer: LayerRecord,
		declared: ReadonlyMap<string, DeclaredType>,
	): void {
		const domain = standardDomain(node.domain);
		const base = node.name || node.output?.find((output) => output !== "") || (node.opType ?? "node");
		const where = `${this.file}, node "${base}"`;
		const context = new TranslatedNode(
			this.builder,
			scope,
			layer,
			node,
			domain,
			this.model.opsets.get(domain) ?? 1,
			base,
			where,
			(inner, innerScope, owner) => this.translate(inner, innerScope, () => owner),
		);
		layer.operators.push(node.opType ?? "");
		for (const name of context.attributes.names()) layer.config[name] ??= context.attributes.shown(name);
		const mark = this.builder.nodes.length;
		try {
			const local = this.functionOf(node, domain);
			const results = local ? this.call(local, node, scope, layer) : this.run(context, domain, where);
			this.bindOutputs(context, scope, results, declared, mark, base);
		} catch (thrown) {
			if (!(thrown instanceof LaminaError)) throw thrown;
			this.refuse(context, scope, layer, thrown, mark, base, where);
		}
	}

	private run(context: TranslatedNode, domain: string, where: string): readonly (string | undefined)[] {
		const folded = foldConstant(context);
		if (folded) {
			context.constantOutput(folded);
			return [];
		}
		const translator = findOperator(domain, context.opType);
		if (!translator) {
			const name = domain === "" ? context.opType : `${domain}.${context.opType}`;
			throw new UnsupportedError(
				`The operator ${name} is not supported.`,
				where,
				nearOperators(domain, context.opType),
			);
		}
		const result = translator(context);
		return result === undefined ? [] : typeof result === "string" ? [result] : result;
	}

	/** Gives the results the names that the file has for them. */
	private bindOutputs(
		context: TranslatedNode,
		scope: Scope,
		results: readonly (string | undefined)[],
		declared: ReadonlyMap<string, DeclaredType>,
		mark: number,
		base: string,
	): void {
		const { builder } = this;
		const local = new Map(builder.nodes.slice(mark).flatMap((node) => node.outputs.map((value) => [value, node])));
		const named: string[] = [];
		const layer = context.owner;
		const inputType = context.has(0) ? context.type(0) : "float32";
		for (const [index, name] of (context.node.output ?? []).entries()) {
			if (name === "") continue;
			const constant = context.constantOutputs[index];
			if (constant) {
				scope.bind(name, { constant: { ...constant, name: constant.name || name }, type: constant.dtype });
				continue;
			}
			const result = results[index];
			if (result === undefined)
				throw new UnsupportedError(
					`Output ${index} of ${context.opType} ("${name}") is not computed.`,
					`${this.file}, node "${base}"`,
				);
			const isOwn = local.has(result) && !named.includes(builder.nameOf(result));
			const value = isOwn ? result : (builder.emit(layer, base, "Identity", 1, [result], {}, {})[0] as string);
			const final = this.depth === 1 ? name : builder.unique(name);
			builder.rename(value, final);
			named.push(final);
			const info = declared.get(name);
			scope.bind(name, {
				value: final,
				type: context.outputTypes.get(index) ?? info?.type ?? inputType,
				...(info?.shape && { shape: info.shape }),
			});
		}
		if (named.length > 0) {
			const input = context.has(0) ? context.valueIfAny(0) : undefined;
			builder.axisRules.push({ outputs: named, input, axis: context.channelAxis });
			builder.nameNode(named[0] as string, base);
		}
	}

	/** Drops what a node emitted and lets whatever depends on it say why it cannot be computed. */
	private refuse(
		context: TranslatedNode,
		scope: Scope,
		layer: LayerRecord,
		thrown: LaminaError,
		mark: number,
		base: string,
		where: string,
	): void {
		const { builder } = this;
		builder.nodes.length = mark;
		const { message, hint } = thrown;
		const place = thrown.where ?? where;
		const outputs = (context.node.output ?? []).filter((name) => name !== "");
		if (outputs.length > 0) {
			const attrs = { refusal: message, where: place, ...(hint !== undefined && { hint }) };
			const values = builder.emit(layer, base, REFUSED, outputs.length, [], attrs, {});
			for (const [index, name] of outputs.entries()) {
				const final = this.depth === 1 ? name : builder.unique(name);
				builder.rename(values[index] as string, final);
				scope.bind(name, { value: final, type: "float32" });
				builder.varying.add(final);
			}
			builder.nameNode(builder.nameOf(values[0] as string), base);
		}
		layer.refusal ??= { ...thrown.toData(), where: place };
	}

	private functionOf({ opType }: NodeMessage, domain: string): FunctionMessage | undefined {
		return this.model.functions.find(
			(candidate) => candidate.name === opType && standardDomain(candidate.domain) === domain,
		);
	}

	/** The body of a function of the file in place of the call. */
	private call(local: FunctionMessage, node: NodeMessage, scope: Scope, layer: LayerRecord): string[] {
		const inner = new Scope();
		for (const [index, name] of (local.input ?? []).entries()) {
			const given = node.input?.[index];
			const binding = given ? scope.find(given) : undefined;
			if (binding) inner.bind(name, binding);
		}
		const attributes = new Map<string, AttributeMessage>();
		for (const attribute of [...(local.attributeProto ?? []), ...(node.attribute ?? [])])
			attributes.set(attribute.name ?? "", attribute);
		const body: OnnxGraph = {
			name: local.name ?? "",
			nodes: (local.node ?? []).map((part) => withAttributes(part, attributes)),
			initializers: new Map(),
			inputs: [],
			outputs: [],
			valueInfo: [],
		};
		this.translate(body, inner, () => layer);
		return (local.output ?? []).map((name) => {
			const binding = inner.find(name);
			if (!binding) throw new UnreadableFileError(`The function ${local.name} does not make its output "${name}".`);
			return this.builder.valueOf(binding, layer);
		});
	}
}

/** A node of a function, attributes that refer to those of the call replaced by them; absent ones are left out. */
function withAttributes(node: NodeMessage, attributes: ReadonlyMap<string, AttributeMessage>): NodeMessage {
	const attribute = (node.attribute ?? []).flatMap((own): AttributeMessage[] => {
		if (!own.refAttrName) return [own];
		const given = attributes.get(own.refAttrName);
		return given ? [{ ...given, ...(own.name !== undefined && { name: own.name }) }] : [];
	});
	return { ...node, attribute };
}

export type { Binding };
