import type { LaminaErrorData } from "../../src/shared/errors";
import type { LayerStatistics, LayerSummary } from "../../src/shared/model";
import type {
	EngineStatus,
	InspectorHostApi,
	InspectorState,
	LayerPreview,
	LoadedInput,
	OpenedModel,
	Prediction,
	SourceLink,
} from "../../src/shared/protocol";
import { formatNumber, formatProbability, plural } from "./format";
import { isComputable, loadedInput, shownPredictions, type Tab, type ViewState } from "./view-state";

export type Ready = Awaited<ReturnType<InspectorHostApi["ready"]>>;

export type Action =
	| { type: "opened"; ready: Ready; kept: InspectorState | undefined }
	| { type: "unreadable"; error: LaminaErrorData }
	| { type: "model-changed"; opened: OpenedModel }
	| { type: "lines-changed"; lines: Record<string, SourceLink> }
	| { type: "choose"; chosen: InspectorState }
	| { type: "input-loading"; name: string }
	| { type: "input-loaded"; loaded: LoadedInput }
	| { type: "input-failed"; name: string; error: LaminaErrorData }
	| { type: "input-dropped" }
	| { type: "predicted"; predictions: readonly Prediction[] }
	| { type: "prediction-failed"; error: LaminaErrorData }
	| { type: "preview"; input: string; preview: LayerPreview }
	| { type: "health"; layer: string; health: LayerStatistics["health"] }
	| { type: "labels"; labels: readonly string[]; from: string }
	| { type: "status"; status: EngineStatus }
	| { type: "lost"; error: LaminaErrorData }
	| { type: "back"; status: EngineStatus }
	| { type: "trusted" }
	| { type: "announce"; text: string };

/** The next state. Pure: what has to be asked of the host is in `Inspector`. */
export function reduce(state: ViewState, action: Action): ViewState {
	switch (action.type) {
		case "opened":
			return openModel(state, action.ready, action.kept);
		case "unreadable":
			return { ...state, phase: "failed", failure: action.error, announcement: action.error.message };
		case "model-changed":
			return changeModel(state, action.opened);
		case "lines-changed":
			return { ...state, lines: action.lines };
		case "choose":
			return choose(state, action.chosen);
		case "input-loading": {
			const before = loadedInput(state);
			return { ...state, input: { phase: "loading", name: action.name, ...(before && { before }) } };
		}
		case "input-loaded":
			return loadInput(state, action.loaded);
		case "input-failed": {
			const before = loadedInput(state);
			const { name, error } = action;
			return {
				...state,
				input: { phase: "failed", name, error, ...(before && { before }) },
				announcement: `${name}: ${error.message}`,
			};
		}
		case "input-dropped":
			return { ...state, input: { phase: "none" }, prediction: { phase: "none" }, previews: new Map() };
		case "predicted":
			return {
				...state,
				prediction: { phase: "ready", predictions: action.predictions },
				announcement: describePredictions(action.predictions),
			};
		case "prediction-failed":
			return { ...state, prediction: { phase: "failed", error: action.error }, announcement: action.error.message };
		case "preview":
			return previewed(state, action.input, action.preview);
		case "health":
			return { ...state, health: new Map(state.health).set(action.layer, action.health) };
		case "labels":
			return {
				...state,
				labels: action.labels,
				labelsFrom: action.from,
				announcement: `${plural(action.labels.length, "label")} from ${action.from}`,
			};
		case "status":
			return { ...state, status: action.status };
		case "lost":
			return { ...state, lost: action.error, announcement: action.error.message };
		case "back": {
			const { lost: _, ...rest } = state;
			return { ...rest, status: action.status, announcement: "Computing again." };
		}
		case "trusted":
			return { ...state, restricted: false };
		case "announce":
			return { ...state, announcement: action.text };
	}
}

function openModel(state: ViewState, ready: Ready, kept: InspectorState | undefined): ViewState {
	const { opened } = ready;
	const { failure: _, ...rest } = state;
	const next: ViewState = {
		...rest,
		phase: "ready",
		opened,
		inputs: ready.inputs,
		methods: ready.methods,
		status: ready.status,
		lines: ready.lines,
		restricted: ready.restricted,
		...(opened.labels && { labels: opened.labels }),
		...(opened.labelsFrom && { labelsFrom: opened.labelsFrom }),
		announcement: `${opened.summary.name}, ${plural(opened.summary.layers.length, "layer")}.`,
	};
	// What a link asks for is newer than what was kept, but a file that the host merely suggests is not.
	const { input: suggested, ...asked } = ready.state ?? {};
	const input = kept?.input ?? suggested;
	return choose(next, { ...kept, ...asked, ...(input && { input }) });
}

function changeModel(state: ViewState, opened: OpenedModel): ViewState {
	const next: ViewState = {
		...state,
		phase: "ready",
		opened,
		revision: state.revision + 1,
		previews: new Map(),
		health: new Map(),
		...(opened.labels && !state.labelsFrom && { labels: opened.labels }),
		announcement: `${opened.summary.name} changed on disk and was read again.`,
	};
	return choose(next, {});
}

/** Names a layer and a tab that exist, whatever was asked for. */
function choose(state: ViewState, asked: InspectorState): ViewState {
	const chosen = { ...state.chosen, ...asked };
	const layers = state.opened?.summary.layers;
	if (!layers) return { ...state, chosen };
	const layer = layers.find(({ name }) => name === chosen.layer) ?? firstLayer(layers);
	if (!layer) return { ...state, chosen };
	const available = tabsOf(layer);
	const tab = chosen.tab && available.includes(chosen.tab) ? chosen.tab : available[0];
	// The tab that was chosen is remembered while a layer without it is passed.
	return { ...state, chosen: { ...chosen, layer: layer.name, tab: asked.tab ?? chosen.tab ?? tab } };
}

/** The first layer with something to see. */
function firstLayer(layers: readonly LayerSummary[]): LayerSummary | undefined {
	return layers.find((layer) => layer.hasFilters) ?? layers[0];
}

/** Tabs that say something about a layer, the most telling one first. */
export function tabsOf(layer: LayerSummary): Tab[] {
	const tabs: Tab[] = ["activations", "statistics", "explain"];
	return layer.hasFilters ? ["filters", ...tabs] : tabs;
}

/** The tab to show: the chosen one, or the first where the layer does not have it. */
export function shownTab(layer: LayerSummary, tab: Tab | undefined): Tab {
	const tabs = tabsOf(layer);
	return tab && tabs.includes(tab) ? tab : isComputable(layer) ? tabs[0]! : "statistics";
}

function loadInput(state: ViewState, loaded: LoadedInput): ViewState {
	const same = loadedInput(state)?.id === loaded.id;
	const before = shownPredictions(state);
	return {
		...state,
		input: { phase: "ready", loaded },
		prediction: same && state.prediction.phase === "ready" ? state.prediction : { phase: "loading", before },
	};
}

/** Previews of inputs that are no longer shown come too late. */
function previewed(state: ViewState, input: string, preview: LayerPreview): ViewState {
	if (loadedInput(state)?.id !== input) return state;
	return { ...state, previews: new Map(state.previews).set(preview.layer, { input, preview }) };
}

/** For screen readers: the best class of each output. */
export function describePredictions(predictions: readonly Prediction[]): string {
	return predictions
		.flatMap(({ top: [best], kind }) => {
			if (!best) return [];
			const value = kind === "probability" ? formatProbability(best.value) : formatNumber(best.value);
			return [`Predicts ${best.label ?? `class ${best.index}`}, ${value}.`];
		})
		.join(" ");
}
