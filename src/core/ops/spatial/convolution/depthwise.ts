import type { Builder } from "../../../program/builder";
import type { Value } from "../../../program/types";
import { add } from "../../../program/vocabulary";
import { inputAt } from "../../numbers";
import type { Attrs, OpDefinition, Params } from "../../op";
import { paramOf } from "../../params";
import { onChannelsLast } from "../layout";
import { depthwise, windowAttributes } from "./convolution";

/**
 * Each channel convolved by itself with `multiplier` kernels; channel c makes channels c * multiplier + m.
 * params: `kernel` [...spatial, C, multiplier], `bias` [C * multiplier] (optional); attrs as for a convolution.
 */
function forward(b: Builder, inputs: readonly Value[], params: Params, attrs: Attrs): Value[] {
	const kernel = paramOf(params, "kernel");
	return [
		onChannelsLast(b, inputAt(inputs, 0), attrs, (x) => {
			const convolved = depthwise(b, x, kernel, windowAttributes(x, kernel.shape, attrs));
			return params.bias ? add(b, convolved, params.bias) : convolved;
		}),
	];
}

const definition = (op: string): OpDefinition => ({
	op,
	kind: "linear",
	family: "convolution",
	biasParams: ["bias"],
	forward,
});

export const DEPTHWISE: readonly OpDefinition[] = [definition("DepthwiseConv1D"), definition("DepthwiseConv2D")];
