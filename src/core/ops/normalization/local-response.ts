import { productOf } from "../../program/dims";
import { add, avgPool2d, binary, div, mul, pad, reshape, square } from "../../program/vocabulary";
import { numberAttr } from "../attributes";
import { asFloat, inputAt, knownExtent } from "../numbers";
import type { OpDefinition } from "../op";

export const LOCAL_RESPONSE_NORMALIZATION: OpDefinition = {
	op: "LocalResponseNormalization",
	kind: "normalise",
	/**
	 * Krizhevsky et al. 2012: x / (bias + alpha * sum of squares of 2 radius + 1 neighbouring channels) ^ beta, channels
	 * last. attrs: `radius`, `bias`, `alpha`, `beta`
	 */
	forward(b, inputs, _params, attrs) {
		const x = asFloat(b, inputAt(inputs, 0));
		const radius = numberAttr(attrs, "radius", 5);
		const window = 2 * radius + 1;
		const channels = knownExtent(x, x.shape.length - 1);
		const rows = productOf(x.shape.slice(0, -1));
		const padded = pad(b, reshape(b, square(b, x), [rows, 1, channels, 1]), [
			[0, 0],
			[0, 0],
			[radius, radius],
			[0, 0],
		]);
		const mean = avgPool2d(b, padded, { window: [1, window], strides: [1, 1], padding: "valid" });
		const sum = reshape(b, mul(b, mean, window), x.shape);
		const scale = add(b, mul(b, sum, numberAttr(attrs, "alpha", 1)), numberAttr(attrs, "bias", 1));
		return [div(b, x, binary(b, "pow", scale, numberAttr(attrs, "beta", 0.5)))];
	},
};
