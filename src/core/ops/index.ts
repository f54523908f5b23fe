import { LaminaError } from "../../shared/errors";
import { ATTENTION } from "./algebra/attention";
import { DENSE } from "./algebra/dense";
import { DETERMINANT } from "./algebra/determinant";
import { PRODUCTS } from "./algebra/products";
import { TENSOR_DOT } from "./algebra/tensor-dot";
import { ACTIVATIONS } from "./elementwise/activation";
import { ARITHMETIC } from "./elementwise/arithmetic";
import { BITWISE } from "./elementwise/bitwise";
import { CONSTANT_OPERANDS } from "./elementwise/constant-operand";
import { FUNCTION_OPS } from "./elementwise/functions";
import { SOFTMAX } from "./elementwise/softmax";
import { ENCODINGS } from "./encoding/categories";
import { GATHERS } from "./indexing/gather";
import { SCATTERS } from "./indexing/scatter";
import { SELECTIONS } from "./indexing/select";
import { BATCH_NORMALIZATION } from "./normalization/batch";
import { LAYER_NORMALIZATION } from "./normalization/layer";
import { LOCAL_RESPONSE_NORMALIZATION } from "./normalization/local-response";
import { NORMS } from "./normalization/norms";
import type { OpDefinition } from "./op";
import { QUANTIZATION } from "./quantization/quantize";
import { RECURRENT } from "./recurrent";
import { REDUCTION_OPS } from "./reduction/reduce";
import { SEQUENCE } from "./sequence";
import { COMPUTED_SHAPES } from "./shape/computed";
import { JOINS } from "./shape/join";
import { ORDER } from "./shape/order";
import { RANGES } from "./shape/ranges";
import { REPEATS } from "./shape/repeat";
import { RESHAPES } from "./shape/reshape";
import { SLICES } from "./shape/slice";
import { FOURIER } from "./signal/dft";
import { SIGNAL } from "./signal/spectrogram";
import { SIGNAL_TABLES } from "./signal/tables";
import { BLOCKS } from "./spatial/blocks";
import { CONVOLUTIONS } from "./spatial/convolution/convolution";
import { DEFORMABLE } from "./spatial/convolution/deformable";
import { DEPTHWISE } from "./spatial/convolution/depthwise";
import { LOCALLY_CONNECTED } from "./spatial/convolution/locally-connected";
import { TRANSPOSED_CONVOLUTIONS } from "./spatial/convolution/transposed-convolution";
import { UNFOLDED } from "./spatial/convolution/unfolded";
import { PADDING } from "./spatial/padding";
import { ADAPTIVE_POOLING } from "./spatial/pooling/adaptive-pooling";
import { POOL_PLACES } from "./spatial/pooling/pool-places";
import { POOLING } from "./spatial/pooling/pooling";
import { REGIONS } from "./spatial/regions";
import { GRID_SAMPLE } from "./spatial/resizing/grid-sample";
import { INTERPOLATE } from "./spatial/resizing/interpolate";
import { RESIZE } from "./spatial/resizing/resize";
import { WEIGHT_VALUES, withComputedParams } from "./weight-values";

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
	[POOL_PLACES, GRID_SAMPLE, INTERPOLATE, DENSE, TENSOR_DOT, DETERMINANT, DEFORMABLE, LOCAL_RESPONSE_NORMALIZATION],
	PRODUCTS,
	ATTENTION,
	ACTIVATIONS,
	SOFTMAX,
	ARITHMETIC,
	CONSTANT_OPERANDS,
	BITWISE,
	FUNCTION_OPS,
	BATCH_NORMALIZATION,
	LAYER_NORMALIZATION,
	NORMS,
	RESHAPES,
	COMPUTED_SHAPES,
	SLICES,
	JOINS,
	REPEATS,
	ORDER,
	RANGES,
	GATHERS,
	SCATTERS,
	SELECTIONS,
	REDUCTION_OPS,
	ENCODINGS,
	WEIGHT_VALUES,
	SIGNAL,
	FOURIER,
	SIGNAL_TABLES,
	UNFOLDED,
	REGIONS,
	QUANTIZATION,
	SEQUENCE,
	RECURRENT,
];

/** Definitions by op name. */
export const OPS: ReadonlyMap<string, OpDefinition> = new Map(
	[...families.flat(), withComputedParams((op) => OPS.get(op))].map((definition) => [definition.op, definition]),
);

/** @throws LaminaError `failed` when there is no such op: translators only emit ops that are defined here */
export function opDefinition(name: string): OpDefinition {
	const found = OPS.get(name);
	if (!found) throw new LaminaError({ code: "failed", message: `the graph has an unknown op ${name}` });
	return found;
}
