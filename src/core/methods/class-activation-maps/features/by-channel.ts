import { growingBatches } from "../../batches";
import type { FeatureMaps } from "./feature-maps";

/** A channel of an example. */
export interface ChannelOf {
	readonly example: number;
	readonly channel: number;
}

/**
 * Values for every channel of every example, batch by batch: what methods ask for that try channels one by one.
 * @param valuesOf one value for each of the channels it is given
 * @yields weights `[examples, channels]` as far as they are known (`undefined` where not), and how many of them are
 */
export async function* byChannel(
	{ examples, layout }: Pick<FeatureMaps, "examples" | "layout">,
	atOnce: number,
	valuesOf: (channels: readonly ChannelOf[]) => Promise<ArrayLike<number>>,
): AsyncGenerator<{ values: readonly (number | undefined)[]; done: number }, void, void> {
	const count = examples * layout.channels;
	const values = new Array<number | undefined>(count).fill(undefined);
	// Channel by channel, so that a partial result holds as many channels of every example.
	const jobOf = (at: number): ChannelOf => ({ example: at % examples, channel: Math.floor(at / examples) });
	for (const { from, size } of growingBatches(count, atOnce)) {
		const jobs = Array.from({ length: size }, (_, index) => jobOf(from + index));
		const found = await valuesOf(jobs);
		for (const [index, { example, channel }] of jobs.entries())
			values[example * layout.channels + channel] = found[index];
		yield { values, done: from + size };
	}
}
