import type { Graph } from "../../../graph/types";
import type { AxisRule } from "./model-builder";

/**
 * Axis of channels of every value: what its operator says, else that of the first input of the same rank, else none.
 * An input of the model has its channels where the first operator that knows takes them to be.
 */
export function resolveChannelAxes(
	rules: readonly AxisRule[],
	graph: Graph,
	rankOf: (value: string) => number | undefined,
): Record<string, number> {
	const axes: Record<string, number> = {};
	for (const port of graph.inputs) axes[port.value] = inputAxis(port.value, rules, rankOf);
	for (const { outputs, input, axis } of rules) {
		for (const value of outputs) {
			const rank = rankOf(value);
			if (rank === undefined) continue;
			if (axis === "inherit") {
				const isAlike = input !== undefined && rankOf(input) === rank;
				axes[value] = isAlike ? (axes[input] ?? -1) : rank === 2 ? 1 : -1;
			} else axes[value] = axis === "none" ? -1 : axis === "last" ? lastAxis(rank) : axis < rank ? axis : -1;
		}
	}
	return axes;
}

const lastAxis = (rank: number) => (rank >= 2 ? rank - 1 : -1);

/** Follows an input through operators that keep its axes to one that names the axis of channels. */
function inputAxis(value: string, rules: readonly AxisRule[], rankOf: (value: string) => number | undefined): number {
	const rank = rankOf(value) ?? 0;
	const reached = new Set([value]);
	for (const { outputs, input, axis } of rules) {
		if (input === undefined || !reached.has(input)) continue;
		if (typeof axis === "number") return axis < rank ? axis : -1;
		if (axis === "last" && outputs.every((output) => rankOf(output) === rank)) return lastAxis(rank);
		if (axis === "inherit") for (const output of outputs) if (rankOf(output) === rank) reached.add(output);
	}
	return rank === 2 || rank >= 4 ? 1 : -1;
}
