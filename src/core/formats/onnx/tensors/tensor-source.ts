import type { Tensor } from "../../../../shared/tensor";
import type { StoredTensor } from "../../weight-file";

/** A tensor of an ONNX file: an initialiser, or a value that constants alone decide. */
export interface TensorSource extends StoredTensor {
	readonly name: string;
	/** bool tensors are read as bool. */
	read(): Tensor;
}

/** The same elements under another shape. */
export function reshaped(tensor: TensorSource, shape: readonly number[]): TensorSource {
	return {
		...tensor,
		shape,
		identity: `${tensor.identity}\nreshape ${shape.join()}`,
		read: () => ({ ...tensor.read(), shape }),
	};
}

/** Axes in another order. */
export function permuted(tensor: TensorSource, permutation: readonly number[]): TensorSource {
	const shape = permutation.map((axis) => tensor.shape[axis] as number);
	return {
		...tensor,
		shape,
		identity: `${tensor.identity}\ntranspose ${permutation.join()}`,
		read: () => transposed(tensor.read(), permutation, shape),
	};
}

function transposed(tensor: Tensor, permutation: readonly number[], shape: readonly number[]): Tensor {
	const strides = new Array<number>(shape.length).fill(1);
	for (let axis = shape.length - 2; axis >= 0; axis--)
		strides[axis] = (strides[axis + 1] as number) * (tensor.shape[axis + 1] as number);
	const steps = permutation.map((axis) => strides[axis] as number);
	const data = tensor.data.slice();
	const index = shape.map(() => 0);
	for (let to = 0, from = 0; to < data.length; to++) {
		data[to] = tensor.data[from] as number;
		for (let axis = shape.length - 1; axis >= 0; axis--) {
			index[axis] = (index[axis] as number) + 1;
			from += steps[axis] as number;
			if ((index[axis] as number) < (shape[axis] as number)) break;
			from -= (steps[axis] as number) * (shape[axis] as number);
			index[axis] = 0;
		}
	}
	return { dtype: tensor.dtype, shape, data };
}
