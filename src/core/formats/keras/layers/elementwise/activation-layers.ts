import type { LayerConfig, LayerContext, LayerTranslator } from "../../translator";
import { TensorArgument } from "../../translator";
import { keepMask, list, mainInput, real } from "../config";

type Emit = (ctx: LayerContext, input: string) => string;

const translator = (className: string, emit: Emit): LayerTranslator => ({
	classes: [className],
	translate(ctx) {
		const input = mainInput(ctx);
		return keepMask(ctx, input, emit(ctx, input));
	},
});

function relu(config: LayerConfig): [string, LayerConfig] {
	const maxValue = config.max_value == null ? undefined : real(config.max_value, Number.POSITIVE_INFINITY);
	const negativeSlope = real(config.negative_slope ?? config.alpha, 0);
	const threshold = real(config.threshold, 0);
	if (maxValue === undefined && threshold === 0)
		return negativeSlope === 0 ? ["Relu", {}] : ["LeakyRelu", { alpha: negativeSlope }];
	if (maxValue === 6 && threshold === 0 && negativeSlope === 0) return ["Relu6", {}];
	return ["ClippedRelu", { maxValue, negativeSlope, threshold }];
}

/**
 * A mask among the arguments closes elements: they get no probability. Keras 2 subtracts 1e9 from their logits; Keras 3
 * also sets their probability to 0, which shows where everything is masked.
 */
function softmax(ctx: LayerContext, input: string): string {
	const axes = list(ctx.config.axis, [-1]);
	const argument = ctx.kwargs.mask ?? ctx.args[1];
	const given = argument instanceof TensorArgument ? argument.value : undefined;
	if (!given) return ctx.emit("Softmax", [input], { axes });
	const mask = ctx.dialect === "keras-3" ? ctx.emit("GreaterConstant", [given], { constant: 0.5 }) : given;
	if (ctx.dialect !== "keras-3") {
		const penalty = ctx.emit("MulConstant", [ctx.emit("ConstantSub", [mask], { constant: 1 })], { constant: -1e9 });
		return ctx.emit("Softmax", [ctx.emit("Add", [input, penalty])], { axes });
	}
	const open = ctx.emit("MaskedFill", [input, mask], { value: -1e9 });
	return ctx.emit("MaskedFill", [ctx.emit("Softmax", [open], { axes }), mask], { value: 0 });
}

export const activationLayers: readonly LayerTranslator[] = [
	translator("Activation", (ctx, x) => {
		const y = ctx.activation(x, ctx.config.activation);
		return y === x ? ctx.emit("Identity", [x]) : y;
	}),
	translator("ReLU", (ctx, x) => {
		const [op, attrs] = relu(ctx.config);
		return ctx.emit(op, [x], attrs);
	}),
	translator("LeakyReLU", (ctx, x) =>
		ctx.emit("LeakyRelu", [x], { alpha: real(ctx.config.negative_slope ?? ctx.config.alpha, 0.3) }),
	),
	translator("PReLU", (ctx, x) => ctx.emit("Prelu", [x], {}, ctx.variables(["alpha"]))),
	translator("ELU", (ctx, x) => ctx.emit("Elu", [x], { alpha: real(ctx.config.alpha, 1) })),
	translator("ThresholdedReLU", (ctx, x) => ctx.emit("ThresholdedRelu", [x], { theta: real(ctx.config.theta, 1) })),
	translator("Softmax", softmax),
];
