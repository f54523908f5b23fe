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
	/** @throws UnsupportedError naming the layer that stands in the way */
	require(value: string, where: string): Value;
	/** The same forward pass in a builder of its own, to be built upon. */
	emit(): { b: Builder; graph: LoweredGraph };
}

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
		const key = this.key(variant, tensors);
		const known = this.lowerings.get(key);
		if (known) return known;
		const { graph } = this.model(variant);
		const shapes = programShapes(tensors);
		const made = lowering(graph, shapes);
		this.lowerings.set(key, made);
		const [oldest] = this.lowerings.keys();
		if (this.lowerings.size > MOST_LOWERINGS && oldest !== undefined) this.lowerings.delete(oldest);
		return made;
	}

	/** What a program depends on, the batch left out. */
	key({ passes, keep }: Variant, tensors: Inputs): string {
		const shapes = Object.entries(tensors).map(([name, tensor]) => `${name}[${tensor.shape.slice(1).join()}]`);
		return `${passes.join()}|${keep.join()}|${shapes.join(";")}`;
	}
}

function lowering(source: Graph, shapes: Readonly<Record<string, readonly Dim[]>>): Lowering {
	const emit = () => {
		const b = new Builder();
		return { b, graph: lowerGraph(b, source, shapes) };
	};
	const { graph: lowered } = emit();
	for (const port of source.inputs)
		if (!shapes[port.name]) throw new InvalidRequestError(`the input "${port.name}" is missing`, port.name);
	return { source, lowered, require: (value, where) => requireValue(lowered, value, where), emit };
}
