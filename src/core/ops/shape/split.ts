import { InvalidRequestError } from "../../../shared/errors";
import type { Builder } from "../../program/builder";
import type { Value } from "../../program/types";
import { slice } from "../../program/vocabulary";
import { knownExtent } from "../numbers";

/** Consecutive parts of the given sizes along an axis. @throws InvalidRequestError unless they make up the axis */
export function splitAxis(b: Builder, x: Value, axis: number, sizes: readonly number[]): Value[] {
	const extent = knownExtent(x, axis);
	if (sizes.some((size) => !Number.isInteger(size) || size < 0) || sizes.reduce((a, c) => a + c, 0) !== extent)
		throw new InvalidRequestError(`axis ${axis} of ${extent} elements does not split into [${sizes.join(", ")}]`);
	let begin = 0;
	return sizes.map((size) => {
		const from = begin;
		begin += size;
		return slice(
			b,
			x,
			x.shape.map((_, i) => (i === axis ? from : 0)),
			x.shape.map((_, i) => (i === axis ? size : -1)),
		);
	});
}
