import type { Graph } from "../../../graph/types";
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
	for (const port of inputs) axisOfValue.set(port.value, inputAxis(port.value, records, rankOf));
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
	// An input is no layer's output, but a picture has channels all the same.
	for (const port of inputs) axes.set(port.layer, axisOfValue.get(port.value) ?? -1);
	return axes;
}

/**
 * Where the channels of an input are: where the first layer that knows takes them to be. Layers that only pass them on
 * are followed. Where no layer tells, the last axis of vectors and of four axes and more; rows of three may be anything.
 */
function inputAxis(
	value: string,
	records: readonly LayerRecord[],
	rankOf: (value: string) => number | undefined,
): number {
	const rank = rankOf(value) ?? 0;
	const reached = new Set([value]);
	for (const { channels, calls } of records) {
		const call = calls.find(({ inputs }) => inputs.some((input) => reached.has(input)));
		// Another rank is another arrangement: it tells nothing of this one.
		if (!call?.outputs.every((output) => rankOf(output) === rank)) continue;
		if (channels === "last") return rank - 1;
		if (typeof channels === "number") return channels < 0 ? rank + channels : Math.min(channels, rank - 1);
		if (channels === "inherit") for (const output of call.outputs) reached.add(output);
	}
	return rank === 2 || rank >= 4 ? rank - 1 : -1;
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
