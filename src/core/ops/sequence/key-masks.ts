import { InvalidRequestError } from "../../../shared/errors";
import type { Dim } from "../../program/types";
import { binary, broadcastTo, cast, constant, reshape, sum } from "../../program/vocabulary";
import { flagAttr } from "../attributes";
import { inputAt, knownExtent } from "../numbers";
import type { OpDefinition } from "../op";

const counted = (count: number) => Array.from({ length: count }, (_, place) => place);

/** Masks of keys as ONNX Runtime's operators take them, and what they give. */
export const KEY_MASKS: readonly OpDefinition[] = [
	{
		op: "MaskOfKeys",
		kind: "opaque",
		/**
		 * inputs: a mask and keys [N, heads, S, size], which give their number: 0 and not 0 for each key [N, S] or for each
		 * query and key [N, T, S], or how many keys count [N]. Result: bool, to be broadcast to [N, heads, T, S]
		 */
		forward(b, inputs) {
			const [mask, keys] = [inputAt(inputs, 0), inputAt(inputs, 1)];
			const count = knownExtent(keys, 2);
			const [n, ...rest] = mask.shape as [Dim, ...Dim[]];
			if (rest.length === 0) {
				const places = constant(b, counted(count), [1, 1, 1, count], "int32");
				return [binary(b, "less", places, reshape(b, cast(b, mask, "int32"), [n, 1, 1, 1]))];
			}
			if (rest.length > 2) throw new InvalidRequestError(`a mask of ${mask.shape.length} axes is not computed`);
			const open = binary(b, "notEqual", cast(b, mask, "int32"), 0);
			return [reshape(b, open, rest.length === 1 ? [n, 1, 1, ...rest] : [n, 1, ...rest])];
		},
	},
	{
		op: "StepsWithin",
		kind: "opaque",
		/** inputs: numbers of steps [N] and sequences [N, T, ...], which give T. Result: bool [N, T], the steps that count */
		forward(b, inputs) {
			const [counts, x] = [inputAt(inputs, 0), inputAt(inputs, 1)];
			const steps = knownExtent(x, 1);
			const each = reshape(b, cast(b, counts, "int32"), [counts.shape[0] as Dim, 1]);
			return [binary(b, "less", constant(b, counted(steps), [1, steps], "int32"), each)];
		},
	},
	{
		op: "PlacesLike",
		kind: "opaque",
		/** 0, 1, ... along the second axis of x [N, T] */
		forward(b, inputs) {
			const { shape } = inputAt(inputs, 0);
			const steps = knownExtent(inputAt(inputs, 0), 1);
			return [broadcastTo(b, constant(b, counted(steps), [1, steps], "int32"), shape)];
		},
	},
	{
		op: "MaskCounts",
		kind: "opaque",
		/** How many of the tokens [N, T] count: those that are not 0 with `hasMask`, else none is told apart (0). */
		forward(b, inputs, _params, attrs) {
			const x = inputAt(inputs, 0);
			if (flagAttr(attrs, "hasMask"))
				return [sum(b, cast(b, binary(b, "notEqual", cast(b, x, "int32"), 0), "int32"), [1])];
			return [broadcastTo(b, constant(b, 0, [], "int32"), [x.shape[0] as Dim])];
		},
	},
];
