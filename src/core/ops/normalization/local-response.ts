import type { Builder } from "../../program/builder";
import { productOf } from "../../program/dims";
import type { Value } from "../../program/types";
import { add, avgPool2d, binary, div, mul, pad, reshape, square } from "../../program/vocabulary";
import { numberAttr } from "../attributes";
import { asFloat, inputAt, knownExtent } from "../numbers";
import type { Attrs, OpDefinition } from "../op";
import { onChannelsLast } from "../spatial/layout";

/** What each element is divided by, from the squares of its neighbours. */
const divisor = (b: Builder, map: Value, attrs: Attrs): Value =>
	onChannelsLast(b, map, attrs, (x) => {
		const window = attrs.window == null ? 2 * numberAttr(attrs, "radius", 5) + 1 : numberAttr(attrs, "window");
		const channels = knownExtent(x, x.shape.length - 1);
		const rows = productOf(x.shape.slice(0, -1));
		const before = Math.floor((window - 1) / 2);
		const padded = pad(b, reshape(b, square(b, x), [rows, 1, channels, 1]), [
			[0, 0],
			[0, 0],
			[before, window - 1 - before],
			[0, 0],
		]);
		const mean = avgPool2d(b, padded, { window: [1, window], strides: [1, 1], padding: "valid" });
		const sum = reshape(b, mul(b, mean, window), x.shape);
		const scale = add(b, mul(b, sum, numberAttr(attrs, "alpha", 1)), numberAttr(attrs, "bias", 1));
		return binary(b, "pow", scale, numberAttr(attrs, "beta", 0.5));
	});

export const LOCAL_RESPONSE_NORMALIZATION: OpDefinition = {
	op: "LocalResponseNormalization",
	kind: "normalise",
	statistics: (b, inputs, _params, attrs) => [divisor(b, asFloat(b, inputAt(inputs, 0)), attrs)],
	/**
	 * Krizhevsky et al. 2012: x / (bias + alpha * sum of squares of `window` neighbouring channels) ^ beta. An even window
	 * has one more channel behind than before. attrs: `radius` (window 2 radius + 1) or `window`, `bias`, `alpha`, `beta`,
	 * `dataFormat`
	 */
	forward(b, inputs, _params, attrs) {
		const x = asFloat(b, inputAt(inputs, 0));
		return [div(b, x, divisor(b, x, attrs))];
	},
};
