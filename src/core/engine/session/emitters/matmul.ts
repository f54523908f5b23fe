import { flag } from "../../../program/attributes";
import { type Emission, type EmitterFamily, operand } from "../emitter";
import { attr, type GraphWriter, type Ref } from "../graph-writer";
import { reshapeTo } from "./shape";

export function matrixProduct(
	graph: GraphWriter,
	x: Ref,
	y: Ref,
	transposeA: boolean,
	transposeB: boolean,
	shape: readonly number[],
): Ref {
	const attrs = { T: attr.type("float32"), transpose_a: attr.bool(transposeA), transpose_b: attr.bool(transposeB) };
	return graph.node("MatMul", [x, y], attrs, { dtype: "float32", shape });
}

/** One big product where the right operand is one matrix: that is fused with a bias and faster than many small ones. */
function matmul(call: Emission): Ref {
	const { graph, attributes, type } = call;
	const x = operand(call, 0);
	const y = operand(call, 1);
	const transposeA = flag(attributes, "transposeA");
	const transposeB = flag(attributes, "transposeB");
	if (x.shape.length === 2 && y.shape.length === 2)
		return matrixProduct(graph, x, y, transposeA, transposeB, type.shape);
	const rows = rowCount(x.shape.slice(0, -1));
	if (y.shape.length === 2 && !transposeA && rows !== undefined) {
		const flat = reshapeTo(graph, x, [rows, x.shape.at(-1) as number]);
		return reshapeTo(
			graph,
			matrixProduct(graph, flat, y, false, transposeB, [rows, type.shape.at(-1) as number]),
			type.shape,
		);
	}
	return graph.node(
		"BatchMatMulV2",
		[x, y],
		{ T: attr.type("float32"), adj_x: attr.bool(transposeA), adj_y: attr.bool(transposeB) },
		type,
	);
}

/** Product of extents, a multiple of the batch when one of them is; `undefined` when two are. */
export function rowCount(extents: readonly number[]): number | undefined {
	if (extents.filter((extent) => extent < 0).length > 1) return undefined;
	return extents.reduce((product, extent) => product * extent, 1);
}

export const MATMUL: EmitterFamily = { matmul };
