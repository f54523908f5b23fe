import type { Tensor } from "../../../shared/tensor";
import { BASELINE_PARAMETERS, baselineOf } from "../baselines";
import { type ExplainedInput, explainedInputs, repeatExamples } from "../examples";
import type { Method } from "../method";
import { textOf } from "../parameters";
import { occlusionWindows, type Window, windowSizes } from "./windows";

/** Captum 0.9 `Occlusion`. */
export const occlusion: Method = {
	id: "occlusion",
	title: "Occlusion",
	family: "perturbation",
	answers: "How much does the unit lose when a patch of the input is covered?",
	paper: "Zeiler, Fergus 2014, Visualizing and understanding convolutional networks, arXiv:1311.2901",
	reference:
		"Captum 0.9 Occlusion: windows that run over the border are clipped, effects of overlapping windows are averaged for each element and not divided by the window's size",
	formula: "mean over windows that cover an element of f(x) - f(x with the window at the baseline)",
	needs: { unit: true, input: true },
	at: "none",
	quantity: "signed",
	promisesCompleteness: false,
	parameters: [
		{
			name: "sliding_window_shapes",
			type: "text",
			default: "auto",
			placeholder: "auto, 16, 16x16, or all axes: 16x16x3",
			help: "Extent of the window along each axis, batch left out, in the order of the file's axes; without channels it spans all of them. Several inputs: name=16x16; other=2. auto: an eighth of each axis (Captum: sliding_window_shapes).",
		},
		{
			name: "strides",
			type: "text",
			default: "auto",
			placeholder: "auto, 8, or as the window",
			help: "Steps of the window, written alike; at most the window's extent. auto: half of the window (Captum: strides, default 1).",
		},
		...BASELINE_PARAMETERS,
	],
	async *run(session, request) {
		const explained = explainedInputs(session, request);
		const jobs = explained.flatMap((input) => {
			const baseline = baselineOf(request, input.name, input.tensor, input.channelAxis);
			const sizes = windowSizes(input, textOf(request, "sliding_window_shapes"), textOf(request, "strides"));
			return occlusionWindows(input.tensor.shape.slice(1), sizes).map((window) => ({ input, baseline, window }));
		});
		const n = explained[0]?.tensor.shape[0] ?? 1;
		const whole = await session.unitValue(request.inputs, request.unit, request.signal);
		const atOnce = Math.max(1, Math.floor(session.batchSize("forward", request.inputs) / n));
		const tallies = new Map(explained.map(({ name, tensor }) => [name, tallyOf(tensor)]));
		for (let from = 0; from < jobs.length; from += atOnce) {
			const batch = jobs.slice(from, from + atOnce);
			const inputs = repeatExamples(request.inputs, batch.length);
			for (const [copy, { input, baseline, window }] of batch.entries())
				cover(inputs[input.name] as Tensor, baseline, window, copy * n);
			const values = await session.unitValue(inputs, request.unit, request.signal);
			for (const [copy, { input, window }] of batch.entries()) {
				const effects = Array.from(whole, (value, example) => value - (values[copy * n + example] ?? 0));
				credit(tallies.get(input.name) as Tally, input.tensor.shape, window, effects);
			}
			yield {
				maps: explained.map((input) => mapOf(input, tallies.get(input.name) as Tally)),
				progress: Math.min(1, (from + batch.length) / jobs.length),
				unitValue: whole[0],
			};
		}
	},
};

/** Sum of effects and number of windows for each element. */
interface Tally {
	readonly sums: Float64Array;
	/** The same for all examples. */
	readonly counts: Uint32Array;
}

const tallyOf = ({ shape, data }: Tensor): Tally => ({
	sums: new Float64Array(data.length),
	counts: new Uint32Array(data.length / Math.max(1, shape[0] ?? 1)),
});

function mapOf({ name, tensor, channelAxis }: ExplainedInput, { sums, counts }: Tally) {
	const data = Float32Array.from(sums, (sum, at) => sum / Math.max(1, counts[at % counts.length] ?? 1));
	return { at: name, channelAxis, tensor: { dtype: "float32" as const, shape: tensor.shape, data } };
}

/** Puts the baseline into a window of the examples from `first` on, as many as the baseline has. */
function cover(input: Tensor, baseline: Tensor, window: Window, first: number): void {
	const size = baseline.data.length / Math.max(1, baseline.shape[0] ?? 1);
	for (let example = 0; example < (baseline.shape[0] ?? 1); example++) {
		for (const at of elementsOf(window, baseline.shape.slice(1)))
			input.data[(first + example) * size + at] = baseline.data[example * size + at] ?? 0;
	}
}

function credit({ sums, counts }: Tally, shape: readonly number[], window: Window, effects: readonly number[]): void {
	for (const at of elementsOf(window, shape.slice(1))) {
		counts[at] = (counts[at] ?? 0) + 1;
		for (const [example, effect] of effects.entries()) {
			const index = example * counts.length + at;
			sums[index] = (sums[index] ?? 0) + effect;
		}
	}
}

/** Row-major indices of the elements in a window. */
function* elementsOf(window: Window, shape: readonly number[], axis = 0, base = 0): Generator<number, void, void> {
	const extent = shape[axis];
	if (extent === undefined) {
		yield base;
		return;
	}
	for (let at = window.begin[axis] ?? 0; at < (window.end[axis] ?? extent); at++)
		yield* elementsOf(window, shape, axis + 1, base * extent + at);
}
