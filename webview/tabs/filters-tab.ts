import { css, html, LitElement, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { type ColormapId, defaultColormap } from "../../src/shared/colormap";
import type { FilterSet } from "../../src/shared/protocol";
import { errorStyles, renderError } from "../pages/error-note";
import type { Probe } from "../pictures/map";
import type { Tile } from "../pictures/tile-grid";
import { formatNumber, plural } from "../state/format";
import type { Inspector } from "../state/inspector";
import { currentLayer } from "../state/view-state";
import { Watch } from "../state/watch";
import { base, controls, skeletons } from "../styles/base";
import { defaultKernelView, type KernelView, kernelTile, sharedLimit, symmetric } from "./filter-tiles";
import { inOrder, orderBy, UnitPages } from "./pages";
import { colourChoice, SCALES, segments, select, slider } from "./toolbar";
import { detailStyles, renderSkeletonTiles } from "./unit-detail";
import "../pictures/colour-bar";
import "../pictures/tile-grid";

/** Kernels of a page: fewer where each is large, so that a page is a few megabytes at most. */
const PAGE = 64;

/** The kernels of a layer as pictures. */
@customElement("lamina-filters-tab")
export class FiltersTab extends LitElement {
	static override styles = [base, controls, skeletons, errorStyles, detailStyles, css``];

	@property({ attribute: false }) inspector!: Inspector;
	@state() private view: KernelView | undefined;
	@state() private unit: number | undefined;
	@state() private probe: Probe;
	private pages: UnitPages<FilterSet> | undefined;
	private key = "";

	protected readonly watch = new Watch(
		this,
		() => this.inspector,
		({ chosen, revision }, { arrangement }) => [chosen.layer, chosen.colormaps, revision, arrangement],
	);

	override willUpdate(): void {
		const { state, api, answers } = this.inspector;
		const layer = currentLayer(state)?.name;
		const key = `filters ${state.revision} ${layer}`;
		if (!layer || key === this.key) return;
		this.key = key;
		this.view = undefined;
		this.unit = undefined;
		const fetch = (offset: number, limit: number) =>
			answers.get(`${key} ${offset}`, () => api.filters(layer, offset, limit));
		const pages: UnitPages<FilterSet> = new UnitPages(PAGE, fetch, () => this.pages === pages && this.requestUpdate());
		this.pages = pages;
	}

	override render() {
		const first = this.pages?.first;
		if (!first && this.pages?.error) return renderError(this.pages.error, () => this.pages?.retry());
		if (!first) return renderSkeletonTiles(this.inspector.arrangement.tileSize);
		const { arrangement } = this.inspector;
		const view = this.view ?? defaultKernelView(first);
		const colours = this.colours;
		const limit = arrangement.filterScale === "each" ? undefined : this.sharedLimit(first, view);
		const order = arrangement.filterOrder === "norm" ? orderBy(first.norms) : inOrder(first.total);
		const tileOf = (unit: number): Tile | undefined => {
			const found = this.pages?.find(unit);
			return found && kernelTile(found.page, found.place, view, colours, limit);
		};
		const example = tileOf(order[0] ?? 0) ?? kernelTile(first, 0, view, colours, limit);
		return html`${this.renderToolbar(first, view, colours)}
			<div class="split">
				<lamina-tile-grid
					.order=${order}
					.tileOf=${tileOf}
					.noteOf=${arrangement.filterOrder === "norm" ? (unit: number) => formatNumber(first.norms[unit] ?? 0, 2) : () => ""}
					.flagOf=${(unit: number) => (first.norms[unit] === 0 ? "all weights are 0" : undefined)}
					.aspect=${example.map.height / example.map.width}
					.size=${arrangement.tileSize}
					.selected=${this.unit}
					label=${`Kernels of ${first.layer}`}
					@unit-select=${(event: CustomEvent<number>) => this.select(event.detail)}
					@units-visible=${(event: CustomEvent<number[]>) => this.pages?.want(event.detail)}
				></lamina-tile-grid>
				${this.renderDetail(first, view, tileOf)}
			</div>`;
	}

	private renderToolbar(first: FilterSet, view: KernelView, colours: ColormapId) {
		const { inspector } = this;
		const { arrangement } = inspector;
		const channels = first.shape[3];
		return html`<div class="toolbar" role="toolbar" aria-label="How kernels are shown">
			${this.renderKernelChoice(first, view)}
			${segments(
				"Sort",
				[
					{ id: "index", title: "Index" },
					{ id: "norm", title: "Norm", help: "Kernels with the largest Euclidean norm first" },
				],
				arrangement.filterOrder ?? "index",
				(filterOrder) => inspector.arrange({ filterOrder }),
			)}
			${segments("Scale", SCALES, arrangement.filterScale ?? "shared", (filterScale) => inspector.arrange({ filterScale }))}
			${view === "rgb" ? nothing : colourChoice(colours, (id) => this.chooseColours(id))}
			${slider("Size", { min: 32, max: 160, step: 8, value: arrangement.tileSize ?? 96, text: `${arrangement.tileSize ?? 96} pixels` }, (tileSize) => inspector.arrange({ tileSize }))}
			<span class="muted number">${plural(first.total, "kernel")} of ${first.shape[1]}×${first.shape[2]}×${channels}</span>
			<span class="grow"></span>
			${this.renderScale(first, view, colours)}
		</div>`;
	}

	private renderKernelChoice(first: FilterSet, view: KernelView) {
		const channels = first.shape[3];
		const isVector = defaultKernelView(first) === "inputs";
		if (channels === 1 || isVector) return nothing;
		const options = [
			...(channels === 3 ? [{ id: "rgb", title: "Inputs as red, green, blue" }] : []),
			{ id: "mean", title: `Mean over ${channels} inputs` },
			...inOrder(channels).map((channel) => ({ id: String(channel), title: `Input channel ${channel}` })),
		];
		return select("Show", options, String(view), (id) => {
			this.view = id === "rgb" || id === "mean" ? id : Number(id);
		});
	}

	private renderScale(first: FilterSet, view: KernelView, colours: ColormapId) {
		if (this.inspector.arrangement.filterScale === "each")
			return html`<span class="muted small">each on its own scale</span>`;
		const limit = this.sharedLimit(first, view);
		const { unit, probe } = this;
		const value = unit === undefined ? undefined : probe?.value;
		return html`<lamina-colour-bar
			.range=${symmetric(limit)}
			colours=${view === "rgb" ? "gray" : colours}
			.value=${value}
		></lamina-colour-bar>`;
	}

	private renderDetail(first: FilterSet, view: KernelView, tileOf: (unit: number) => Tile | undefined) {
		const { unit, probe } = this;
		if (unit === undefined) return nothing;
		const tile = tileOf(unit);
		return html`<aside class="detail" aria-label=${`Kernel ${unit}`}>
			<h3>Kernel ${unit}</h3>
			${
				tile
					? html`<lamina-map
							class="large"
							style="aspect-ratio:${tile.map.width}/${tile.map.height}"
							.map=${tile.map}
							.range=${tile.range}
							.colours=${tile.colours}
							?probing=${view !== "rgb"}
							label=${`Kernel ${unit}; arrow keys read its weights`}
							@probe=${(event: CustomEvent<Probe>) => {
								this.probe = event.detail;
							}}
						></lamina-map>`
					: html`<div class="skeleton large"></div>`
			}
			<p class="readout number" aria-live="polite">
				${probe ? html`row ${probe.row}, column ${probe.column}: <strong>${formatNumber(probe.value)}</strong>` : html`<span class="muted">${view === "rgb" ? "Three input channels as colours" : "Point at a weight for its value"}</span>`}
			</p>
			<dl class="facts number">
				<dt>Norm</dt>
				<dd>${formatNumber(first.norms[unit] ?? 0)}</dd>
			</dl>
			<button class="plain wide" @click=${() => this.explain(unit)}>Explain this unit</button>
		</aside>`;
	}

	private get colours(): ColormapId {
		return this.inspector.state.chosen.colormaps?.weight ?? defaultColormap("weight");
	}

	private chooseColours(weight: ColormapId): void {
		this.inspector.choose({ colormaps: { ...this.inspector.state.chosen.colormaps, weight } });
	}

	/** The mean kernel is scaled by the pages that are there: those in sight. */
	private sharedLimit(first: FilterSet, view: KernelView): number {
		return sharedLimit(this.pages?.loaded ?? [first], view);
	}

	private select(unit: number): void {
		this.unit = unit === this.unit ? undefined : unit;
		this.probe = undefined;
	}

	private explain(unit: number): void {
		const layer = this.pages?.first?.layer;
		if (layer) this.inspector.choose({ unit: this.inspector.unitAddress(layer, unit), tab: "explain" });
	}
}

declare global {
	interface HTMLElementTagNameMap {
		"lamina-filters-tab": FiltersTab;
	}
}
