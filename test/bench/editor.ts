import path from "node:path";
import { createApi } from "../../src/compute/api";
import { readSettings } from "../../src/compute/settings";

/** Pictures of the samples. */
const INPUTS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"] as const;

/** Milliseconds, one entry a round. */
export interface EditorTimes {
	/** From a model file to the previews of all its layers on an input, the engine being loaded. */
	readonly firstPicture: number[];
	/** A hover on a layer that was never looked at before; the model is open. */
	readonly hoverFirst: number[];
	/** A hover on a layer that was looked at before, on another input. */
	readonly hoverWarm: number[];
	/** The same hover again. */
	readonly hoverAgain: number[];
}

/** What a person in the editor waits for, on the sample model, through the functions that the editor calls. */
export async function measureEditor(rounds: number, cacheDir: string): Promise<EditorTimes> {
	const silent = { progress: () => {}, partial: () => {}, preview: () => {} };
	const api = createApi({ ...readSettings(process.env), cacheDir }, silent);
	const samples = path.join(process.cwd(), "samples");
	const model = path.join(samples, "digits", "digits.keras");
	const open = async (name: string) => {
		const { summary } = await api.open(model);
		const file = path.join(samples, "inputs", "digits", `${name}.png`);
		const { id } = await api.loadInput(model, { kind: "file", path: file });
		return { layers: summary.layers.map((layer) => layer.name), input: id };
	};
	const showFirst = async (name: string) => {
		const { layers, input } = await open(name);
		await api.previews(model, input, layers, "bench");
	};
	await showFirst(INPUTS[0]);

	const times: EditorTimes = { firstPicture: [], hoverFirst: [], hoverWarm: [], hoverAgain: [] };
	// Hovers are cached by input: each round takes two others.
	for (let round = 0; round + 1 < INPUTS.length && round < 2 * rounds; round += 2) {
		const [one, two] = INPUTS.slice(round, round + 2) as [string, string];
		await api.close(model);
		times.firstPicture.push(await timed(() => showFirst(one)));
		await api.close(model);
		const { layers, input } = await open(one);
		const other = await open(two);
		for (const layer of layers) {
			times.hoverFirst.push(await timed(() => api.hover(model, layer, input, true)));
			times.hoverWarm.push(await timed(() => api.hover(model, layer, other.input, true)));
			times.hoverAgain.push(await timed(() => api.hover(model, layer, other.input, true)));
		}
	}
	return times;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
	const start = performance.now();
	await work();
	return performance.now() - start;
}
