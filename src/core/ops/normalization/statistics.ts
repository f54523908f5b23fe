import type { Builder } from "../../program/builder";
import type { Value } from "../../program/types";
import { mean, square, sub } from "../../program/vocabulary";

/** Mean and (biased) variance over axes, which keep the extent 1. The variance is the mean of squared differences. */
export function moments(b: Builder, x: Value, axes: readonly number[]): { mean: Value; variance: Value } {
	const average = mean(b, x, axes, true);
	return { mean: average, variance: mean(b, square(b, sub(b, x, average)), axes, true) };
}
