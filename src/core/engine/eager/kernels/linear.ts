import { sizeOf } from "../../../../shared/tensor";
import { integers, pairs } from "../../../program/attributes";
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

const PLAIN = { transposeA: false, transposeB: false };

/**
 * Multiplications of one matrix pair from which on pairs are given to the backend one by one: WASM multiplies a batch
 * of matrices by plain loops (1.4 GFLOP/s), but a single pair with XNNPACK (15 GFLOP/s), which takes 50 us to set up.
 */
const WORTH_A_CALL = 2 ** 15;

/** Never transposed: ../compositions turns such operands first. */
const matmul: Kernel = ({ backend, inputs: [x, y], shape }) => {
	const [rows, columns] = shape.slice(-2) as [number, number];
	const inner = x!.shape.at(-1) as number;
	if (y!.shape.length === 2) {
		// One matrix for all: the leading axes of x are rows.
		const a = backend.reshape(x!, [1, sizeOf(x!.shape.slice(0, -1)), inner]);
		const b = backend.reshape(ownMatrix(backend, y!), [1, ...y!.shape]);
		return backend.reshape(backend.kernel("BatchMatMul", { a, b }, PLAIN), shape);
	}
	const leading = shape.slice(0, -2);
	const [a, b] = [x!, y!].map((operand) => {
		const matrix = operand.shape.slice(-2);
		return backend.reshape(broadcastHandle(backend, operand, [...leading, ...matrix]), [sizeOf(leading), ...matrix]);
	}) as [Handle, Handle];
	if (sizeOf(leading) > 1 && rows * inner * columns >= WORTH_A_CALL) return oneByOne(backend, a, b, shape);
	const right = sizeOf(leading) === 1 ? ownMatrix(backend, b) : b;
	return backend.reshape(backend.kernel("BatchMatMul", { a, b: right }, PLAIN), shape);
};

function oneByOne(backend: EagerBackend, a: Handle, b: Handle, shape: readonly number[]): Handle {
	const result = backend.allocate(shape, "float32");
	const size = sizeOf(shape.slice(-2));
	for (let index = 0; index < (a.shape[0] as number); index++) {
		const product = backend.tidy(() =>
			backend.kernel("BatchMatMul", { a: matrixAt(backend, a, index), b: matrixAt(backend, b, index) }, PLAIN),
		);
		backend.view(result).set(backend.view(product), index * size);
	}
	return result;
}

function matrixAt(backend: EagerBackend, batch: Handle, index: number): Handle {
	const shape = [1, ...batch.shape.slice(1)];
	const matrix = backend.allocate(shape, "float32");
	backend.view(matrix).set(backend.view(batch).subarray(index * sizeOf(shape), (index + 1) * sizeOf(shape)));
	return matrix;
}

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
