import { type LoweredGraph, lowerGraph } from "../../../graph/lower";
import { boundShape } from "../../../graph/shapes";
import type { Graph, GraphPort } from "../../../graph/types";
import { flag, integer, integers } from "../../../program/attributes";
import { Builder } from "../../../program/builder";
import { bindShape, isBatchDim } from "../../../program/dims";
import { knownTensor } from "../../../program/known";
import type { Dim, Instruction, Value } from "../../../program/types";

/**
 * Whether a graph computes examples independently when the first axis of these inputs is the batch. Most files are
 * exported for one example, with 1 written into their shapes; the graph is lowered with a free batch, and with the
 * extent that the file declares. Both must compute the same values in the same shapes, every output must have its
 * examples on the first axis, and no instruction may look along the batch.
 */
export function isIndependent(graph: Graph, inputs: readonly GraphPort[]): boolean {
	const b = new Builder();
	const free = lowered(b, graph, inputs, (port) => boundShape(port, 0));
	const declared = inputs.find((port) => !port.fixed)?.shape[0];
	if (declared === undefined) return false;
	const n = declared ?? 1;
	const bound = lowered(new Builder(), graph, inputs, (port) => bindShape(boundShape(port, 0), n));
	for (const [name, value] of bound.values) {
		const other = free.values.get(name);
		if (!other || bindShape(other.shape, n).join() !== value.shape.join()) return false;
	}
	const outputs = graph.outputs.flatMap(({ value }) => free.values.get(value) ?? []);
	if (outputs.length === 0 || !outputs.every(({ shape }) => isBatchDim(shape[0] ?? 1))) return false;
	return !mixesExamples(b, outputs);
}

function lowered(
	b: Builder,
	graph: Graph,
	inputs: readonly GraphPort[],
	shapeOf: (port: GraphPort) => Dim[],
): LoweredGraph {
	return lowerGraph(b, { ...graph, inputs }, Object.fromEntries(inputs.map((port) => [port.name, shapeOf(port)])));
}

/** Whether an instruction that outputs depend on reduces, orders or chooses along an axis that depends on the batch. */
function mixesExamples(b: Builder, outputs: readonly Value[]): boolean {
	const seen = new Set<number>();
	const stack = outputs.map(({ id }) => id);
	for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
		if (seen.has(id)) continue;
		seen.add(id);
		const instruction = b.instruction(id);
		if (isKnownExtent(b, instruction)) continue;
		if (looksAlongBatch(b, instruction)) return true;
		stack.push(...instruction.inputs);
	}
	return false;
}

/** Extents taken out of a shape that do not depend on the batch, such as the features of attention that its scale is made of. */
function isKnownExtent(b: Builder, { id }: Instruction): boolean {
	const known = knownTensor(b, b.value(id));
	return known !== undefined && known.batch === undefined;
}

function looksAlongBatch(b: Builder, { op, inputs, attributes, type }: Instruction): boolean {
	if (attributes.byExample === true) return type.shape.filter(isBatchDim).length > 1;
	if (op === "shapeOf" || type.shape.filter(isBatchDim).length > 1) return true;
	const [x, y] = inputs.map((input) => b.value(input).shape);
	if (!x) return false;
	const depends = (axis: number, shape = x) => isBatchDim(shape.at(axis) ?? 1);
	if (op.startsWith("reduce") && op !== "reduceGrad") return integers(attributes, "axes").some((axis) => depends(axis));
	switch (op) {
		case "softmax":
		case "logSoftmax":
		case "topK":
			return depends(-1);
		case "scatterAdd":
		case "scatterMax":
		case "scatterMin":
		case "scatterProd":
			return depends(integer(attributes, "axis"), type.shape);
		case "argMax":
		case "argMin":
		case "cumsum":
		case "gather":
		case "concat":
			return depends(integer(attributes, "axis"));
		case "reverse":
			return integers(attributes, "axes").some((axis) => depends(axis));
		case "matmul":
			return depends(flag(attributes, "transposeA") ? -2 : -1) || depends(flag(attributes, "transposeB") ? -1 : -2, y);
		default:
			return false;
	}
}
