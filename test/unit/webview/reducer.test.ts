import assert from "node:assert/strict";
import type { LayerSummary } from "../../../src/shared/model";
import type { LayerPreview, LoadedInput, OpenedModel, Prediction } from "../../../src/shared/protocol";
import { type Action, type Ready, reduce, shownTab, tabsOf } from "../../../webview/state/reducer";
import { INITIAL_STATE, loadedInput, shownPredictions, type ViewState } from "../../../webview/state/view-state";

const layer = (name: string, more: Partial<LayerSummary> = {}): LayerSummary => ({
	name,
	type: "Conv2D",
	shapes: [[null, 8, 8, 4]],
	parameters: 10,
	depth: 0,
	inputs: [],
	calls: 1,
	config: {},
	weights: [],
	channelAxis: 3,
	hasFilters: false,
	where: name,
	...more,
});

const opened = (layers: LayerSummary[], more: Partial<OpenedModel> = {}): OpenedModel => ({
	summary: {
		path: "/m.keras",
		name: "m",
		format: { id: "keras-v3", title: "Keras 3" },
		bytes: 1,
		parameters: 1,
		inputs: [],
		outputs: [],
		layers,
		notices: [],
	},
	preprocess: {},
	preprocessFrom: "guess",
	...more,
});

const ready = (model: OpenedModel, more: Partial<Ready> = {}): Ready => ({
	opened: model,
	inputs: [],
	methods: [],
	status: { id: "none", title: "", loaded: false, memoryBytes: 0 },
	lines: {},
	restricted: false,
	...more,
});

const input = (id: string): LoadedInput => ({ id, name: `${id}.png`, shapes: {} });
const preview = (name: string): LayerPreview => ({
	layer: name,
	width: 1,
	height: 1,
	data: new Float32Array(1),
	min: 0,
	max: 0,
});
const prediction: Prediction = {
	output: "out",
	layer: "out",
	kind: "probability",
	top: [{ index: 3, value: 0.9 }],
	count: 10,
};

const run = (state: ViewState, ...actions: Action[]) => actions.reduce(reduce, state);
const layers = [layer("input"), layer("conv", { hasFilters: true }), layer("relu")];
const start = run(INITIAL_STATE, { type: "opened", ready: ready(opened(layers)), kept: undefined });

describe("the state of the Inspector", () => {
	it("begins at the first layer with something to see", () => {
		assert.equal(start.chosen.layer, "conv");
		assert.equal(start.chosen.tab, "filters");
	});

	it("comes back as it was kept, and what a link asks for wins", () => {
		const kept = { layer: "relu", tab: "statistics", input: "/kept.png", unit: "conv[1]" } as const;
		const again = reduce(INITIAL_STATE, { type: "opened", ready: ready(opened(layers)), kept });
		assert.deepEqual({ ...again.chosen }, kept);
		const linked = reduce(INITIAL_STATE, {
			type: "opened",
			ready: ready(opened(layers), { state: { layer: "input", input: "/suggested.png" } }),
			kept,
		});
		assert.equal(linked.chosen.layer, "input");
		assert.equal(linked.chosen.input, "/kept.png");
	});

	it("forgets a kept layer that the model no longer has", () => {
		const kept = { layer: "gone" };
		const state = reduce(INITIAL_STATE, { type: "opened", ready: ready(opened(layers)), kept });
		assert.equal(state.chosen.layer, "conv");
		const changed = reduce(run(start, { type: "choose", chosen: { layer: "relu" } }), {
			type: "model-changed",
			opened: opened([layer("input"), layer("other", { hasFilters: true })]),
		});
		assert.equal(changed.chosen.layer, "other");
		assert.equal(changed.revision, 1);
	});

	it("remembers the chosen tab while a layer without it is passed", () => {
		const passing = run(start, { type: "choose", chosen: { layer: "relu" } });
		assert.equal(shownTab(layers[2]!, passing.chosen.tab), "activations");
		const back = run(passing, { type: "choose", chosen: { layer: "conv" } });
		assert.equal(shownTab(layers[1]!, back.chosen.tab), "filters");
	});

	it("shows statistics first where a layer cannot be computed and has no filters", () => {
		const unsupported = layer("lstm", { unsupported: { code: "unsupported", message: "LSTM" } });
		assert.equal(shownTab(unsupported, undefined), "statistics");
		assert.ok(tabsOf(unsupported).includes("explain"));
	});

	it("keeps the input before and its predictions while another is loaded, and when it fails", () => {
		const first = run(
			start,
			{ type: "input-loading", name: "a.png" },
			{ type: "input-loaded", loaded: input("a") },
			{ type: "predicted", predictions: [prediction] },
		);
		const loading = run(first, { type: "input-loading", name: "b.png" });
		assert.equal(loadedInput(loading)?.id, "a");
		const failed = run(loading, {
			type: "input-failed",
			name: "b.png",
			error: { code: "unreadable", message: "no picture" },
		});
		assert.equal(loadedInput(failed)?.id, "a");
		assert.match(failed.announcement, /b\.png: no picture/);
		const second = run(loading, { type: "input-loaded", loaded: input("b") });
		assert.equal(second.prediction.phase, "loading");
		assert.equal(shownPredictions(second)[0], prediction);
	});

	it("takes previews of the current input only", () => {
		const state = run(
			start,
			{ type: "input-loaded", loaded: input("b") },
			{ type: "preview", input: "a", preview: preview("conv") },
			{ type: "preview", input: "b", preview: preview("relu") },
		);
		assert.deepEqual([...state.previews.keys()], ["relu"]);
	});

	it("tells the best class to screen readers", () => {
		assert.equal(run(start, { type: "predicted", predictions: [prediction] }).announcement, "Predicts class 3, 0.90.");
	});

	it("keeps all that is shown when the compute process is lost", () => {
		const lost = run(
			start,
			{ type: "input-loaded", loaded: input("a") },
			{ type: "predicted", predictions: [prediction] },
			{ type: "lost", error: { code: "failed", message: "gone" } },
		);
		assert.equal(lost.phase, "ready");
		assert.equal(shownPredictions(lost)[0], prediction);
		const back = run(lost, { type: "back", status: { id: "wasm", title: "", loaded: true, memoryBytes: 0 } });
		assert.equal(back.lost, undefined);
	});
});
