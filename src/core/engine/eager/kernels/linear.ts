import { sizeOf } from "../../../../shared/tensor";
import { flag, integers, pairs } from "../../../program/attributes";
import type { Attributes } from "../../../program/types";
import type { EagerBackend, Handle } from "../backend";
import type { Kernel, KernelTable } from "./kernel";
import { broadcastHandle, denseCopy, rowMajorStrides } from "./strided";

/** Shape in which XNNPACK has packed the matrix of some data. */
const packedAs = new WeakMap<object, string>();

/**
 * XNNPACK keeps the packed copy of a right-hand matrix by the id of its data and does not look at the shape again: the
 * same data seen as another matrix (a column as a row) would be taken for the first one. It gets data of its own.
 */
function ownMatrix(backend: EagerBackend, matrix: Handle): Handle {
	const shape = matrix.shape.slice(-2);
	const known = packedAs.get(matrix.dataId);
	if (known === undefined) packedAs.set(matrix.dataId, shape.join());
	if (known === undefined || known === shape.join()) return matrix;
	return denseCopy(backend, matrix, { offset: 0, strides: rowMajorStrides(matrix.shape) }, matrix.shape);
}

const matmul: Kernel = ({ backend, inputs: [x, y], attributes, shape }) => {
	const transposeA = flag(attributes, "transposeA");
	const transposeB = flag(attributes, "transposeB");
	if (y!.shape.length === 2 && !transposeA) {
		// One matrix for all: the leading axes of x are rows.
		const rows = sizeOf(x!.shape.slice(0, -1));
		const a = backend.reshape(x!, [1, rows, x!.shape.at(-1) as number]);
		const b = backend.reshape(transposeB ? y! : ownMatrix(backend, y!), [1, ...y!.shape]);
		return backend.reshape(backend.kernel("BatchMatMul", { a, b }, { transposeA, transposeB }), shape);
	}
	const leading = shape.slice(0, -2);
	const [a, b] = [x!, y!].map((operand) => {
		const matrix = operand.shape.slice(-2);
		// The kernel repeats a single matrix by itself.
		const spread =
			sizeOf(operand.shape.slice(0, -2)) === 1 ? operand : broadcastHandle(backend, operand, [...leading, ...matrix]);
		return backend.reshape(spread, [sizeOf(spread.shape.slice(0, -2)), ...matrix]);
	});
	const right = transposeA || transposeB ? b! : ownMatrix(backend, b!);
	return backend.reshape(backend.kernel("BatchMatMul", { a: a!, b: right }, { transposeA, transposeB }), shape);
};

function convolutionAttributes(attributes: Attributes) {
	return {
		strides: [...integers(attributes, "strides")],
		pad: [[0, 0], ...pairs(attributes, "padding").map((sides) => [...sides]), [0, 0]],
		dilations: [...integers(attributes, "dilations")],
		dataFormat: "NHWC",
	};
}

const conv2d: Kernel = ({ backend, inputs: [x, filter], attributes }) =>
	backend.kernel("Conv2D", { x: x!, filter: filter! }, convolutionAttributes(attributes));

const depthwiseConv2d: Kernel = ({ backend, inputs: [x, filter], attributes }) =>
	backend.kernel("DepthwiseConv2dNative", { x: x!, filter: filter! }, convolutionAttributes(attributes));

/** What takes most of the time: XNNPACK on WASM. */
export const LINEAR_KERNELS: KernelTable = { matmul, conv2d, depthwiseConv2d };
