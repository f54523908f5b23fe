import type { Tensor } from "../../../shared/tensor";
import type { Edit } from "../../session/model-session";
import { atAnyLayer } from "../at-layer";
import type { Method } from "../method";
import { flagOf, textOf } from "../parameters";
import { CHANGE, changeOf } from "./change";
import { fillOf, WINDOW_FILL_PARAMETERS } from "./fills";
import { type PerturbedInput, perturbedInputs } from "./perturbed-inputs";
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
	at: "input",
	quantity: "signed",
	promisesCompleteness: false,
	usesSeed: true,
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
		...WINDOW_FILL_PARAMETERS,
		CHANGE,
		{
			name: "divide_by_window",
			type: "boolean",
			default: false,
			help: "Divides each effect by the number of elements in its window, as DeepExplain does; Captum does not.",
		},
	],
	run: atAnyLayer(async function* (session, request) {
		const explained = perturbedInputs(session, request);
		const jobs = explained.flatMap((input) => {
			const fill = fillOf(request, input);
			const sizes = windowSizes(input, textOf(request, "sliding_window_shapes"), textOf(request, "strides"));
			return occlusionWindows(input.tensor.shape.slice(1), sizes).map((window) => ({ input, fill, window }));
		});
		const own = Object.fromEntries(explained.map(({ name, tensor }) => [name, tensor]));
		const n = explained[0]?.tensor.shape[0] ?? 1;
		const whole = await session.unitValue(request.inputs, request.unit, request.signal);
		const change = changeOf(request, whole);
		const divide = flagOf(request, "divide_by_window");
		const edits = jobs.map(
			({ input, fill, window }): Edit => ({ input: input.name, ...window, content: () => fill(window) }),
		);
		const tallies = new Map(explained.map(({ name, tensor }) => [name, tallyOf(tensor)]));
		let done = 0;
		const batches = session.perturbed({ ...request.inputs, ...own }, request.unit, edits, request.signal);
		for await (const { example, edits: places, values } of batches) {
			for (const [at, value] of values.entries()) {
				const { input, window } = jobs[places[at] as number] as (typeof jobs)[number];
				const effect = change(example, value) / (divide ? elementsIn(window) : 1);
				credit(tallies.get(input.name) as Tally, input.tensor.shape, window, example, effect);
			}
			done += values.length;
			yield {
				maps: explained.map((input) => mapOf(input, tallies.get(input.name) as Tally)),
				progress: done / (jobs.length * n),
				unitValue: whole[0],
			};
		}
	}),
};

/** Sum of effects and number of windows for each element. */
interface Tally {
	readonly sums: Float64Array;
	readonly counts: Uint32Array;
}

const tallyOf = ({ data }: Tensor): Tally => ({
	sums: new Float64Array(data.length),
	counts: new Uint32Array(data.length),
});

function mapOf({ name, tensor, channelAxis }: PerturbedInput, { sums, counts }: Tally) {
	const data = new Float32Array(sums.length);
	for (let at = 0; at < data.length; at++) data[at] = (sums[at] as number) / Math.max(1, counts[at] as number);
	return { at: name, channelAxis, tensor: { dtype: "float32" as const, shape: tensor.shape, data } };
}

function credit({ sums, counts }: Tally, shape: readonly number[], window: Window, example: number, effect: number) {
	for (const [begin, end] of rowsOf(window, shape.slice(1), example)) {
		for (let at = begin; at < end; at++) {
			counts[at] = (counts[at] as number) + 1;
			sums[at] = (sums[at] as number) + effect;
		}
	}
}

const elementsIn = ({ begin, end }: Window) =>
	begin.reduce((product, from, axis) => product * ((end[axis] ?? from) - from), 1);

/** Row-major indices of the elements in a window of an example: those that lie side by side, from and up to. */
function* rowsOf(
	window: Window,
	shape: readonly number[],
	base: number,
	axis = 0,
): Generator<readonly [number, number], void, void> {
	const extent = shape[axis] ?? 1;
	const [begin, end] = [window.begin[axis] ?? 0, window.end[axis] ?? extent];
	if (axis >= shape.length - 1) yield [base * extent + begin, base * extent + end];
	else for (let at = begin; at < end; at++) yield* rowsOf(window, shape, base * extent + at, axis + 1);
}
