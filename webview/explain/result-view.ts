import { css, html, LitElement, nothing } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import type { MethodDescription } from "../../src/shared/methods";
import type { ExplanationResult } from "../../src/shared/result";
import { errorOf } from "../../src/shared/rpc";
import type { MapElement, Probe } from "../pictures/map";
import { formatNumber } from "../state/format";
import type { Inspector } from "../state/inspector";
import type { Run } from "../state/runs";
import type { ChosenMethod } from "../state/view-state";
import { base, controls } from "../styles/base";
import { icons } from "../styles/icons";
import { select } from "../tabs/toolbar";
import { mapTitles, requestOf, shownMap } from "./ask/selection";
import { renderChanges } from "./changes";
import { clampAspect, type DisplayOptions, type Shown, show } from "./display";
import { figurePng } from "./export-picture";
import { channelsOf } from "./flat";
import { isCoarse } from "./method-card";
import { citation, trustFacts } from "./trust/facts";
import "../pictures/colour-bar";
import "../pictures/map";
import "./ask/parameter-form";
import "./ask/preflight-line";
import "./trust/trust-strip";

/** The chosen method's map, large: value under the pointer, colour bar, what it is worth, and what can be done with it. */
@customElement("lamina-result-view")
export class ResultView extends LitElement {
	static override styles = [
		base,
		controls,
		css`
			:host {
				display: flex;
				flex-direction: column;
				gap: 6px;
				min-width: 0;
			}
			.map {
				width: 100%;
				border: 1px solid var(--line);
			}
			.scale {
				display: flex;
				flex-wrap: wrap;
				justify-content: space-between;
				align-items: flex-start;
				gap: 4px 12px;
				min-height: 34px;
			}
			.actions {
				display: flex;
				flex-wrap: wrap;
				gap: 2px;
				margin-inline-start: -6px;
			}
			.answers {
				color: var(--muted);
				line-height: 1.45;
			}
			details summary {
				cursor: pointer;
				padding: 3px 0;
			}
			lamina-parameter-form {
				padding: 6px 0 2px;
			}
			.unit {
				font-family: var(--mono);
				font-size: var(--small);
				overflow-wrap: anywhere;
			}
			table.changes {
				border-collapse: collapse;
				font-size: var(--small);
			}
			table.changes th,
			table.changes td {
				padding: 1px 10px 1px 0;
				text-align: start;
				overflow-wrap: anywhere;
			}
			table.changes td.number {
				text-align: end;
			}
			ul.notices {
				list-style: disc;
				padding-inline-start: 18px;
				font-size: var(--small);
			}
		`,
	];

	@property({ attribute: false }) inspector!: Inspector;
	@property({ attribute: false }) method!: MethodDescription;
	@property({ attribute: false }) chosen!: ChosenMethod;
	@property({ attribute: false }) result: ExplanationResult | undefined;
	@property({ attribute: false }) shown: Shown | undefined;
	@property({ attribute: false }) options!: DisplayOptions;
	@property({ attribute: false }) run!: Run;
	/** Every map has the scale of the others. */
	@property({ type: Boolean }) isShared = false;
	/** Layers that a map can be asked for at. */
	@property({ attribute: false }) places: readonly string[] = [];
	/** Of a result with several maps, the one that is shown. */
	@state() private which = 0;
	/** The form is open. */
	@state() private isAsked = false;
	/** What the form would run. */
	@state() private draft: ChosenMethod | undefined;
	@state() private probe: Probe;
	@query("lamina-map") private map?: MapElement;

	override render() {
		const { method, result, shown } = this;
		return html`<div>
				<h3>${method.title}</h3>
				${result?.provenance.unit ? html`<div class="unit muted">${result.provenance.unit}${shown && shown.at !== "input" ? html` · map at ${shown.at}` : nothing}</div>` : nothing}
			</div>
			${shown && result ? this.renderResult(shown, result) : html`<p class="answers">${method.answers}</p>`}
			<details @toggle=${(event: Event) => {
				this.isAsked = (event.target as HTMLDetailsElement).open;
			}}>
				<summary>Parameters${Object.keys(this.chosen.parameters).length > 0 || this.chosen.at ? html` <span class="muted">(changed)</span>` : nothing}</summary>
				<lamina-parameter-form
					.method=${method}
					.chosen=${this.chosen}
					.places=${this.places}
					.chooseFile=${(title: string) => this.inspector.api.chooseFile(title)}
					@parameters-typed=${(event: CustomEvent<ChosenMethod>) => {
						this.draft = event.detail;
					}}
					@parameters-chosen=${(event: CustomEvent<ChosenMethod>) =>
						this.dispatchEvent(new CustomEvent("parameters-chosen", { detail: event.detail }))}
				></lamina-parameter-form>
			</details>
			${this.isAsked || !result ? this.renderPreflight() : nothing}
			<p class="answers small">${method.answers} <span>${method.paper}.</span></p>`;
	}

	private renderPreflight() {
		const { run, method } = this;
		if (!run.input) return nothing;
		const request = this.draft?.id === method.id ? requestOf(method, this.draft, run.request.unit) : run.request;
		return html`<lamina-preflight-line .inspector=${this.inspector} .input=${run.input} .request=${request}></lamina-preflight-line>`;
	}

	private renderResult(first: Shown, result: ExplanationResult) {
		const { options, probe } = this;
		const titles = mapTitles(result);
		const which = shownMap(result, this.which);
		const own = which === 0 ? first : (show(result, options, which) ?? first);
		const shown = this.isShared ? { ...own, range: first.range } : own;
		const { picture } = options;
		const { width, height } = picture ?? shown.map;
		const aspect = clampAspect(width, height);
		const map = result.maps[which];
		const channels = map ? channelsOf(map) : 1;
		const join = options.channels === "sum" ? "summed" : "strongest";
		return html`${
			titles.length > 0
				? select(
						"Map",
						titles.map((title, at) => ({ id: String(at), title })),
						String(which),
						(id) => {
							this.which = Number(id);
						},
					)
				: nothing
		}<lamina-map
				class="map"
				style="aspect-ratio:${aspect};width:min(100%, ${56 * aspect}vh)"
				.map=${shown.map}
				.range=${shown.range}
				.colours=${shown.colours}
				.picture=${picture}
				.edited=${shown.edited}
				.opacity=${options.opacity}
				.blend=${options.blend}
				?smooth=${isCoarse(shown, options)}
				probing
				label=${`${this.method.title} of ${result.provenance.unit ?? "the unit"}; arrow keys read its values`}
				@probe=${(event: CustomEvent<Probe>) => {
					this.probe = event.detail;
				}}
			></lamina-map>
			<div class="scale">
				<span class="number" aria-live="polite">
					${
						probe
							? html`row ${probe.row}, column ${probe.column}: <strong>${formatNumber(probe.value)}</strong>`
							: html`<span class="muted"
									>${shown.map.width}×${shown.map.height}${channels > 1 ? `, ${channels} channels ${join}` : ""}</span
								>`
					}
				</span>
				${shown.edited ? nothing : html`<lamina-colour-bar .range=${shown.range} .colours=${shown.colours} .value=${probe?.value}></lamina-colour-bar>`}
			</div>
			${result.provenance.changes ? renderChanges(result.provenance.changes) : nothing}
			<lamina-trust-strip .facts=${trustFacts(this.method, result)}></lamina-trust-strip>
			${result.provenance.notices?.length ? html`<ul class="notices">${result.provenance.notices.map((notice) => html`<li>${notice}</li>`)}</ul>` : nothing}
			<div class="actions" role="toolbar" aria-label="This map">
				<button class="plain" @click=${this.copy}>${icons.copy}Copy</button>
				<button class="plain" @click=${this.savePng}>${icons.save}Save PNG</button>
				<button class="plain" title="The numbers, in the layout of the model" @click=${this.saveNpy}>${icons.save}Save .npy</button>
				<button class="plain" title="Copy the paper and the parameters" @click=${this.cite}>${icons.cite}Cite</button>
			</div>`;
	}

	private async figure(): Promise<Blob | undefined> {
		const pixels = this.map?.pixels();
		const { shown, result, method } = this;
		if (!pixels || !shown || !result) return undefined;
		const { unit, input } = result.provenance;
		const map = mapTitles(result)[shownMap(result, this.which)];
		const caption = [map ? `${method.title}: ${map}` : method.title, [unit, input].filter(Boolean).join(" on ")];
		return figurePng(pixels, caption, shown.range, shown.colours);
	}

	private copy(): void {
		void this.act("Copied the picture.", async () => {
			const png = await this.figure();
			if (!png) return false;
			await navigator.clipboard.write([new ClipboardItem({ "image/png": png })]);
			return true;
		});
	}

	private savePng(): void {
		void this.act("Saved.", async () => {
			const png = await this.figure();
			if (!png) return false;
			const bytes = new Uint8Array(await png.arrayBuffer());
			return (await this.inspector.api.save(`${this.fileName}.png`, bytes)) !== undefined;
		});
	}

	private saveNpy(): void {
		void this.act("Saved.", async () => {
			const { result } = this;
			const tensor = result?.maps[shownMap(result, this.which)]?.tensor;
			if (!tensor) return false;
			const data = tensor.data instanceof Float32Array ? tensor.data : Float32Array.from(tensor.data);
			return (await this.inspector.api.saveNpy(`${this.fileName}.npy`, data, tensor.shape)) !== undefined;
		});
	}

	private cite(): void {
		void this.act("Copied the citation.", async () => {
			if (!this.result) return false;
			await this.inspector.api.copyText(citation(this.method, this.result));
			return true;
		});
	}

	private get fileName(): string {
		const { result } = this;
		const { input, unit } = result?.provenance ?? {};
		const map = result && mapTitles(result)[shownMap(result, this.which)];
		const parts = [this.method.id, unit, input?.replace(/\.[^.]*$/, ""), map].filter(Boolean).join("-");
		return parts
			.replace(/[^\w.-]+/g, "_")
			.replace(/_+-|-_+|_+$/g, "-")
			.replace(/-+$/, "");
	}

	private async act(done: string, action: () => Promise<boolean>): Promise<void> {
		try {
			if (await action()) this.inspector.announce(done);
		} catch (thrown) {
			this.inspector.report(errorOf(thrown));
		}
	}
}

declare global {
	interface HTMLElementTagNameMap {
		"lamina-result-view": ResultView;
	}
}
