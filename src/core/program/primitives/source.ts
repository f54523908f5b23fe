import { InvalidRequestError } from "../../../shared/errors";
import { type DType, sizeOf } from "../../../shared/tensor";
import { integers, tensorData, text } from "../attributes";
import { formatShape } from "../dims";
import type { Primitive } from "../primitive";
import type { Attributes, ValueType } from "../types";

const ARRAY_OF: Record<DType, string> = { float32: "Float32Array", int32: "Int32Array", bool: "Uint8Array" };

/** `input` and `weight` get their type from the builder, which appends them itself. */
function declared(name: "input" | "weight"): Primitive {
	return {
		name,
		type() {
			throw new InvalidRequestError(`use the builder's ${name}(name, dtype, shape)`);
		},
		flops: () => 0,
	};
}

function constantType(_inputs: readonly ValueType[], attributes: Attributes): ValueType {
	const dtype = text(attributes, "dtype") as DType;
	const shape = integers(attributes, "shape");
	const data = tensorData(attributes, "data");
	if (shape.some((extent) => extent < 0)) {
		throw new InvalidRequestError(
			`a constant cannot depend on the batch size, but its shape is ${formatShape(shape)}; broadcast it`,
		);
	}
	if (data.length !== sizeOf(shape))
		throw new InvalidRequestError(
			`shape ${formatShape(shape)} holds ${sizeOf(shape)} values, but ${data.length} were given`,
		);
	if (data.constructor.name !== ARRAY_OF[dtype]) {
		throw new InvalidRequestError(`${dtype} data must be ${ARRAY_OF[dtype]}, but ${data.constructor.name} was given`);
	}
	return { dtype, shape };
}

/** What a program starts from. */
export const SOURCES: readonly Primitive[] = [
	declared("input"),
	declared("weight"),
	{ name: "constant", type: constantType, flops: () => 0 },
];
