import { UnreadableFileError } from "../../../../shared/errors";
import { sizeOf } from "../../../../shared/tensor";
import { checkTable } from "../../../ops/numbers";
import type { SparseTensorMessage } from "../proto/schema";
import { tensorFromMessage } from "./read-tensor";
import type { TensorSource } from "./tensor-source";

/** A tensor of which only the elements that are not 0 are written, at their places. */
export function sparseTensor({ values, indices, dims }: SparseTensorMessage, where: string): TensorSource {
	if (!values || !indices) throw new UnreadableFileError("A sparse tensor has no values or no indices.", where);
	const shape = [...(dims ?? [])];
	const [held, places] = [tensorFromMessage(values, where), tensorFromMessage(indices, where)];
	checkTable(...shape);
	return {
		...held,
		shape,
		read() {
			const [elements, at] = [held.read(), places.read()];
			const size = sizeOf(shape);
			const data = elements.dtype === "float32" ? new Float32Array(size) : new Int32Array(size);
			const count = elements.data.length;
			const columns = at.data.length / Math.max(1, count);
			for (let item = 0; item < count; item++) {
				let place = 0;
				// Either one number, the place in the tensor laid flat, or one for each axis.
				if (columns === 1) place = at.data[item] as number;
				else
					for (const [axis, extent] of shape.entries()) place = place * extent + (at.data[item * columns + axis] ?? 0);
				if (place < 0 || place >= size)
					throw new UnreadableFileError(
						`A sparse tensor of shape [${shape.join(", ")}] has a value at ${place}.`,
						where,
					);
				data[place] = elements.data[item] as number;
			}
			return elements.dtype === "float32"
				? { dtype: "float32", shape, data: data as Float32Array }
				: { dtype: "int32", shape, data: data as Int32Array };
		},
	};
}
