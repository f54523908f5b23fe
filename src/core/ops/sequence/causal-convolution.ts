import { InvalidRequestError } from "../../../shared/errors";
import type { Builder } from "../../program/builder";
import { formatShape } from "../../program/dims";
import type { Value } from "../../program/types";
import { add, mul, reshape, slice } from "../../program/vocabulary";
import { asFloat, inputAt, knownExtent } from "../numbers";
import type { OpDefinition, Params } from "../op";
import { paramOf } from "../params";

/**
 * A depthwise convolution along the last axis of x [N, C, T], channels first, without padding: one kernel a channel.
 * The steps of the kernels are few, so each is a product of the sequence that lies under it.
 * params: `kernel` [C, 1, steps], `bias` [C] (optional)
 */
function convolved(b: Builder, x: Value, params: Params): Value {
	const kernel = paramOf(params, "kernel");
	const [channels, , steps] = kernel.shape as [number, number, number];
	const made = knownExtent(x, 2) - steps + 1;
	if (x.shape.length !== 3 || x.shape[1] !== channels || made < 1)
		throw new InvalidRequestError(
			`kernels ${formatShape(kernel.shape)} do not fit the sequence ${formatShape(x.shape)} (N, C, T)`,
		);
	const parts = Array.from({ length: steps }, (_, step) =>
		mul(
			b,
			slice(b, x, [0, 0, step], [-1, -1, made]),
			reshape(b, slice(b, kernel, [0, 0, step], [-1, -1, 1]), [channels, 1]),
		),
	);
	const sum = parts.reduce((total, part) => add(b, total, part));
	return params.bias ? add(b, sum, reshape(b, asFloat(b, params.bias), [channels, 1])) : sum;
}

export const CAUSAL_CONVOLUTION: OpDefinition = {
	op: "SequenceConvolution",
	kind: "linear",
	family: "convolution",
	biasParams: ["bias"],
	forward: (b, inputs, params) => [convolved(b, asFloat(b, inputAt(inputs, 0)), params)],
};

/** What comes before a sequence [N, C, T] so that a kernel sees as much before its first step: zeros. */
export const ZEROS_BEFORE: OpDefinition = {
	op: "ZerosBefore",
	kind: "shape",
	/** inputs: x and kernels [C, 1, steps], which only give their number of steps */
	forward(b, inputs) {
		const steps = knownExtent(inputAt(inputs, 1), 2);
		return [
			b.emit("pad", [inputAt(inputs, 0)], {
				paddings: [
					[0, 0],
					[0, 0],
					[steps - 1, 0],
				],
				value: 0,
			}),
		];
	},
};

/** The last steps of a sequence [N, C, T], one less than a kernel has: what its next call goes on from. */
export const LAST_STEPS: OpDefinition = {
	op: "LastSteps",
	kind: "shape",
	/** inputs as of ZerosBefore */
	forward(b, inputs) {
		const x = inputAt(inputs, 0);
		const count = knownExtent(inputAt(inputs, 1), 2) - 1;
		return [slice(b, x, [0, 0, knownExtent(x, 2) - count], [-1, -1, count])];
	},
};
