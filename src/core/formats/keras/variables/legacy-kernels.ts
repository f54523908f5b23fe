import { sizeOf, type Tensor } from "../../../../shared/tensor";
import type { StoredTensor } from "../../weight-file";
import type { Dialect, LayerConfig } from "../translator";

/** The layer that a kernel belongs to. */
export interface KernelOwner {
	readonly className: string;
	readonly config: LayerConfig;
}

/**
 * A kernel as Keras 2 keeps it: [spatial..., in, out]. Keras 1 kept it in other orders for Theano's layout, and the
 * Theano backend of both turned it around in space (keras/engine/saving.py of Keras 2.2.4,
 * `preprocess_weights_for_loading`).
 */
export function modernKernel(
	tensor: StoredTensor,
	name: string,
	owner: KernelOwner,
	dialect: Dialect,
	backend: string | undefined,
): StoredTensor {
	if (name !== "kernel" || !/^Conv[123]D(Transpose)?$/.test(owner.className)) return tensor;
	const ordered = dialect === "keras-1" ? inKeras2Order(tensor, owner) : tensor;
	return backend === "theano" ? turnedAround(ordered) : ordered;
}

function inKeras2Order(tensor: StoredTensor, { className, config }: KernelOwner): StoredTensor {
	const isTheano = config.data_format === "channels_first";
	const { shape } = tensor;
	if (className === "Conv1D" && shape.length === 4) {
		const [length] = [config.kernel_size].flat();
		// [length, 1, in, out], or of an even older version [out, in, length, 1].
		const ordered = shape[0] === length && shape[1] === 1 ? tensor : transposed(tensor, [2, 3, 1, 0]);
		return reshaped(ordered, [ordered.shape[0] ?? 1, ...ordered.shape.slice(2)]);
	}
	if (className === "Conv2DTranspose" && shape.length === 4)
		return transposed(tensor, isTheano ? [2, 3, 0, 1] : [0, 1, 3, 2]);
	if (isTheano && shape.length === 4) return transposed(tensor, [2, 3, 1, 0]);
	if (isTheano && shape.length === 5) return transposed(tensor, [2, 3, 4, 1, 0]);
	return tensor;
}

function reshaped(tensor: StoredTensor, shape: readonly number[]): StoredTensor {
	return {
		...tensor,
		shape,
		identity: `${tensor.identity}\nreshaped ${shape.join()}`,
		read: () => ({ ...tensor.read(), shape }),
	};
}

function transposed(tensor: StoredTensor, axes: readonly number[]): StoredTensor {
	const shape = axes.map((axis) => tensor.shape[axis] ?? 1);
	const strides = stridesOf(tensor.shape);
	return gathered(
		tensor,
		shape,
		axes.map((axis) => strides[axis] ?? 1),
		0,
		`transposed ${axes.join()}`,
	);
}

/** All axes but the last two backwards. */
function turnedAround(tensor: StoredTensor): StoredTensor {
	const spatial = tensor.shape.length - 2;
	const strides = stridesOf(tensor.shape);
	const start = tensor.shape
		.slice(0, spatial)
		.reduce((total, extent, axis) => total + (extent - 1) * (strides[axis] ?? 1), 0);
	return gathered(
		tensor,
		tensor.shape,
		strides.map((stride, axis) => (axis < spatial ? -stride : stride)),
		start,
		"turned",
	);
}

function stridesOf(shape: readonly number[]): number[] {
	return shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
}

/** Element i0, i1 ... is element start + i0 * strides[0] + i1 * strides[1] ... of the stored tensor. */
function gathered(
	tensor: StoredTensor,
	shape: readonly number[],
	strides: readonly number[],
	start: number,
	how: string,
): StoredTensor {
	const read = (): Tensor => {
		const { data, dtype } = tensor.read();
		const result = dtype === "float32" ? new Float32Array(data.length) : new Int32Array(data.length);
		const index = new Array<number>(shape.length).fill(0);
		let from = start;
		for (let to = 0; to < result.length; to++) {
			result[to] = data[from] as number;
			for (let axis = shape.length - 1; axis >= 0; axis--) {
				from += strides[axis] as number;
				index[axis] = (index[axis] as number) + 1;
				if ((index[axis] as number) < (shape[axis] as number)) break;
				from -= (strides[axis] as number) * (shape[axis] as number);
				index[axis] = 0;
			}
		}
		return { dtype: dtype === "float32" ? "float32" : "int32", shape, data: result };
	};
	return { ...tensor, shape, identity: `${tensor.identity}\n${how}`, read };
}
