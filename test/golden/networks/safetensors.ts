import { float32, type Tensor } from "../../../src/shared/tensor";

/** The float32 tensors of a .safetensors file: 8 bytes of length, a JSON header, then the data. */
export function readSafetensors(file: Buffer): Map<string, Tensor> {
	const length = Number(file.readBigUInt64LE(0));
	const header = JSON.parse(file.toString("utf8", 8, 8 + length)) as Record<
		string,
		{ dtype: string; shape: number[]; data_offsets: [number, number] }
	>;
	const tensors = new Map<string, Tensor>();
	for (const [
		name,
		{
			dtype,
			shape,
			data_offsets: [begin, end],
		},
	] of Object.entries(header)) {
		if (dtype !== "F32") continue;
		const bytes = file.subarray(8 + length + begin, 8 + length + end);
		tensors.set(
			name,
			float32(shape, new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length))),
		);
	}
	return tensors;
}
