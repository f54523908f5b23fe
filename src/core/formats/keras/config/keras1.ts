import type { Attr } from "../../../graph/types";
import type { JsonObject } from "../../json";
import type { Dialect } from "../translator";

/**
 * Keras 1 names brought to those of Keras 2 (keras/legacy/interfaces.py and keras/engine/saving.py of Keras 2.2.4),
 * so that a translator knows one set of names.
 */
const CLASSES: Readonly<Record<string, string>> = {
	Convolution1D: "Conv1D",
	Convolution2D: "Conv2D",
	Convolution3D: "Conv3D",
	AtrousConvolution1D: "Conv1D",
	AtrousConvolution2D: "Conv2D",
	Deconvolution2D: "Conv2DTranspose",
	SeparableConvolution2D: "SeparableConv2D",
};

/** Aliases that Keras 2 still accepts in files of any age. */
const ALIASES: Readonly<Record<string, string>> = {
	Convolution1D: "Conv1D",
	Convolution2D: "Conv2D",
	Convolution3D: "Conv3D",
	Convolution2DTranspose: "Conv2DTranspose",
	Convolution3DTranspose: "Conv3DTranspose",
	SeparableConvolution1D: "SeparableConv1D",
	SeparableConvolution2D: "SeparableConv2D",
	MaxPool1D: "MaxPooling1D",
	MaxPool2D: "MaxPooling2D",
	MaxPool3D: "MaxPooling3D",
	AvgPool1D: "AveragePooling1D",
	AvgPool2D: "AveragePooling2D",
	AvgPool3D: "AveragePooling3D",
	GlobalMaxPool1D: "GlobalMaxPooling1D",
	GlobalMaxPool2D: "GlobalMaxPooling2D",
	GlobalMaxPool3D: "GlobalMaxPooling3D",
	GlobalAvgPool1D: "GlobalAveragePooling1D",
	GlobalAvgPool2D: "GlobalAveragePooling2D",
	GlobalAvgPool3D: "GlobalAveragePooling3D",
	BatchNormalizationV1: "BatchNormalization",
	BatchNormalizationV2: "BatchNormalization",
};

const RENAMED: Readonly<Record<string, string>> = {
	nb_filter: "filters",
	subsample: "strides",
	subsample_length: "strides",
	filter_length: "kernel_size",
	atrous_rate: "dilation_rate",
	border_mode: "padding",
	init: "kernel_initializer",
	inner_init: "recurrent_initializer",
	inner_activation: "recurrent_activation",
	forget_bias_init: "bias_initializer",
	bias: "use_bias",
	W_regularizer: "kernel_regularizer",
	U_regularizer: "recurrent_regularizer",
	b_regularizer: "bias_regularizer",
	W_constraint: "kernel_constraint",
	b_constraint: "bias_constraint",
	dropout_W: "dropout",
	dropout_U: "recurrent_dropout",
	pool_length: "pool_size",
	stride: "strides",
	length: "size",
	p: "rate",
	sigma: "stddev",
	gamma_init: "gamma_initializer",
	beta_init: "beta_initializer",
};

const MERGES: Readonly<Record<string, string>> = {
	sum: "Add",
	mul: "Multiply",
	concat: "Concatenate",
	ave: "Average",
	max: "Maximum",
	dot: "Dot",
};

/** Class and configuration in today's names. */
export function modernized(
	className: string,
	config: JsonObject,
	dialect: Dialect,
): { className: string; config: JsonObject } {
	if (dialect !== "keras-1")
		return { className: (Object.hasOwn(ALIASES, className) && ALIASES[className]) || className, config };
	const renamed: Record<string, Attr> = {};
	for (const [key, value] of Object.entries(config)) {
		const known = Object.hasOwn(RENAMED, key) && !(key === "length" && className !== "UpSampling1D");
		renamed[known ? (RENAMED[key] as string) : key] = value;
	}
	const { dim_ordering: ordering, nb_row: rows, nb_col: columns, output_dim: units } = config;
	if (ordering === "th" || ordering === "tf")
		renamed.data_format = ordering === "th" ? "channels_first" : "channels_last";
	if (rows !== undefined && columns !== undefined) renamed.kernel_size = [rows, columns];
	if (config.kernel_dim1 !== undefined)
		renamed.kernel_size = [config.kernel_dim1, config.kernel_dim2, config.kernel_dim3];
	if (units !== undefined && className !== "Embedding") renamed.units = units;
	if (className === "Merge") return mergeLayer(config, renamed);
	return { className: (Object.hasOwn(CLASSES, className) && CLASSES[className]) || className, config: renamed };
}

/** The Merge layer of Keras 1 is one class for each mode in Keras 2; a mode that is a Python function is left as it is. */
function mergeLayer(config: JsonObject, renamed: Record<string, Attr>): { className: string; config: JsonObject } {
	const mode =
		typeof config.mode === "string" && Object.hasOwn(MERGES, config.mode) ? (MERGES[config.mode] as string) : "Merge";
	if (mode === "Concatenate") renamed.axis = config.concat_axis;
	if (mode === "Dot") renamed.axes = config.dot_axes;
	return { className: mode, config: renamed };
}
