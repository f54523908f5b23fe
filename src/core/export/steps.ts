import { UnsupportedError } from "../../shared/errors";
import type { PreparedRequest } from "../methods/method";
import type { Builder } from "../program/builder";
import type { Dim, Value } from "../program/types";
import { add, broadcastTo, constant, mul, reduce, reshape } from "../program/vocabulary";

/** Values of a batch at several steps lie as [steps * N, ...]: all examples at the first step, then at the second. */
const joined = (shape: readonly Dim[], steps: number): Dim[] => [(shape[0] as Dim) * steps, ...shape.slice(1)];

/** The same at every step. */
export function repeated(b: Builder, value: Value, steps: number): Value {
	const copies = broadcastTo(b, reshape(b, value, [1, ...value.shape]), [steps, ...value.shape]);
	return reshape(b, copies, joined(value.shape, steps));
}

/** base + point * away at each of the points. */
export function alongSteps(b: Builder, away: Value, base: Value, points: readonly number[]): Value {
	const factors = constant(b, points, [points.length, ...away.shape.map(() => 1)]);
	const line = add(b, mul(b, reshape(b, away, [1, ...away.shape]), factors), reshape(b, base, [1, ...base.shape]));
	return reshape(b, line, joined(away.shape, points.length));
}

/** Sum over the steps of weight * value. */
export function weightedOverSteps(b: Builder, value: Value, weights: readonly number[]): Value {
	const [first, ...rest] = value.shape;
	const shape = [(first as Dim) / weights.length, ...rest];
	const factors = constant(b, weights, [weights.length, ...shape.map(() => 1)]);
	return reduce(b, "reduceSum", mul(b, reshape(b, value, [weights.length, ...shape]), factors), [0]);
}

/** @throws UnsupportedError where the map is asked for at a layer */
export function refuseLayer(method: string, { at }: PreparedRequest): void {
	if (at === undefined || at === "input") return;
	throw new UnsupportedError(
		`${method} at a layer is more than one program`,
		method,
		"Export it at the input, or another method at the layer.",
	);
}

/** @throws UnsupportedError where the baseline is made of the input itself */
export function refuseOwnMean(method: string, { parameters, baselines }: PreparedRequest): void {
	if (parameters.baselines !== "mean" || baselines) return;
	throw new UnsupportedError(
		`${method} from the mean of each input is not exported`,
		method,
		"Take baselines=zero or baselines=constant: the exported program has one baseline for all inputs.",
	);
}
