import type { LaminaErrorData } from "../../src/shared/errors";
import type { MethodDescription } from "../../src/shared/methods";
import type { LayerStatistics, LayerSummary } from "../../src/shared/model";
import type {
	EngineStatus,
	InspectorState,
	LayerPreview,
	LoadedInput,
	OpenedModel,
	Prediction,
	SourceLink,
	WorkspaceInput,
} from "../../src/shared/protocol";

export type Tab = NonNullable<InspectorState["tab"]>;
export type ChosenMethod = NonNullable<InspectorState["methods"]>[number];

/** The input that everything is about. */
export type InputState =
	| { phase: "none" }
	| { phase: "loading"; name: string; before?: LoadedInput }
	| { phase: "ready"; loaded: LoadedInput }
	| { phase: "failed"; name: string; error: LaminaErrorData; before?: LoadedInput };

export type PredictionState =
	| { phase: "none" }
	/** Predictions of the input before stay until the new ones are there, so that nothing jumps. */
	| { phase: "loading"; before?: readonly Prediction[] }
	| { phase: "ready"; predictions: readonly Prediction[] }
	| { phase: "failed"; error: LaminaErrorData };

/** Everything the views are drawn of. Changed by {@link reduce} only. */
export interface ViewState {
	phase: "loading" | "ready" | "failed";
	/** Why the file cannot be shown. */
	failure?: LaminaErrorData;
	opened?: OpenedModel;
	/** Counts the times the file was read again: part of the key of everything that was computed from it. */
	revision: number;
	inputs: readonly WorkspaceInput[];
	methods: readonly MethodDescription[];
	status?: EngineStatus;
	lines: Readonly<Record<string, SourceLink>>;
	restricted: boolean;
	labels?: readonly string[];
	labelsFrom?: string;
	/** What is kept over a reload, and what links carry. */
	chosen: InspectorState;
	input: InputState;
	prediction: PredictionState;
	/** Small pictures of the layers. Those of another input stay until they are replaced, so that nothing flickers. */
	previews: ReadonlyMap<string, { input: string; preview: LayerPreview }>;
	health: ReadonlyMap<string, LayerStatistics["health"]>;
	/** The compute process is gone: what is shown stays. */
	lost?: LaminaErrorData;
	/** Told to screen readers. */
	announcement: string;
}

export const INITIAL_STATE: ViewState = {
	phase: "loading",
	revision: 0,
	inputs: [],
	methods: [],
	lines: {},
	restricted: false,
	chosen: {},
	input: { phase: "none" },
	prediction: { phase: "none" },
	previews: new Map(),
	health: new Map(),
	announcement: "",
};

/** The input whose numbers are shown; while another is loaded, still the one before. */
export function loadedInput({ input }: ViewState): LoadedInput | undefined {
	if (input.phase === "none") return undefined;
	return input.phase === "ready" ? input.loaded : input.before;
}

export function shownPredictions({ prediction }: ViewState): readonly Prediction[] {
	if (prediction.phase === "ready") return prediction.predictions;
	return prediction.phase === "loading" ? (prediction.before ?? []) : [];
}

export const layerNamed = (state: ViewState, name: string | undefined): LayerSummary | undefined =>
	state.opened?.summary.layers.find((layer) => layer.name === name);

/** The layer whose tabs are shown. */
export const currentLayer = (state: ViewState): LayerSummary | undefined => layerNamed(state, state.chosen.layer);

export const isComputable = (layer: LayerSummary): boolean => !layer.unsupported && !layer.blockedBy;
