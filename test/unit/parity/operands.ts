import { bindShape } from "../../../src/core/program/dims";
import { sizeOf, type Tensor } from "../../../src/shared/tensor";
import type { Case, Operand, Values } from "./cases";
import { POOL_REFERENCES } from "./reference-linear";

/** The tensor of an operand for a batch. */
export function fill(
	{ shape, dtype = "float32", values = [-2, 2] }: Operand,
	batch: number,
	random: () => number,
): Tensor {
	const bound = bindShape(shape, batch);
	const draw = drawer(values, random, dtype === "int32");
	const numbers = Array.from({ length: sizeOf(bound) }, (_, index) => draw(index));
	const data =
		dtype === "float32"
			? Float32Array.from(numbers)
			: dtype === "int32"
				? Int32Array.from(numbers)
				: Uint8Array.from(numbers);
	return { dtype, shape: bound, data };
}

function drawer(values: Values, random: () => number, whole: boolean): (index: number) => number {
	if ("list" in values) return (index) => values.list[index % values.list.length] as number;
	const [low, high] = values;
	return () => (whole ? Math.floor(low + random() * (high - low)) : low + random() * (high - low));
}

/** The max pool of x: the only output that the gradient of a max pool may be given. */
export function poolOf(x: Tensor, { attributes }: Case, shape: number[]): Tensor {
	const { values } = POOL_REFERENCES.maxPool2d!([x], attributes!, shape);
	return { dtype: "float32", shape, data: Float32Array.from(values) };
}

/** mulberry32: the same numbers on every run. */
export function generator(seed: number): () => number {
	let state = seed + 0x9e3779b9;
	return () => {
		state = (state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
	};
}
