import type { Graph } from "../../graph/types";
import type { LayerRecord } from "./graph-builder";

/** How a translator says where the channels of a layer's output are. */
export type ChannelAxis = number | "last" | "inherit" | "none";

/**
 * Turns what translators said into axis numbers. `inherit` takes the axis of the layer that makes the first input;
 * `last` needs the rank, which is known where the layer can be lowered.
 * @param rankOf rank of a value, when it is known
 */
export function resolveChannelAxes(
	records: readonly LayerRecord[],
	inputs: Graph["inputs"],
	rankOf: (value: string) => number | undefined,
): Map<string, number> {
	const axisOfValue = new Map<string, number>();
	for (const port of inputs) axisOfValue.set(port.value, port.shape.length - 1);
	const axes = new Map<string, number>();
	// Calls in the order of evaluation: a shared layer may be listed before what it is called on.
	for (const record of records) axes.set(record.path, -1);
	const pending = [...records];
	for (let round = 0; round < 2; round++) {
		for (const record of pending) {
			const axis = axisOf(record, axisOfValue, rankOf);
			if (axis === undefined) continue;
			axes.set(record.path, axis);
			for (const call of record.calls)
				for (const value of call.outputs) if (!axisOfValue.has(value)) axisOfValue.set(value, axis);
		}
	}
	return axes;
}

function axisOf(
	{ channels, calls }: LayerRecord,
	axisOfValue: ReadonlyMap<string, number>,
	rankOf: (value: string) => number | undefined,
): number | undefined {
	const call = calls[0];
	const output = call?.outputs[0];
	if (!call || output === undefined) return undefined;
	if (typeof channels === "number") {
		const rank = rankOf(output);
		return channels >= 0 ? channels : rank === undefined ? undefined : rank + channels;
	}
	if (channels === "none") return -1;
	const last = () => {
		const rank = rankOf(output);
		return rank === undefined || rank < 2 ? undefined : rank - 1;
	};
	if (channels === "last") return last();
	const input = call.inputs[0];
	const inherited = input === undefined ? undefined : axisOfValue.get(input);
	const rank = rankOf(output);
	const inputRank = input === undefined ? undefined : rankOf(input);
	// Another rank is another arrangement: then the last axis is the best that is known.
	return rank !== undefined && inputRank !== undefined && rank !== inputRank ? last() : inherited;
}
