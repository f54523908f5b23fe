import { LaminaError } from "../../shared/errors";
import { DENSE } from "./algebra/dense";
import { PRODUCTS } from "./algebra/products";
import { TENSOR_DOT } from "./algebra/tensor-dot";
import { ACTIVATIONS } from "./elementwise/activation";
import { ARITHMETIC } from "./elementwise/arithmetic";
import { CONSTANT_OPERANDS } from "./elementwise/constant-operand";
import { FUNCTION_OPS } from "./elementwise/functions";
import { SOFTMAX } from "./elementwise/softmax";
import { ENCODINGS } from "./encoding/categories";
import { BATCH_NORMALIZATION } from "./normalization/batch";
import { LAYER_NORMALIZATION } from "./normalization/layer";
import { LOCAL_RESPONSE_NORMALIZATION } from "./normalization/local-response";
import type { OpDefinition } from "./op";
import { RECURRENT } from "./recurrent/layers";
import { REDUCTION_OPS } from "./reduction/reduce";
import { JOINS } from "./shape/join";
import { ORDER } from "./shape/order";
import { REPEATS } from "./shape/repeat";
import { RESHAPES } from "./shape/reshape";
import { SLICES } from "./shape/slice";
import { SIGNAL } from "./signal/spectrogram";
import { ADAPTIVE_POOLING } from "./spatial/adaptive-pooling";
import { BLOCKS } from "./spatial/blocks";
import { CONVOLUTIONS } from "./spatial/convolution";
import { DEPTHWISE } from "./spatial/depthwise";
import { LOCALLY_CONNECTED } from "./spatial/locally-connected";
import { PADDING } from "./spatial/padding";
import { POOLING } from "./spatial/pooling";
import { RESIZE } from "./spatial/resize";
import { TRANSPOSED_CONVOLUTIONS } from "./spatial/transposed-convolution";

/** Every op a graph node may name; one file a family, one line here. */
const families: readonly (readonly OpDefinition[])[] = [
	CONVOLUTIONS,
	DEPTHWISE,
	TRANSPOSED_CONVOLUTIONS,
	LOCALLY_CONNECTED,
	POOLING,
	ADAPTIVE_POOLING,
	PADDING,
	RESIZE,
	BLOCKS,
	[DENSE, TENSOR_DOT, LOCAL_RESPONSE_NORMALIZATION],
	PRODUCTS,
	ACTIVATIONS,
	SOFTMAX,
	ARITHMETIC,
	CONSTANT_OPERANDS,
	FUNCTION_OPS,
	BATCH_NORMALIZATION,
	LAYER_NORMALIZATION,
	RESHAPES,
	SLICES,
	JOINS,
	REPEATS,
	ORDER,
	REDUCTION_OPS,
	ENCODINGS,
	SIGNAL,
	RECURRENT,
];

/** Definitions by op name. */
export const OPS: ReadonlyMap<string, OpDefinition> = new Map(
	families.flat().map((definition) => [definition.op, definition]),
);

/** @throws LaminaError `failed` when there is no such op: translators only emit ops that are defined here */
export function opDefinition(name: string): OpDefinition {
	const found = OPS.get(name);
	if (!found) throw new LaminaError({ code: "failed", message: `the graph has an unknown op ${name}` });
	return found;
}
