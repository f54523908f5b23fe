import type { LaminaErrorData } from "../../src/shared/errors";
import type { InputSource, InspectorHostApi, InspectorState, InspectorViewApi } from "../../src/shared/protocol";
import { errorOf } from "../../src/shared/rpc";
import { formatUnit } from "../../src/shared/unit-parser";
import { connectHost, type Host } from "./host";
import { JobEvents } from "./jobs";
import { type Arrangement, keepInput, nameOfSource, restoreInput } from "./kept-state";
import { LayerQueue } from "./layer-queue";
import { type Action, reduce } from "./reducer";
import { AnswerCache } from "./resource";
import { Runs } from "./runs";
import { INITIAL_STATE, loadedInput, type ViewState } from "./view-state";

/** Classes shown in the header and offered as units. */
const TOP = 5;

/** How many answers are kept: a page of activation maps of a large layer is about 5 MB. */
const KEPT_ANSWERS = 48;

/** What the views hold on to: the state, what may be done, and what has been fetched. */
export class Inspector {
	state: ViewState = INITIAL_STATE;
	arrangement: Arrangement;
	readonly answers = new AnswerCache(KEPT_ANSWERS);
	readonly events = new JobEvents();
	readonly runs: Runs;
	/** Previews and health of the layers that are in sight. */
	readonly queue: LayerQueue;
	private readonly host: Host;
	private readonly listeners = new Set<() => void>();
	/** Tells the newest load of an input from those it has overtaken. */
	private load = 0;
	/** The source of the kept input, to load it again. */
	private source: InputSource | undefined;

	constructor() {
		this.host = connectHost(this.viewApi());
		this.arrangement = this.host.kept?.arrangement ?? {};
		this.runs = new Runs(this);
		this.queue = new LayerQueue(this);
	}

	get api(): InspectorHostApi {
		return this.host.api;
	}

	subscribe(listener: () => void): () => void {
		this.listeners.add(listener);
		return () => this.listeners.delete(listener);
	}

	dispatch(action: Action): void {
		this.state = reduce(this.state, action);
		this.notify();
	}

	notify(): void {
		for (const listener of this.listeners) listener();
	}

	/** Asks for all that the first picture needs. */
	async start(): Promise<void> {
		let current: InputSource | undefined;
		try {
			const ready = await this.api.ready();
			current = ready.current;
			this.dispatch({ type: "opened", ready, kept: this.host.kept?.chosen });
		} catch (thrown) {
			this.dispatch({ type: "unreadable", error: errorOf(thrown) });
			return;
		}
		const { input } = this.state.chosen;
		const source = input ? restoreInput(input) : current;
		if (source && !this.state.restricted) await this.useInput(source);
	}

	/** Changes what is shown, and keeps it. */
	choose(chosen: InspectorState): void {
		this.dispatch({ type: "choose", chosen });
		this.keep();
	}

	arrange(change: Arrangement): void {
		this.arrangement = { ...this.arrangement, ...change };
		this.keep();
		this.notify();
	}

	announce(text: string): void {
		this.dispatch({ type: "announce", text });
	}

	/** Makes a source the current input, for this page and for the hovers of the workspace. */
	async useInput(source: InputSource): Promise<void> {
		if (!(await this.tryInput(source))) return;
		const { load } = this;
		this.source = source;
		// At once: an Inspector that is closed right after still leaves its input to the next.
		this.api.inputChanged(source).catch((thrown) => this.report(errorOf(thrown)));
		const input = await keepInput(source);
		if (load === this.load) this.choose({ input });
	}

	/**
	 * Shows a source as the input and asks what the model predicts, without keeping it: what follows the pen of the draw
	 * pad. A later call overtakes an earlier one. Resolves to whether this one is still the input.
	 */
	async tryInput(source: InputSource): Promise<boolean> {
		const load = ++this.load;
		const name = nameOfSource(source);
		this.dispatch({ type: "input-loading", name });
		try {
			const loaded = await this.api.loadInput(source);
			if (load !== this.load) return false;
			this.dispatch({ type: "input-loaded", loaded });
		} catch (thrown) {
			if (load === this.load) this.dispatch({ type: "input-failed", name, error: errorOf(thrown) });
			return false;
		}
		await this.predict();
		return load === this.load;
	}

	/** Back to what was the input before something was tried. */
	async revertInput(): Promise<void> {
		this.load++;
		if (this.source) await this.useInput(this.source);
		else this.dispatch({ type: "input-dropped" });
	}

	/** A file dialog of the editor. */
	async chooseInput(): Promise<void> {
		const load = ++this.load;
		try {
			const chosen = await this.api.chooseInput();
			if (!chosen || load !== this.load) return;
			this.source = { kind: "file", path: chosen.path };
			this.dispatch({ type: "input-loaded", loaded: chosen.loaded });
			this.choose({ input: chosen.path });
			await this.predict();
		} catch (thrown) {
			if (load === this.load) this.dispatch({ type: "input-failed", name: "The chosen file", error: errorOf(thrown) });
		}
	}

	async predict(): Promise<void> {
		const input = loadedInput(this.state);
		if (!input) return;
		try {
			const predictions = await this.api.predict(input.id, TOP);
			if (loadedInput(this.state)?.id !== input.id) return;
			this.dispatch({ type: "predicted", predictions });
			// The engine is loaded by the first computation.
			if (!this.state.status?.loaded) this.dispatch({ type: "status", status: await this.api.status() });
		} catch (thrown) {
			if (loadedInput(this.state)?.id === input.id)
				this.dispatch({ type: "prediction-failed", error: errorOf(thrown) });
		}
	}

	async chooseLabels(): Promise<void> {
		try {
			const chosen = await this.api.chooseLabels();
			if (!chosen) return;
			this.dispatch({ type: "labels", labels: chosen.labels, from: chosen.from });
			await this.predict();
		} catch (thrown) {
			this.report(errorOf(thrown));
		}
	}

	/** Starts the compute process again; the host tells when it is back. */
	async restart(): Promise<void> {
		try {
			await this.api.restart();
		} catch (thrown) {
			this.dispatch({ type: "lost", error: errorOf(thrown) });
		}
	}

	/** A unit of a layer, written as an address. */
	unitAddress(layer: string, unit: number): string {
		return formatUnit({ place: { layer }, channel: unit });
	}

	/** Something that failed beside the picture: told, not shown as a page. */
	report(error: LaminaErrorData): void {
		if (error.code !== "cancelled") this.announce(error.message);
	}

	private async reloadInput(): Promise<void> {
		const { input } = this.state.chosen;
		const source = this.source ?? (input ? restoreInput(input) : undefined);
		if (source) await this.useInput(source);
	}

	private keep(): void {
		this.host.keep({ chosen: this.state.chosen, arrangement: this.arrangement });
	}

	/** What the extension host tells. */
	private viewApi(): InspectorViewApi {
		return {
			progress: (...event) => this.events.progress(...event),
			partial: (...event) => this.events.partial(...event),
			preview: (...event) => this.events.preview(...event),
			show: (state) => {
				const { input, ...rest } = state;
				this.choose(rest);
				if (input) void this.useInput(restoreInput(input));
			},
			modelChanged: (opened) => {
				this.answers.clear();
				this.runs.clear();
				this.dispatch({ type: "model-changed", opened });
				void this.reloadInput();
			},
			linesChanged: (lines) => this.dispatch({ type: "lines-changed", lines }),
			computeLost: (error) => this.dispatch({ type: "lost", error }),
			computeBack: (status) => {
				// The process may have died before it could tell what is in the file.
				if (this.state.phase === "failed") return void this.start();
				this.dispatch({ type: "back", status });
				void this.reloadInput();
			},
			trusted: () => {
				this.dispatch({ type: "trusted" });
				void this.reloadInput();
			},
		};
	}
}
