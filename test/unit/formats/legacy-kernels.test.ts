import assert from "node:assert/strict";
import { modernKernel } from "../../../src/core/formats/keras/variables/legacy-kernels";
import type { StoredTensor } from "../../../src/core/formats/weight-file";
import { sizeOf } from "../../../src/shared/tensor";

/** Element at [i, j, ...] holds the number ij... in decimal, so that its way can be read from it. */
function stored(shape: number[]): StoredTensor {
	const data = Float32Array.from({ length: sizeOf(shape) }, (_, flat) => {
		let rest = flat;
		return shape.reduceRight((value, extent, axis) => {
			const index = rest % extent;
			rest = Math.floor(rest / extent);
			return value + index * 10 ** (shape.length - 1 - axis);
		}, 0);
	});
	return { shape, dtype: "float32", where: "", identity: "k", read: () => ({ dtype: "float32", shape, data }) };
}

/** Element of a tensor at an index. */
function at(tensor: StoredTensor, ...index: number[]): number {
	const flat = tensor.shape.reduce((total, extent, axis) => total * extent + (index[axis] as number), 0);
	return tensor.read().data[flat] as number;
}

describe("kernels of Keras 1 and of Theano", () => {
	const convolution = (data_format: string) => ({ className: "Conv2D", config: { data_format, kernel_size: [3, 4] } });

	it("in Theano's order [out, in, rows, columns] become [rows, columns, in, out]", () => {
		const kernel = modernKernel(stored([6, 5, 3, 4]), "kernel", convolution("channels_first"), "keras-1", "tensorflow");
		assert.deepEqual(kernel.shape, [3, 4, 5, 6]);
		assert.equal(at(kernel, 1, 2, 3, 4), 4312);
	});

	it("in TensorFlow's order stay as they are", () => {
		const tensor = stored([3, 4, 5, 6]);
		assert.equal(modernKernel(tensor, "kernel", convolution("channels_last"), "keras-1", "tensorflow"), tensor);
		assert.equal(modernKernel(tensor, "kernel", convolution("channels_first"), "keras-2", "tensorflow"), tensor);
	});

	it("of the Theano backend are turned around in space, in Keras 2 too", () => {
		const kernel = modernKernel(stored([3, 4, 5, 6]), "kernel", convolution("channels_first"), "keras-2", "theano");
		assert.equal(at(kernel, 0, 0, 1, 2), 2312);
		assert.equal(at(kernel, 2, 1, 4, 5), 245);
	});

	it("of one dimension lose the axis that Keras 1 gave them", () => {
		const owner = { className: "Conv1D", config: { kernel_size: 3 } };
		const kernel = modernKernel(stored([3, 1, 4, 5]), "kernel", owner, "keras-1", undefined);
		assert.deepEqual(kernel.shape, [3, 4, 5]);
		assert.equal(at(kernel, 2, 1, 3), 2013);
		const older = modernKernel(stored([5, 4, 3, 1]), "kernel", owner, "keras-1", undefined);
		assert.deepEqual(older.shape, [3, 4, 5]);
		assert.equal(at(older, 2, 1, 3), 3120);
	});

	it("have another fingerprint than the stored ones, and other variables none of this", () => {
		const tensor = stored([6, 5, 3, 4]);
		assert.notEqual(
			modernKernel(tensor, "kernel", convolution("channels_first"), "keras-1", undefined).identity,
			tensor.identity,
		);
		assert.equal(modernKernel(tensor, "bias", convolution("channels_first"), "keras-1", "theano"), tensor);
	});
});
