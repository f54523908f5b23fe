/**
 * Dense tensors as they cross process borders: row-major, little-endian typed arrays.
 * Floating-point data is always float32 here; files in float16, bfloat16 or float64 are converted when read.
 */
export type DType = "float32" | "int32" | "bool";

export type TensorData = Float32Array | Int32Array | Uint8Array;

export interface Tensor {
	readonly dtype: DType;
	/** Concrete extents, outermost first. `[]` is a scalar. */
	readonly shape: readonly number[];
	/** Exactly `sizeOf(shape)` elements; `bool` is 0 or 1 in a `Uint8Array`. */
	readonly data: TensorData;
}

/** Number of elements of a shape; 1 for a scalar. */
export function sizeOf(shape: readonly number[]): number {
	let size = 1;
	for (const extent of shape) size *= extent;
	return size;
}

/** Builds a float32 tensor. @throws RangeError when the data does not fill the shape. */
export function float32(shape: readonly number[], data: ArrayLike<number>): Tensor {
	const values = data instanceof Float32Array ? data : Float32Array.from(data);
	if (values.length !== sizeOf(shape)) {
		throw new RangeError(
			`a tensor of shape [${shape.join(", ")}] holds ${sizeOf(shape)} values, but ${values.length} were given`,
		);
	}
	return { dtype: "float32", shape, data: values };
}
