import { css, html, LitElement, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { LaminaErrorData } from "../../src/shared/errors";
import type { MethodDescription } from "../../src/shared/methods";
import type { Blend } from "../pictures/painting";
import type { Inspector } from "../state/inspector";
import { newJob } from "../state/jobs";
import type { Run } from "../state/runs";
import { type ChosenMethod, isComputable, loadedInput, shownPredictions } from "../state/view-state";
import { Watch } from "../state/watch";
import { base, controls } from "../styles/base";
import { icons } from "../styles/icons";
import { joinAddress, splitAddress, unitOptions } from "../units/options";
import { explainMethods, quickPreset, requestOf } from "./ask/selection";
import { type DisplayOptions, joinRanges, type Shown, show } from "./display";
import { displayToolbar } from "./display-toolbar";
import "./method-card";
import "./ask/method-chooser";
import "./result-view";
import "./trust/truth-panel";
import "./ask/sheet-button";
import "../units/unit-picker";

/** A method on the sheet with what it has found. */
interface Entry {
	method: MethodDescription;
	chosen: ChosenMethod;
	run: Run;
	shown: Shown | undefined;
}

/** Why a unit is what it is on the current input: several methods side by side, one of them large. */
@customElement("lamina-explain-tab")
export class ExplainTab extends LitElement {
	static override styles = [
		base,
		controls,
		css`
			:host {
				display: block;
			}
			.question {
				padding-top: 8px;
			}
			.sheet {
				display: flex;
				align-items: flex-start;
				gap: 16px;
				padding-top: 4px;
			}
			.answers {
				flex: 1 1 0;
				min-width: 0;
			}
			.cards {
				display: grid;
				grid-template-columns: repeat(auto-fill, minmax(148px, 1fr));
				gap: 10px;
			}
			lamina-result-view {
				flex: 0 0 clamp(280px, 36%, 440px);
			}
			.sentence {
				display: flex;
				flex-direction: column;
				align-items: flex-start;
				gap: 10px;
				padding: 16px 0;
			}
			button.unfold {
				display: none;
			}
			@container (max-width: 620px) {
				button.unfold {
					display: inline-flex;
					margin-inline-start: -6px;
				}
				.display:not(.unfolded) {
					display: none;
				}
				.sheet {
					flex-direction: column-reverse;
					align-items: stretch;
				}
				.cards {
					grid-template-columns: repeat(auto-fill, minmax(132px, 1fr));
				}
				lamina-result-view {
					flex: none;
				}
			}
		`,
	];

	@property({ attribute: false }) inspector!: Inspector;
	/** In narrow windows the display's controls are folded away. */
	@state() private isDisplayOpen = false;
	/** The method that is shown large. */
	@state() private opened: string | undefined;
	private runs: Run[] = [];
	/** Methods that cannot answer the question `refusalsOf`. */
	@state() private refusals: Readonly<Record<string, LaminaErrorData>> = {};
	private refusalsOf: string | undefined;
	private refusalsJob: string | undefined;

	protected readonly watch = new Watch(
		this,
		() => this.inspector,
		(state, { arrangement, runs }) => [
			state.chosen,
			state.revision,
			state.restricted,
			state.labels,
			state.prediction,
			state.lost,
			loadedInput(state),
			arrangement,
			runs.version,
		],
	);

	override render() {
		const { state } = this.inspector;
		if (state.restricted)
			return html`<div class="sentence">Explanations wait until you trust this workspace; filters and statistics can be seen.</div>`;
		const input = loadedInput(state);
		if (!input && state.input.phase !== "loading")
			return html`<div class="sentence">
				<p>Choose an input, and see why the model decides as it does.</p>
				<vscode-button @click=${() => this.inspector.chooseInput()}>Choose an input…</vscode-button>
			</div>`;
		const methods = explainMethods(state.methods);
		const chosen = state.chosen.methods ?? quickPreset(methods);
		const entries = this.entries(methods, chosen, input?.id);
		const open = entries.find(({ method }) => method.id === this.opened) ?? entries[0];
		return html`${this.renderQuestion(methods, chosen, entries)} ${this.renderDisplay(entries)}
			${entries.length === 0 ? html`<p class="sentence">Choose at least one method.</p>` : nothing}
			<div class="sheet">
				<div class="answers">
					<div class="cards">${entries.map((entry) => this.renderCard(entry, entry === open))}</div>
					${open ? this.renderTruth(open) : nothing}
				</div>
				${open ? this.renderOpen(open) : nothing}
			</div>`;
	}

	override disconnectedCallback(): void {
		super.disconnectedCallback();
		// Nobody looks any longer: what is not finished is stopped.
		this.inspector.runs.want([]);
		this.cancelRefusals();
	}

	override updated(): void {
		this.want();
	}

	/** Asks after drawing, so that asking never changes the state while it is drawn. */
	private want(): void {
		const { state } = this.inspector;
		const input = loadedInput(state);
		if (!input || state.restricted || state.lost) return;
		const methods = explainMethods(state.methods);
		const asked = (state.chosen.methods ?? quickPreset(methods)).flatMap((chosen) => {
			const method = methods.find(({ id }) => id === chosen.id);
			return method ? [{ input: input.id, request: requestOf(method, chosen, state.chosen.unit) }] : [];
		});
		const runs = this.inspector.runs.want(asked);
		const same = runs.length === this.runs.length && runs.every((run, index) => run === this.runs[index]);
		this.runs = runs;
		if (!same) this.requestUpdate();
	}

	private entries(
		methods: readonly MethodDescription[],
		chosen: readonly ChosenMethod[],
		input: string | undefined,
	): Entry[] {
		const options = this.options;
		const entries = chosen.flatMap((one): Entry[] => {
			const method = methods.find(({ id }) => id === one.id);
			const run = this.runs.find((candidate) => candidate.request.method === one.id);
			if (!method) return [];
			const waiting: Run = {
				key: "",
				input: input ?? "",
				request: requestOf(method, one, undefined),
				state: "waiting",
				progress: 0,
			};
			return [{ method, chosen: one, run: run ?? waiting, shown: run?.result && show(run.result, options) }];
		});
		if (this.inspector.arrangement.resultScale !== "shared") return entries;
		const ranges = entries.flatMap(({ shown }) => (shown && !shown.edited ? [shown.range] : []));
		const range = joinRanges(ranges);
		return entries.map((entry) => ({ ...entry, shown: entry.shown && { ...entry.shown, range } }));
	}

	private renderQuestion(
		methods: readonly MethodDescription[],
		chosen: readonly ChosenMethod[],
		entries: readonly Entry[],
	) {
		const { state } = this.inspector;
		const { unit, minus } = splitAddress(state.chosen.unit);
		const layers = state.opened?.summary.layers.map(({ name }) => name) ?? [];
		const predictions = shownPredictions(state);
		const optionsFor = (typed: string) => unitOptions(predictions, state.labels, layers, typed);
		const titleOf = (address: string | undefined) =>
			address
				? (unitOptions(predictions, state.labels, [], address).find((option) => option.address === address)?.title ??
					address)
				: "";
		const best = predictions[0]?.top[0];
		const wrong = entries.every(({ run }) => run.state === "failed") ? entries[0]?.run.error : undefined;
		return html`<div class="toolbar question" role="toolbar" aria-label="Question">
			<lamina-unit-picker
				label="Why"
				nothing=${best ? `the top class, ${best.label ?? best.index}` : "the top class"}
				.value=${unit}
				.title_=${withAddress(titleOf(unit), unit)}
				.optionsFor=${optionsFor}
				.layers=${layers}
				.error=${wrong?.code === "invalid" && unit ? wrong : undefined}
				@unit-chosen=${(event: CustomEvent<string | undefined>) => this.inspector.choose({ unit: event.detail })}
			></lamina-unit-picker>
			${
				unit
					? html`<lamina-unit-picker
							label="and not"
							nothing="nothing"
							.value=${minus}
							.title_=${withAddress(titleOf(minus), minus)}
							.optionsFor=${optionsFor}
							.layers=${layers}
							@unit-chosen=${(event: CustomEvent<string | undefined>) =>
								this.inspector.choose({ unit: joinAddress(unit, event.detail) })}
						></lamina-unit-picker>`
					: nothing
			}
			<lamina-method-chooser
				.methods=${methods}
				.chosen=${chosen}
				.refusals=${this.refusals}
				@methods-listed=${() => this.askRefusals(methods)}
				@methods-chosen=${(event: CustomEvent<ChosenMethod[]>) => this.inspector.choose({ methods: event.detail })}
			></lamina-method-chooser>
			<lamina-sheet-button
				.inspector=${this.inspector}
				.input=${loadedInput(state)?.id ?? ""}
				.requests=${entries.map(({ method, chosen: one }) => requestOf(method, one, state.chosen.unit))}
			></lamina-sheet-button>
		</div>`;
	}

	/** Once for each input and unit, when somebody looks at the list. */
	private async askRefusals(methods: readonly MethodDescription[]): Promise<void> {
		const { state, api } = this.inspector;
		const input = loadedInput(state)?.id;
		const question = `${input} ${state.chosen.unit}`;
		if (!input || this.refusalsOf === question) return;
		[this.refusalsOf, this.refusals] = [question, {}];
		this.cancelRefusals();
		const job = newJob("refusals");
		this.refusalsJob = job;
		const requests = methods.map((method) => requestOf(method, { id: method.id, parameters: {} }, state.chosen.unit));
		try {
			const refusals = await api.refusals(input, requests, job);
			if (this.refusalsOf === question) this.refusals = refusals;
		} catch {
			// The list does without: each method tells for itself when it is asked.
			if (this.refusalsOf === question) this.refusalsOf = undefined;
		}
		if (this.refusalsJob === job) this.refusalsJob = undefined;
	}

	private cancelRefusals(): void {
		if (this.refusalsJob !== undefined) void this.inspector.api.cancel(this.refusalsJob).catch(() => undefined);
		this.refusalsJob = undefined;
	}

	private renderDisplay(entries: readonly Entry[]) {
		const hasChannels = entries.some(({ run }) => (run.result?.maps[0]?.tensor.shape.length ?? 0) > 3);
		const about = { hasPicture: this.picture !== undefined, hasChannels };
		return html`<button
				class="plain unfold"
				aria-expanded=${this.isDisplayOpen}
				@click=${() => {
					this.isDisplayOpen = !this.isDisplayOpen;
				}}
			>
				${this.isDisplayOpen ? icons.chevronDown : icons.chevronRight}How maps are shown
			</button>
			<div class=${`toolbar display ${this.isDisplayOpen ? "unfolded" : ""}`} role="toolbar" aria-label="How maps are shown">
				${displayToolbar(this.inspector, this.options, about)}
			</div>`;
	}

	private renderCard({ method, run, shown }: Entry, isOpen: boolean) {
		const { runs, state } = this.inspector;
		return html`<lamina-method-card
			.method=${method}
			.run=${run}
			.shown=${shown}
			.options=${this.options}
			.version=${runs.version}
			?chosen=${isOpen}
			@card-open=${() => {
				this.opened = method.id;
			}}
			@card-cancel=${() => runs.cancel(run)}
			@card-again=${() => runs.again(run)}
			@card-remove=${() =>
				this.inspector.choose({
					methods: (state.chosen.methods ?? quickPreset(explainMethods(state.methods))).filter(
						({ id }) => id !== method.id,
					),
				})}
		></lamina-method-card>`;
	}

	private renderOpen({ method, chosen, run, shown }: Entry) {
		return html`<lamina-result-view
			.inspector=${this.inspector}
			.method=${method}
			.chosen=${chosen}
			.run=${run}
			.result=${run.result}
			.shown=${shown}
			?isShared=${this.inspector.arrangement.resultScale === "shared"}
			.options=${this.options}
			.places=${this.places}
			@parameters-chosen=${(event: CustomEvent<ChosenMethod>) => this.change(event.detail)}
		></lamina-result-view>`;
	}

	private renderTruth({ method, run }: Entry) {
		const { runs } = this.inspector;
		return html`<lamina-truth-panel .inspector=${this.inspector} .method=${method} .run=${run} .version=${runs.version}></lamina-truth-panel>`;
	}

	private change(changed: ChosenMethod): void {
		const { state } = this.inspector;
		const methods = state.chosen.methods ?? quickPreset(explainMethods(state.methods));
		this.inspector.choose({ methods: methods.map((method) => (method.id === changed.id ? changed : method)) });
	}

	/** Layers that a map can be asked for at. */
	private get places(): string[] {
		return (this.inspector.state.opened?.summary.layers ?? []).filter(isComputable).map(({ name }) => name);
	}

	private get picture() {
		return loadedInput(this.inspector.state)?.picture;
	}

	private get options(): DisplayOptions {
		const { arrangement, state } = this.inspector;
		const blend = arrangement.blend ?? "over";
		return {
			colours: state.chosen.colormaps?.signed,
			channels: arrangement.channels ?? "sum",
			percent: arrangement.percent ?? 99,
			opacity: state.chosen.opacity ?? 0.8,
			blend: blend === "none" ? ("over" satisfies Blend) : blend,
			picture: blend === "none" ? undefined : this.picture,
		};
	}
}

const withAddress = (title: string, address: string | undefined): string =>
	!address || title === address ? title : `${title} (${address})`;

declare global {
	interface HTMLElementTagNameMap {
		"lamina-explain-tab": ExplainTab;
	}
}
