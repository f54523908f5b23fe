import type { LayerTranslator } from "../../translator";
import { bindArguments, type Operation, type Signature, signature } from "./arguments";
import * as elementwise from "./elementwise";
import * as neural from "./neural";
import * as reductions from "./reductions";
import * as shapes from "./shapes";

const { unary, binary } = elementwise;
const { reduction } = reductions;

/** Same signature for several functions. */
function each(parameters: string, operations: Readonly<Record<string, Operation>>): [string, Signature][] {
	return Object.entries(operations).map(([name, operation]) => [name, signature(operation, parameters)]);
}

const UNARY = each("x", {
	abs: unary("Abs"),
	negative: unary("Neg"),
	neg: unary("Neg"),
	sign: unary("Sign"),
	square: unary("Square"),
	sqrt: unary("Sqrt"),
	rsqrt: unary("Rsqrt"),
	reciprocal: unary("Reciprocal"),
	exp: unary("Exp"),
	expm1: unary("Expm1"),
	log: unary("Log"),
	log1p: unary("Log1p"),
	sin: unary("Sin"),
	cos: unary("Cos"),
	tan: unary("Tan"),
	asin: unary("Asin"),
	acos: unary("Acos"),
	atan: unary("Atan"),
	sinh: unary("Sinh"),
	cosh: unary("Cosh"),
	tanh: unary("Tanh"),
	asinh: unary("Asinh"),
	acosh: unary("Acosh"),
	atanh: unary("Atanh"),
	erf: unary("Erf"),
	erfc: unary("Erfc"),
	floor: unary("Floor"),
	ceil: unary("Ceil"),
	round: unary("Round"),
	rint: unary("Round"),
	sigmoid: unary("Sigmoid"),
	log_sigmoid: unary("LogSigmoid"),
	is_nan: unary("IsNan"),
	is_inf: unary("IsInf"),
	is_finite: unary("IsFinite"),
	logical_not: unary("LogicalNot"),
});

const BINARY = each("x=x1 y=x2", {
	add: binary("Add"),
	add_v2: binary("Add"),
	subtract: binary("Sub"),
	sub: binary("Sub"),
	multiply: binary("Mul"),
	mul: binary("Mul"),
	divide: binary("Div"),
	truediv: binary("Div"),
	div: binary("Div"),
	realdiv: binary("Div"),
	divide_no_nan: binary("DivNoNan"),
	div_no_nan: binary("DivNoNan"),
	multiply_no_nan: binary("Mul"),
	floordiv: binary("FloorDiv"),
	floor_div: binary("FloorDiv"),
	floormod: binary("Mod"),
	mod: binary("Mod"),
	pow: binary("Pow"),
	maximum: binary("Maximum"),
	minimum: binary("Minimum"),
	squared_difference: binary("SquaredDifference"),
	greater: binary("Greater"),
	greater_equal: binary("GreaterEqual"),
	less: binary("Less"),
	less_equal: binary("LessEqual"),
	equal: binary("Equal"),
	not_equal: binary("NotEqual"),
	eq: binary("Equal"),
	ne: binary("NotEqual"),
	gt: binary("Greater"),
	ge: binary("GreaterEqual"),
	lt: binary("Less"),
	le: binary("LessEqual"),
	logical_and: binary("LogicalAnd"),
	logical_or: binary("LogicalOr"),
	logical_xor: binary("LogicalXor"),
});

const REDUCTIONS = each("input_tensor=x axis keepdims keep_dims=keepdims reduction_indices=axis", {
	reduce_mean: reduction("Mean"),
	reduce_sum: reduction("Sum"),
	reduce_max: reduction("Max"),
	reduce_min: reduction("Min"),
	reduce_prod: reduction("Prod"),
	reduce_std: reduction("StandardDeviation"),
	reduce_variance: reduction("Variance"),
	reduce_logsumexp: reduction("LogSumExp"),
	reduce_any: reduction("Any"),
	reduce_all: reduction("All"),
});

const ACTIVATIONS = each("features=x logits=x", {
	relu: unary("Relu"),
	relu6: unary("Relu6"),
	elu: unary("Elu"),
	selu: unary("Selu"),
	softplus: unary("Softplus"),
	softsign: unary("Softsign"),
});

const OTHERS: readonly (readonly [string, Signature])[] = [
	["leaky_relu", signature(unary("LeakyRelu", { alpha: ["alpha", 0.2] }), "features=x alpha")],
	["gelu", signature(elementwise.gelu(false), "features=x approximate")],
	["silu", signature(elementwise.swish, "features=x beta")],
	["swish", signature(elementwise.swish, "features=x beta")],
	["softmax", signature(neural.softmax, "logits=x axis dim=axis")],
	["log_softmax", signature(neural.alongAxis("LogSoftmax"), "logits=x axis dim=axis")],
	["clip_by_value", signature(elementwise.clip, "t=x clip_value_min=x_min clip_value_max=x_max")],
	["cast", signature(elementwise.cast, "x dtype")],
	["identity", signature(elementwise.identity, "input=x")],
	["stop_gradient", signature(elementwise.identity, "input=x")],
	["convert_to_tensor", signature(elementwise.identity, "value=x")],
	["dropout", signature(elementwise.refusedDropout, "x")],
	["zeros_like", signature(elementwise.filledWith(0), "input=x tensor=x")],
	["ones_like", signature(elementwise.filledWith(1), "input=x tensor=x")],
	["where", signature(elementwise.where, "condition x=x1 y=x2")],
	["where_v2", signature(elementwise.where, "condition x=x1 y=x2")],
	["add_n", signature(elementwise.addAll, "inputs=x")],
	["bias_add", signature(binary("Add"), "value=x1 bias=x2")],
	["matmul", signature(neural.matmul, "a=x1 b=x2 transpose_a transpose_b adjoint_a adjoint_b a_is_sparse b_is_sparse")],
	["einsum", signature(neural.einsum, "equation=subscripts *inputs=*operands")],
	["tensordot", signature(neural.tensorDot, "a=x1 b=x2 axes")],
	["norm", signature(reduction("Norm"), "tensor=x ord axis keepdims")],
	[
		"l2_normalize",
		signature(
			neural.normalize((epsilon = 1e-12) => epsilon),
			"x axis epsilon dim=axis",
		),
	],
	["argmax", signature(reductions.place("ArgMax", 0), "input=x axis dimension=axis")],
	["argmin", signature(reductions.place("ArgMin", 0), "input=x axis dimension=axis")],
	["cumsum", signature(reductions.cumulatedSum, "x axis exclusive reverse")],
	["top_k", signature(reductions.topK, "input=x k sorted")],
	["sort", signature(reductions.sort("Sort"), "values=x axis direction")],
	["argsort", signature(reductions.sort("ArgSort"), "values=x axis direction")],
	["moments", signature(reductions.moments, "x axes shift keepdims")],
	["reshape", signature(shapes.reshape, "tensor=x shape=newshape")],
	["transpose", signature(shapes.transpose, "a=x perm=axes")],
	["expand_dims", signature(shapes.expandDims, "input=x axis dim=axis")],
	["squeeze", signature(shapes.squeeze, "input=x axis squeeze_dims=axis")],
	["broadcast_to", signature(shapes.broadcastTo, "input=x shape")],
	["tile", signature(shapes.tile, "input=x multiples=repeats")],
	["repeat", signature(shapes.repeat, "input=x repeats axis")],
	["reverse", signature(shapes.flip, "tensor=x axis")],
	["roll", signature(shapes.roll, "input=x shift axis")],
	["concat", signature(shapes.concatenate, "values=xs axis")],
	["stack", signature(shapes.stack, "values=x axis")],
	["split", signature(shapes.splitSizes, "value=x num_or_size_splits axis num")],
	["unstack", signature(shapes.unstack, "value=x num axis")],
	["getitem", signature(shapes.getItem, "tensor=x slice_spec=key")],
	["slice", signature(shapes.slice, "input_=x begin size")],
	["strided_slice", signature(shapes.stridedSlice, "input_=x begin end strides")],
	["gather", signature(shapes.gather, "params=x indices validate_indices axis")],
	["pad", signature(shapes.pad, "tensor=x paddings=pad_width mode constant_values")],
	["one_hot", signature(neural.oneHot, "indices=x depth=num_classes on_value off_value axis")],
	["max_pool", signature(neural.pooling("MaxPool"), "input=x value=x ksize=pool_size strides padding data_format")],
	["max_pool2d", signature(neural.pooling("MaxPool"), "input=x ksize=pool_size strides padding data_format")],
	["avg_pool", signature(neural.pooling("AvgPool"), "input=x value=x ksize=pool_size strides padding data_format")],
	["avg_pool2d", signature(neural.pooling("AvgPool"), "input=x ksize=pool_size strides padding data_format")],
	["resize", signature(neural.resizeImages, "images=x size method=interpolation preserve_aspect_ratio antialias")],
	["resize_bilinear", signature(neural.legacyResize, "images=x size align_corners half_pixel_centers")],
	["rgb_to_grayscale", signature(neural.grayscale, "images=x")],
	["depth_to_space", signature(shapes.blocks("DepthToSpace"), "input=x block_size data_format")],
	["space_to_depth", signature(shapes.blocks("SpaceToDepth"), "input=x block_size data_format")],
	["local_response_normalization", signature(neural.localResponse, "input=x depth_radius bias alpha beta")],
	["lrn", signature(neural.localResponse, "input=x depth_radius bias alpha beta")],
];

/** Functions of TensorFlow 2 by their last name: `math.reduce_mean` and `reduce_mean` are one. */
const SIGNATURES: ReadonlyMap<string, Signature> = new Map([
	...UNARY,
	...BINARY,
	...REDUCTIONS,
	...ACTIVATIONS,
	...OTHERS,
]);

/** Modules whose functions have one meaning by their last name; `strings.split` is something else than `split`. */
const MODULES = new Set(["", "math", "nn", "linalg", "image", "__operators__"]);

function lookUp(name: string): Signature | undefined {
	const plain = name.replace(/^compat\.v[12]\./, "");
	const dot = plain.lastIndexOf(".");
	return MODULES.has(plain.slice(0, Math.max(0, dot))) ? SIGNATURES.get(plain.slice(dot + 1)) : undefined;
}

/** TFOpLambda and SlicingOpLambda of tf.keras 2.4 and later: a call of a TensorFlow function as a layer. */
const opLambda: LayerTranslator = {
	classes: ["TFOpLambda", "SlicingOpLambda", "InstanceMethod", "ClassMethod"],
	translate(ctx) {
		const name = String(ctx.config.function ?? ctx.config.symbol ?? "");
		const found = lookUp(name);
		if (!found) return ctx.unsupported(`The TensorFlow function ${name} (layer ${ctx.name}) is not supported.`);
		const { name: _name, ...named } = ctx.kwargs;
		const args = bindArguments(ctx, found, ctx.args, named);
		return found.operation(ctx, args);
	},
};

export const tensorflowOperations: readonly LayerTranslator[] = [opLambda];
