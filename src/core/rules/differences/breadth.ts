import type { OpDefinition } from "../../ops/op";
import type { Builder } from "../../program/builder";
import type { Value } from "../../program/types";
import { abs, full, mul, sub } from "../../program/vocabulary";
import { isAffine, isLinearLayer } from "../depth";
import { vjpOnce } from "../gradient";
import type { SourceNode } from "../rule";
import { difference } from "./quotient";
import { referenceOf } from "./rescale";

/** Which layers tell contributions apart: all linear ones, or dense ones alone. */
export type TellsApart = (op: OpDefinition) => boolean;

export interface Sources {
	readonly b: Builder;
	sourceOf(value: string): SourceNode | undefined;
}

/** How contributions pass an op between a linear layer and an activation: moved or averaged, scaled, or not at all. */
export function passageOf(op: OpDefinition): "even" | "scaled" | undefined {
	if (op.family === "average-pooling" || op.kind === "shape" || op.op === "Add" || op.op === "Average") return "even";
	return op.family === "batch-norm" || isAffine(op) ? "scaled" : undefined;
}

/**
 * The breadth of a value: the sum of the magnitudes of the contributions it is made of, where its difference from the
 * reference is their sum. (difference + breadth) / 2 is what raised it, (difference - breadth) / 2 what lowered it. The
 * linear layer before it tells contributions apart; averaging, scaling and moving of elements between the two pass them on.
 * @returns `undefined` where nothing tells contributions apart: the breadth is the magnitude of the difference
 */
export function breadthOf(sources: Sources, value: string, tellsApart: TellsApart): Value | undefined {
	const { b } = sources;
	const source = sources.sourceOf(value);
	if (!source) return undefined;
	const output = source.node.outputs.indexOf(value);
	if (isLinearLayer(source.op)) return tellsApart(source.op) ? magnitudes(b, source)[output] : undefined;
	const passage = passageOf(source.op);
	const inner = passage ? source.node.inputs.map((name) => breadthOf(sources, name, tellsApart)) : [];
	if (inner.every((breadth) => breadth === undefined)) return undefined;
	const breadths = changes(b, source).map((change, index) => inner[index] ?? change);
	if (passage === "scaled") return mul(b, breadths[0] as Value, scaleOf(b, source));
	const nothing = breadths.map((breadth) => (breadth.dtype === "float32" ? full(b, breadth.shape, 0) : breadth));
	const at = (inputs: readonly Value[]) =>
		source.op.forward(b, inputs, source.params, source.node.attrs)[output] as Value;
	return sub(b, at(breadths), at(nothing));
}

/** Magnitudes of the differences of real inputs; the others as they are. */
function changes(b: Builder, source: SourceNode): Value[] {
	const reference = referenceOf(source);
	return source.inputs.map((x, index) =>
		x.dtype === "float32" ? abs(b, difference(b, x, reference.inputs[index] as Value)) : x,
	);
}

/** |W|^T |x - x'| of a linear layer. */
function magnitudes(b: Builder, source: SourceNode): Value[] {
	return withMagnitudes(b, source, changes(b, source));
}

/** The layer with the magnitudes of its weights and no bias. */
export function withMagnitudes(b: Builder, { op, node, params }: SourceNode, inputs: readonly Value[]): Value[] {
	const weights = Object.entries(params).filter(([name]) => !op.biasParams?.includes(name));
	return op.forward(b, inputs, Object.fromEntries(weights.map(([name, w]) => [name, abs(b, w)])), node.attrs);
}

/** Magnitude of the factor that a scaling op has at each element. */
export function scaleOf(b: Builder, { inputs, outputs }: SourceNode): Value {
	const output = outputs[0] as Value;
	const [scale] = vjpOnce(b, [[output, full(b, output.shape, 1)]], inputs.slice(0, 1), [true]);
	return scale ? abs(b, scale) : full(b, (inputs[0] as Value).shape, 0);
}
