import type { Attr } from "./types";

/** Entries of a configuration that change what a layer computes, in the order in which they are shown. */
const SHOWN = [
	"units",
	"filters",
	"kernel_size",
	"strides",
	"padding",
	"dilation_rate",
	"groups",
	"depth_multiplier",
	"output_padding",
	"pool_size",
	"size",
	"cropping",
	"output_size",
	"num_heads",
	"num_query_heads",
	"num_key_value_heads",
	"key_dim",
	"value_dim",
	"head_dim",
	"input_dim",
	"output_dim",
	"rate",
	"stddev",
	"axis",
	"axes",
	"epsilon",
	"alpha",
	"negative_slope",
	"max_value",
	"threshold",
	"theta",
	"activation",
	"recurrent_activation",
	"return_sequences",
	"return_state",
	"go_backwards",
	"merge_mode",
	"target_shape",
	"dims",
	"n",
	"height",
	"width",
	"interpolation",
	"scale",
	"offset",
	"score_mode",
	"equation",
	"num_tokens",
	"mask_value",
	"function",
	"use_bias",
	"data_format",
] as const;

/** Sizes along axes are written 3x3. */
const SIZES = new Set<string>(["kernel_size", "strides", "dilation_rate", "pool_size", "size", "output_size"]);

/** Values that say nothing, because nearly every layer has them. */
const USUAL: Readonly<Record<string, readonly string[]>> = {
	activation: ["linear"],
	use_bias: ["true"],
	scale: ["true"],
	data_format: ["channels_last"],
	dilation_rate: ["1", "1x1", "1x1x1"],
	groups: ["1"],
	depth_multiplier: ["1"],
	return_sequences: ["false"],
	return_state: ["false"],
	go_backwards: ["false"],
};

/** What matters of a configuration, as text for people: `kernel_size: 3x3`. */
export function describeConfig(config: Readonly<Record<string, Attr>>): Record<string, string> {
	const shown: Record<string, string> = {};
	for (const key of SHOWN) {
		const value = Object.hasOwn(config, key) ? config[key] : undefined;
		const text = describeValue(value, SIZES.has(key) ? "x" : ", ");
		if (text !== undefined && !USUAL[key]?.includes(text)) shown[key] = text;
	}
	return shown;
}

function describeValue(value: Attr, separator: string): string | undefined {
	if (value === null || value === undefined) return undefined;
	if (typeof value === "number") return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(6)));
	if (typeof value === "string") return value.length > 60 ? undefined : value;
	if (typeof value === "boolean") return String(value);
	if (Array.isArray(value)) {
		const parts = (value as readonly Attr[]).map((item) =>
			Array.isArray(item) ? `(${describeValue(item, ", ")})` : describeValue(item, ", "),
		);
		return parts.length > 8 || parts.some((part) => part === undefined) ? undefined : parts.join(separator);
	}
	const { config, class_name: className } = value as { config?: Attr; class_name?: Attr };
	return typeof config === "string" ? config : typeof className === "string" ? className : undefined;
}
