import { InvalidRequestError } from "../../shared/errors";
import type { OpenedModel } from "../formats/format";
import { type LoweredGraph, lowerGraph, requireValue } from "../graph/lower";
import { canonise } from "../graph/passes";
import type { Graph } from "../graph/types";
import { Builder } from "../program/builder";
import type { Dim, Value } from "../program/types";
import { type Inputs, programShapes } from "./inputs";

/** A graph lowered for given input shapes. */
export interface Lowering {
	/** The graph after the passes. */
	readonly source: Graph;
	readonly lowered: LoweredGraph;
	/** What holds the values of `lowered`, to be looked at; it is not built upon. */
	readonly builder: Builder;
	/** @throws UnsupportedError naming the layer that stands in the way */
	require(value: string, where: string): Value;
	/** The same forward pass in a builder of its own, to be built upon. */
	emit(): { b: Builder; graph: LoweredGraph };
	/** The same forward pass once more, on reference inputs ({@link referenceInput}); weights are shared. */
	emitReference(b: Builder): LoweredGraph;
}

/** Name of a program's input that holds the reference for an input of the model. */
export const referenceInput = (name: string): string => `reference:${name}`;

/** Which form of the model is meant: the canonisation passes, and the values that they must leave as they are. */
export interface Variant {
	readonly passes: readonly string[];
	readonly keep: readonly string[];
}

/** The model as the file has it. */
export const ORIGINAL: Variant = { passes: [], keep: [] };

/** Sizes of free inputs (pictures, sequences) that are remembered at a time. */
const MOST_LOWERINGS = 32;

/** The lowered forms of one model, by canonisation passes and input shapes. */
export class Lowerings {
	private readonly models = new Map<string, OpenedModel>();
	private readonly lowerings = new Map<string, Lowering>();
	/** Inputs whose numbers are part of the program. */
	private readonly numbers = new Set<string>();

	constructor(private readonly original: OpenedModel) {}

	/** The model after the passes. @throws InvalidRequestError for an unknown pass */
	model({ passes, keep }: Variant): OpenedModel {
		if (passes.length === 0) return this.original;
		const key = `${passes.join()}|${keep.join()}`;
		const known = this.models.get(key);
		if (known) return known;
		const made = canonise(this.original, passes, new Set(keep));
		this.models.set(key, made);
		return made;
	}

	lower(variant: Variant, tensors: Inputs): Lowering {
		for (;;) {
			const key = this.key(variant, tensors);
			const known = this.lowerings.get(key);
			if (known) return known;
			const { graph } = this.model(variant);
			const numbers = Object.fromEntries(Object.entries(tensors).filter(([name]) => this.numbers.has(name)));
			const made = lowering(graph, programShapes(graph, tensors), numbers);
			const missing = graph.inputs.filter(({ name }) => made.lowered.needed.has(name) && !this.numbers.has(name));
			if (missing.length > 0) {
				for (const { name } of missing) this.numbers.add(name);
				continue;
			}
			this.lowerings.set(key, made);
			const [oldest] = this.lowerings.keys();
			if (this.lowerings.size > MOST_LOWERINGS && oldest !== undefined) this.lowerings.delete(oldest);
			return made;
		}
	}

	/** What a program depends on, the batch left out. */
	key({ passes, keep }: Variant, tensors: Inputs): string {
		const shapes = Object.entries(programShapes(this.original.graph, tensors)).map(
			([name, shape]) => `${name}[${shape.join()}]${this.numbers.has(name) ? `=${tensors[name]?.data.join()}` : ""}`,
		);
		return `${passes.join()}|${keep.join()}|${shapes.join(";")}`;
	}
}

function lowering(source: Graph, shapes: Readonly<Record<string, readonly Dim[]>>, numbers: Inputs): Lowering {
	const emit = () => {
		const b = new Builder();
		return { b, graph: lowerGraph(b, source, shapes, { numbers }) };
	};
	const { b: builder, graph: lowered } = emit();
	for (const port of source.inputs)
		if (!shapes[port.name]) throw new InvalidRequestError(`the input "${port.name}" is missing`, port.name);
	return {
		source,
		lowered,
		builder,
		require: (value, where) => requireValue(lowered, value, where),
		emit,
		emitReference: (b) => lowerGraph(b, source, shapes, { inputName: referenceInput, numbers }),
	};
}
