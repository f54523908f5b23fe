import type { ColormapId } from "./colormap";
import type { LaminaErrorData } from "./errors";
import type { MethodDescription, ParameterValue, Quantity } from "./methods";
import type { MetricDescription, MetricScore } from "./metrics";
import type { LayerStatistics, ModelSummary } from "./model";
import type { Preflight } from "./preflight";
import type { PreprocessSpec } from "./preprocess";
import type { ExplanationResult } from "./result";
import type { SheetScale } from "./sheet";
import type { Tensor } from "./tensor";

/**
 * What the compute process offers (ComputeApi) and reports on its own (ComputeEvents), and what the Inspector's webview
 * may ask of the extension host (InspectorHostApi) and is told by it (InspectorViewApi). All four are carried by birpc.
 * Tensors and pictures cross as typed arrays, never as JSON numbers. Every rejection is a LaminaErrorData.
 */

/** Chosen by the caller; long calls report under it and are stopped by it. */
export type JobId = string;

export interface EngineStatus {
	/** The engine in use, or that will be used; nothing is loaded until a computation asks for it. */
	id: "session" | "wasm" | "cpu" | "none";
	/** `TensorFlow 2.21.0 (native)`. */
	title: string;
	/** Why it is not the native one, and what to do about it. */
	notice?: string;
	loaded: boolean;
	memoryBytes: number;
}

export interface OpenedModel {
	summary: ModelSummary;
	/** Class labels found beside the model, and the file they came from. */
	labels?: string[];
	labelsFrom?: string;
	/** From the sidecar or guessed; `preprocessFrom` says which. */
	preprocess: PreprocessSpec;
	preprocessFrom: "sidecar" | "model" | "guess";
	/** Training script named by the sidecar, absolute. */
	source?: string;
}

/** Where an input comes from. Equal sources give equal input ids. */
export type InputSource =
	| { kind: "file"; path: string }
	/** Bytes of a dropped file (an image, .npy or .npz). */
	| { kind: "bytes"; name: string; bytes: Uint8Array }
	/** A drawing: RGBA, 8 bits, row-major. */
	| { kind: "pixels"; name: string; width: number; height: number; rgba: Uint8Array };

export interface Picture {
	width: number;
	height: number;
	/** RGBA, 8 bits, row-major. */
	rgba: Uint8Array;
}

export interface LoadedInput {
	/** Names the preprocessed input in later calls. */
	id: string;
	name: string;
	/** The input as the model sees it, for display; absent for inputs that are no pictures. */
	picture?: Picture;
	/** Shape of each model input, batch included. */
	shapes: Record<string, readonly number[]>;
	preprocess?: PreprocessSpec;
}

export interface ClassScore {
	index: number;
	label?: string;
	value: number;
}

export interface Prediction {
	/** Name of the model's output. */
	output: string;
	/** Layer whose unit the classes are: `layer[index]` is the address of a class. */
	layer: string;
	/** `probability` after a softmax or sigmoid, `logit` for the scores of a classifier without one, else `value`. */
	kind: "probability" | "logit" | "value";
	/** Best first, at most as many as were asked for. */
	top: ClassScore[];
	/** Number of units. */
	count: number;
}

/** Kernels of a layer as pictures, in the order of output units. */
export interface FilterSet {
	layer: string;
	/** [units, height, width, channels] */
	shape: readonly [number, number, number, number];
	data: Float32Array;
	/** Units in the whole layer; `offset` is the first one given. */
	total: number;
	offset: number;
	/** Largest absolute weight of the whole layer, for the shared scale. */
	absMax: number;
	/** Euclidean norm of the kernel of each unit of the whole layer, for the order. */
	norms: Float32Array;
}

/** Activation maps of a layer for one input, channels first for display. */
export interface ActivationSet {
	layer: string;
	/** [channels, height, width]; a dense layer is [units, 1, 1], a sequence [channels, 1, time]. */
	shape: readonly [number, number, number];
	data: Float32Array;
	/** Channels in the whole layer; `offset` is the first one given. */
	total: number;
	offset: number;
	/** Over the whole layer. */
	min: number;
	max: number;
	/** Per channel of the whole layer: mean, largest, share of zeros. */
	channels: { mean: Float32Array; max: Float32Array; zeros: Float32Array };
}

export interface LayerPreview {
	layer: string;
	/** One small picture of the layer on the current input: the strongest channel. Values as they are. */
	width: number;
	height: number;
	data: Float32Array;
	min: number;
	max: number;
}

export interface ExplainRequest {
	method: string;
	/** A unit address; absent: the top class. */
	unit?: string;
	/** Place of the map: `input` or a layer address; absent: what the method says. */
	at?: string;
	parameters: Record<string, ParameterValue>;
	/** Which feature each element belongs to, by name of the input or of the layer `at`; overrides `feature_mask`. */
	masks?: Record<string, Tensor>;
	seed?: number;
	/** Also tell what each op did with the relevance, where the method walks once. */
	ledger?: boolean;
}

/** Several methods on one unit; the first request says which, and where. */
export interface SheetOrder {
	requests: readonly ExplainRequest[];
	scale: SheetScale;
	/** Colours of the picture. */
	dark: boolean;
}

/** A contact sheet as files. */
export interface SheetFiles {
	png: Uint8Array;
	json: string;
}

export interface HoverPicture {
	/** A PNG below 70 kB. */
	png: Uint8Array;
	width: number;
	height: number;
	/** What it shows, for the alternative text: `8 strongest of 64 activation maps on seven.png`. */
	caption: string;
}

export interface ComputeApi {
	status(): Promise<EngineStatus>;
	methods(): Promise<MethodDescription[]>;
	/** Parses; loads no engine. Opening an open file again re-reads it only when it has changed on disk. */
	open(path: string): Promise<OpenedModel>;
	/** Gives up what is held for the file. */
	close(path: string): Promise<void>;
	/** Labels from a file that the user chose. */
	loadLabels(path: string, labelsFile: string): Promise<string[]>;
	loadInput(path: string, source: InputSource, preprocess?: PreprocessSpec): Promise<LoadedInput>;
	predict(path: string, input: string, top: number): Promise<Prediction[]>;
	statistics(path: string, layer: string, input?: string): Promise<LayerStatistics>;
	filters(path: string, layer: string, offset: number, limit: number): Promise<FilterSet>;
	activations(path: string, input: string, layer: string, offset: number, limit: number): Promise<ActivationSet>;
	/** Reports each preview by `ComputeEvents.preview`; resolves when all are made. */
	previews(path: string, input: string, layers: readonly string[], job: JobId): Promise<void>;
	/** Partial results come by `ComputeEvents.partial`; resolves with the whole one. */
	explain(path: string, input: string, request: ExplainRequest, job: JobId): Promise<ExplanationResult>;
	/** What a run would do and take; nothing but a few timings is computed. */
	preflight(path: string, input: string, request: ExplainRequest, job: JobId): Promise<Preflight>;
	/** Of several requests those that this model cannot answer, and why, by method; nothing is computed. */
	refusals(
		path: string,
		input: string,
		requests: readonly ExplainRequest[],
		job: JobId,
	): Promise<Record<string, LaminaErrorData>>;
	metrics(): Promise<MetricDescription[]>;
	/** Scores of the map that a request gives, in the order of the metrics; progress is told. */
	measure(
		path: string,
		input: string,
		request: ExplainRequest,
		order: MeasureOrder,
		job: JobId,
	): Promise<MetricScore[]>;
	sheet(path: string, input: string, order: SheetOrder, job: JobId): Promise<SheetFiles>;
	/** The activation grid of a layer on an input, as a picture for a hover; cached by model, layer and input. */
	hover(path: string, layer: string, input: string, dark: boolean): Promise<HoverPicture>;
	/** A map or an activation as the bytes of a .npy file. */
	encodeNpy(data: Float32Array, shape: readonly number[]): Promise<Uint8Array>;
	cancel(job: JobId): Promise<void>;
}

/** What is measured of a map. */
export interface MeasureOrder {
	readonly metrics: readonly string[];
	/** Path of a picture or array that says where the unit should look. */
	readonly mask?: string;
}

export interface ComputeEvents {
	/** `fraction` 0 to 1; `secondsLeft` when it can be told. */
	progress(job: JobId, fraction: number, what: string, secondsLeft?: number): void;
	partial(job: JobId, result: ExplanationResult): void;
	preview(job: JobId, preview: LayerPreview): void;
}

/** What a layer is in the training code. */
export interface SourceLink {
	file: string;
	line: number;
}

export interface WorkspaceInput {
	path: string;
	/** Relative to the workspace, for display. */
	label: string;
}

/** State of an Inspector, kept by the webview and in links: the same state brings the same picture back. */
export interface InspectorState {
	layer?: string;
	tab?: "filters" | "activations" | "statistics" | "explain";
	/** Path of a file, or a data URL where the input was drawn or dropped. */
	input?: string;
	unit?: string;
	/** `at` is the place of the map where it is not the method's own. */
	methods?: { id: string; parameters: Record<string, ParameterValue>; at?: string }[];
	/** Colour map of each kind of picture, where it is not the default one. */
	colormaps?: Partial<Record<Quantity, ColormapId>>;
	opacity?: number;
}

/** Asked by the webview of the extension host; calls about a model are about the document of this editor. */
export interface InspectorHostApi {
	/** First call: everything that the first picture needs. Rejects with what a broken file needs to be explained. */
	ready(): Promise<{
		opened: OpenedModel;
		inputs: WorkspaceInput[];
		methods: MethodDescription[];
		status: EngineStatus;
		/** Lines of layers in the linked training code. */
		lines: Record<string, SourceLink>;
		restricted: boolean;
		state?: InspectorState;
		/** The model's current input: one that was drawn or dropped is no path, so no part of `state`. */
		current?: InputSource;
	}>;
	status(): Promise<EngineStatus>;
	loadInput(source: InputSource, preprocess?: PreprocessSpec): Promise<LoadedInput>;
	/** A file dialog; `undefined` when the user thought better of it. */
	chooseInput(): Promise<{ loaded: LoadedInput; path: string } | undefined>;
	chooseLabels(): Promise<{ labels: string[]; from: string } | undefined>;
	predict(input: string, top: number): Promise<Prediction[]>;
	statistics(layer: string, input?: string): Promise<LayerStatistics>;
	filters(layer: string, offset: number, limit: number): Promise<FilterSet>;
	activations(input: string, layer: string, offset: number, limit: number): Promise<ActivationSet>;
	previews(input: string, layers: readonly string[], job: JobId): Promise<void>;
	explain(input: string, request: ExplainRequest, job: JobId): Promise<ExplanationResult>;
	preflight(input: string, request: ExplainRequest, job: JobId): Promise<Preflight>;
	refusals(input: string, requests: readonly ExplainRequest[], job: JobId): Promise<Record<string, LaminaErrorData>>;
	metrics(): Promise<MetricDescription[]>;
	measure(input: string, request: ExplainRequest, order: MeasureOrder, job: JobId): Promise<MetricScore[]>;
	/** Makes a contact sheet and asks where to save it: the picture, and its numbers beside it. Resolves to the path. */
	saveSheet(suggestedName: string, input: string, order: SheetOrder, job: JobId): Promise<string | undefined>;
	/** A file for a parameter; `undefined` when the user thought better of it. */
	chooseFile(title: string): Promise<string | undefined>;
	cancel(job: JobId): Promise<void>;
	goToSource(layer: string): Promise<void>;
	/** Asks where to save; resolves to the path, or `undefined`. */
	save(suggestedName: string, bytes: Uint8Array): Promise<string | undefined>;
	saveNpy(suggestedName: string, data: Float32Array, shape: readonly number[]): Promise<string | undefined>;
	copyText(text: string): Promise<void>;
	/** Starts the compute process again after a crash; `computeBack` follows. */
	restart(): Promise<void>;
	installNative(): Promise<void>;
	openSettings(query: string): Promise<void>;
	/** The current input of the workspace, that hovers use, follows the Inspector's. */
	inputChanged(source: InputSource): Promise<void>;
}

/** Told by the extension host to the webview. */
export interface InspectorViewApi extends ComputeEvents {
	/** Show this: a link, a CodeLens or a layer in the training code asked for it. */
	show(state: InspectorState): void;
	/** The file changed on disk and was read again. */
	modelChanged(opened: OpenedModel): void;
	linesChanged(lines: Record<string, SourceLink>): void;
	/** The compute process is gone: what is shown stays, nothing new comes until Restart. */
	computeLost(error: LaminaErrorData): void;
	computeBack(status: EngineStatus): void;
	/** Trust was granted: what waited may run. */
	trusted(): void;
}
