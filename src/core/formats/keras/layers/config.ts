import type { Attr, ParamRef } from "../../../graph/types";
import { type LayerConfig, type LayerContext, TensorArgument, tensorsOf } from "../translator";

/** A plain number where configurations hold one: Keras 2 also wrote `{ "value": 0.3 }` and `[0.3]` for NumPy scalars. */
export function real(value: Attr, fallback: number): number {
	if (typeof value === "number") return value;
	if (Array.isArray(value) && value.length === 1) return real(value[0], fallback);
	if (typeof value === "object" && value !== null && "value" in value) return real(value.value, fallback);
	return fallback;
}

/** A number or a list of numbers as a list: `axis`, `shared_axes`, `kernel_size`. Tuples may be wrapped. */
export function list(value: Attr, fallback: readonly number[] = []): number[] {
	if (typeof value === "number") return [value];
	if (Array.isArray(value)) return value.map((item) => real(item, Number.NaN));
	if (typeof value === "object" && value !== null) {
		const wrapped = value as { readonly [name: string]: Attr };
		return list(wrapped.items ?? wrapped.value ?? wrapped.config, fallback);
	}
	return [...fallback];
}

/** The tensor that a layer works on: the first of its positional arguments. */
export function mainInput(ctx: LayerContext): string {
	return tensorsOf(ctx.args[0])[0] ?? (ctx.inputs[0] as string);
}

/** The mask of a value: passed by name (Keras 3 writes the mask into the graph) or carried along (Keras 2). */
export function maskOf(ctx: LayerContext, value: string): string | undefined {
	const { mask } = ctx.kwargs;
	return mask instanceof TensorArgument ? mask.value : ctx.mask(value);
}

/** A layer that passes the mask of its input on. */
export function keepMask(ctx: LayerContext, input: string, output: string): string {
	ctx.setMask(output, maskOf(ctx, input));
	return output;
}

export const dataFormat = (config: LayerConfig): "channels_first" | "channels_last" =>
	config.data_format === "channels_first" ? "channels_first" : "channels_last";

/** Axis of channels for {@link LayerContext.channels}. */
export const channelAxis = (config: LayerConfig): 1 | "last" => (dataFormat(config) === "channels_first" ? 1 : "last");

const QUANTIZED = /int8|int4|float8|gptq|awq/;

/**
 * Weights of a layer by the op's names. `bias` only where the layer has one; a low-rank update where the file keeps it
 * beside the kernel.
 * @throws UnsupportedError for quantised weights
 */
export function kernelParams(
	ctx: LayerContext,
	kernels: readonly string[],
	hasBias = ctx.config.use_bias !== false,
): { params: Record<string, ParamRef>; attrs: { loraScale?: number } } {
	refuseQuantized(ctx);
	const names = [...kernels, ...(hasBias ? ["bias"] : [])];
	const rank = real(ctx.config.lora_rank, 0);
	if (rank === 0 || ctx.variableCount < names.length + 2) return { params: ctx.variables(names), attrs: {} };
	const {
		lora_kernel_a: loraA,
		lora_kernel_b: loraB,
		...own
	} = ctx.variables([...names, "lora_kernel_a", "lora_kernel_b"]) as Record<string, ParamRef>;
	const params: Record<string, ParamRef> = { ...own };
	if (loraA && loraB) Object.assign(params, { loraA, loraB });
	return { params, attrs: { loraScale: real(ctx.config.lora_alpha, rank) / rank } };
}

/** @throws UnsupportedError when the layer's weights are stored quantised */
export function refuseQuantized(ctx: LayerContext): void {
	const [mode] = QUANTIZED.exec(JSON.stringify(ctx.config.dtype ?? "")) ?? [];
	if (mode)
		ctx.unsupported(
			`${ctx.className} ${ctx.name} keeps quantised weights (${mode}), which are not computed yet.`,
			"Save the model before it is quantised.",
		);
}

/** Called so that it behaves as in training, which is random or depends on the other examples of a batch. */
export function refuseTraining(ctx: LayerContext): void {
	if (ctx.kwargs.training === true)
		ctx.unsupported(
			`${ctx.className} ${ctx.name} is called with training=True; only its behaviour at inference is computed.`,
		);
}
