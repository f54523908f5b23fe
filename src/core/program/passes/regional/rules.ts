import { alongLast, elementwise, repeated } from "./elementwise";
import { concatenated, padded, product, reduced, reshaped, sliced, transposed } from "./movement";
import type { RegionRule } from "./region-call";
import { average, convolution, largest } from "./windows";

const ELEMENTWISE =
	"neg abs sign exp log log1p expm1 sqrt rsqrt square reciprocal sin cos tan asin acos atan sinh cosh asinh acosh atanh tanh sigmoid softplus erf relu elu selu leakyRelu floor ceil round isNaN isInfinite logicalNot cast add sub mul div pow maximum minimum floorDiv mod atan2 greater greaterEqual less lessEqual equal notEqual logicalAnd logicalOr select".split(
		" ",
	);

/** Of which ops a region can be computed alone; the others are given the whole and give the whole. */
export const REGION_RULES: ReadonlyMap<string, RegionRule> = new Map<string, RegionRule>([
	...ELEMENTWISE.map((op) => [op, elementwise] as const),
	["softmax", alongLast],
	["logSoftmax", alongLast],
	["broadcastTo", repeated],
	...["conv2d", "depthwiseConv2d", "conv3d"].map((op) => [op, convolution] as const),
	...["maxPool2d", "maxPool3d"].map((op) => [op, largest] as const),
	...["avgPool2d", "avgPool3d"].map((op) => [op, average] as const),
	["pad", padded],
	["slice", sliced],
	["concat", concatenated],
	["transpose", transposed],
	["reshape", reshaped],
	...["reduceSum", "reduceMean", "reduceMax", "reduceMin", "reduceProd"].map((op) => [op, reduced] as const),
	["matmul", product],
]);
