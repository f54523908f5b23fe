import { html, LitElement, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { type ColormapId, defaultColormap, extremes, type ValueRange } from "../../src/shared/colormap";
import type { ActivationSet } from "../../src/shared/protocol";
import { parseUnitAddress } from "../../src/shared/unit-parser";
import { clampAspect } from "../explain/display";
import { errorStyles, renderError } from "../pages/error-note";
import type { Probe } from "../pictures/map";
import type { NumberMap } from "../pictures/painting";
import type { Tile } from "../pictures/tile-grid";
import { formatNumber, formatPercent, plural } from "../state/format";
import type { Inspector } from "../state/inspector";
import { currentLayer, loadedInput, type ViewState } from "../state/view-state";
import { Watch } from "../state/watch";
import { base, controls, skeletons } from "../styles/base";
import { inOrder, orderBy, pageSize, UnitPages } from "./pages";
import { colourChoice, SCALES, segments, slider } from "./toolbar";
import { detailStyles, renderSkeletonTiles } from "./unit-detail";
import "../charts/unit-bars";
import "../pictures/colour-bar";
import "../pictures/tile-grid";

const ORDERS = [
	{ id: "index", title: "Index" },
	{ id: "mean", title: "Mean", help: "Channels with the largest mean first" },
	{ id: "max", title: "Max", help: "Channels with the largest value first" },
	{ id: "sparsity", title: "Sparsity", help: "Channels with the most zeros first" },
] as const;

/** What a layer makes of the current input, channel by channel. */
@customElement("lamina-activations-tab")
export class ActivationsTab extends LitElement {
	static override styles = [base, controls, skeletons, errorStyles, detailStyles];

	@property({ attribute: false }) inspector!: Inspector;
	@state() private probe: Probe;
	/** The chosen channel is shown over the input. */
	@state() private over = false;
	private pages: UnitPages<ActivationSet> | undefined;
	/** Shown until the first page of another input is there, so that nothing jumps. */
	private previous: UnitPages<ActivationSet> | undefined;
	private key = "";
	private layer = "";

	protected readonly watch = new Watch(
		this,
		() => this.inspector,
		(state, { arrangement }) => [
			state.chosen.layer,
			state.chosen.unit,
			state.chosen.colormaps,
			state.revision,
			state.restricted,
			state.labels,
			loadedInput(state),
			arrangement,
		],
	);

	override willUpdate(): void {
		const { state, api, answers } = this.inspector;
		const layer = currentLayer(state)?.name;
		const input = loadedInput(state)?.id;
		const key = `activations ${state.revision} ${input} ${layer}`;
		if (!layer || key === this.key) return;
		this.key = key;
		this.previous = layer === this.layer && this.shown?.first ? this.shown : undefined;
		this.layer = layer;
		this.pages = undefined;
		if (!input) return;
		const fetch = (offset: number, limit: number) =>
			answers.get(`${key} ${offset}`, () => api.activations(input, layer, offset, limit));
		const pages: UnitPages<ActivationSet> = new UnitPages(
			pageSize(planeOf(state)),
			fetch,
			() => this.pages === pages && this.requestUpdate(),
		);
		this.pages = pages;
	}

	private get shown(): UnitPages<ActivationSet> | undefined {
		return this.pages?.first || this.pages?.error ? this.pages : (this.previous ?? this.pages);
	}

	override render() {
		const { state, arrangement } = this.inspector;
		if (state.restricted)
			return html`<div class="sentence">Activations wait until you trust this workspace; filters and statistics can be seen.</div>`;
		if (state.input.phase === "none")
			return html`<div class="sentence">
				<p>Choose an input to see what this layer makes of it.</p>
				<vscode-button @click=${() => this.inspector.chooseInput()}>Choose an input…</vscode-button>
			</div>`;
		const pages = this.shown;
		const first = pages?.first;
		if (!first && pages?.error) return renderError(pages.error, () => pages.retry());
		if (!first || !pages) return renderSkeletonTiles(arrangement.tileSize ?? 96);
		const [, height, width] = first.shape;
		return height * width === 1 ? this.renderVector(first) : this.renderMaps(pages, first);
	}

	private renderMaps(pages: UnitPages<ActivationSet>, first: ActivationSet) {
		const { arrangement } = this.inspector;
		const order = this.order(first);
		const sort = arrangement.activationOrder ?? "index";
		const notes = {
			index: undefined,
			mean: first.channels.mean,
			max: first.channels.max,
			sparsity: first.channels.zeros,
		}[sort];
		const noteOf = (unit: number) =>
			!notes ? "" : sort === "sparsity" ? formatPercent(notes[unit] ?? 0) : formatNumber(notes[unit] ?? 0, 2);
		const inactive = countInactive(first);
		return html`<div class="toolbar" role="toolbar" aria-label="How activations are shown">
				${segments("Sort", ORDERS, sort, (activationOrder) => this.inspector.arrange({ activationOrder }))}
				${segments("Scale", SCALES, arrangement.activationScale ?? "shared", (activationScale) => this.inspector.arrange({ activationScale }))}
				${colourChoice(this.colours, (id) => this.chooseColours(id))}
				${slider("Size", { min: 32, max: 160, step: 8, value: arrangement.tileSize ?? 96, text: `${arrangement.tileSize ?? 96} pixels` }, (tileSize) => this.inspector.arrange({ tileSize }))}
				<span class="muted number"
					>${plural(first.total, "channel")} of ${first.shape[1]}×${first.shape[2]}${inactive > 0 ? html`, <span class="warn">${inactive} inactive</span>` : nothing}</span
				>
				<span class="grow"></span>
				${
					arrangement.activationScale === "each"
						? html`<span class="muted small">each on its own scale</span>`
						: html`<lamina-colour-bar
								.range=${{ low: first.min, high: first.max }}
								colours=${this.colours}
								.value=${this.probe?.value}
							></lamina-colour-bar>`
				}
			</div>
			<div class="split">
				<lamina-tile-grid
					.order=${order}
					.tileOf=${(unit: number) => this.tile(pages, first, unit)}
					.noteOf=${noteOf}
					.flagOf=${(unit: number) => (first.channels.zeros[unit] === 1 ? "inactive: 0 everywhere on this input" : undefined)}
					.aspect=${first.shape[1] / first.shape[2]}
					.size=${arrangement.tileSize}
					.selected=${this.unit}
					label=${`Channels of ${first.layer}`}
					@unit-select=${(event: CustomEvent<number>) => this.select(event.detail)}
					@units-visible=${(event: CustomEvent<number[]>) => pages.want(event.detail)}
				></lamina-tile-grid>
				${this.renderDetail(pages, first)}
			</div>`;
	}

	private renderDetail(pages: UnitPages<ActivationSet>, first: ActivationSet) {
		const { unit, probe } = this;
		if (unit === undefined || unit >= first.total) return nothing;
		const tile = this.tile(pages, first, unit);
		if (!tile) pages.want([unit]);
		const picture = loadedInput(this.inspector.state)?.picture;
		const face = this.over && picture ? picture : tile?.map;
		const aspect = face ? clampAspect(face.width, face.height) : 1;
		return html`<aside class="detail" aria-label=${`Channel ${unit}`}>
			<div class="row">
				<h3 class="grow">Channel ${unit}</h3>
				${
					picture
						? html`<label class="field"
								><input
									type="checkbox"
									.checked=${this.over}
									@change=${(event: Event) => {
										this.over = (event.target as HTMLInputElement).checked;
									}}
								/>over the input</label
							>`
						: nothing
				}
			</div>
			${
				tile
					? html`<lamina-map
							class="large"
							style="aspect-ratio:${aspect};width:min(100%, ${56 * aspect}vh)"
							.map=${tile.map}
							.range=${tile.range}
							.colours=${tile.colours}
							.picture=${this.over ? picture : undefined}
							.opacity=${0.65}
							blend="over"
							?smooth=${this.over}
							probing
							label=${`Channel ${unit}; arrow keys read its values`}
							@probe=${(event: CustomEvent<Probe>) => {
								this.probe = event.detail;
							}}
						></lamina-map>`
					: html`<div class="skeleton large"></div>`
			}
			<p class="readout number" aria-live="polite">
				${probe ? html`row ${probe.row}, column ${probe.column}: <strong>${formatNumber(probe.value)}</strong>` : html`<span class="muted">Point at the map for its values</span>`}
			</p>
			<dl class="facts number">
				<dt>Mean</dt>
				<dd>${formatNumber(first.channels.mean[unit] ?? 0)}</dd>
				<dt>Largest</dt>
				<dd>${formatNumber(first.channels.max[unit] ?? 0)}</dd>
				<dt>Zeros</dt>
				<dd>${formatPercent(first.channels.zeros[unit] ?? 0)}</dd>
			</dl>
			<button class="plain wide" @click=${() => this.inspector.choose({ tab: "explain" })}>Explain this channel</button>
		</aside>`;
	}

	private renderVector(first: ActivationSet) {
		// The means of single values are the values, and they are there for the whole layer.
		const values = first.channels.mean;
		const { arrangement, state } = this.inspector;
		const isOutput = state.opened?.summary.outputs.some((port) => port.layer === first.layer);
		const labels = isOutput && state.labels?.length === first.total ? state.labels : undefined;
		const sort = arrangement.activationOrder ?? "index";
		const inactive = countInactive(first);
		return html`<div class="toolbar" role="toolbar" aria-label="How units are shown">
				${segments(
					"Sort",
					[
						{ id: "index", title: "Index" },
						{ id: "max", title: "Value", help: "Largest values first" },
					],
					sort === "index" ? "index" : "max",
					(activationOrder) => this.inspector.arrange({ activationOrder }),
				)}
				<span class="muted number"
					>${plural(first.total, "unit")}${inactive > 0 ? html`, <span class="warn">${inactive} inactive</span>` : nothing}</span
				>
				<span class="grow"></span>
				<button class="plain" ?disabled=${this.unit === undefined} @click=${() => this.inspector.choose({ tab: "explain" })}>
					Explain this unit
				</button>
			</div>
			<lamina-unit-bars
				.values=${values}
				.labels=${labels}
				.order=${sort === "index" ? inOrder(values.length) : orderBy(values)}
				.selected=${this.unit}
				label=${`Units of ${first.layer}`}
				@unit-select=${(event: CustomEvent<number>) => this.select(event.detail)}
			></lamina-unit-bars>`;
	}

	private tile(pages: UnitPages<ActivationSet>, first: ActivationSet, unit: number): Tile | undefined {
		const found = pages.find(unit);
		if (!found) return undefined;
		const [, height, width] = found.page.shape;
		const plane = height * width;
		const map: NumberMap = { width, height, values: this.plane(found.page, found.place, plane) };
		const range: ValueRange =
			this.inspector.arrangement.activationScale === "each"
				? extremes(map.values)
				: { low: first.min, high: first.max };
		return { map, range, colours: this.colours };
	}

	/** The same array for the same channel, so that a canvas is painted only when its numbers change. */
	private readonly planes = new WeakMap<ActivationSet, Map<number, Float32Array>>();

	private plane(page: ActivationSet, place: number, size: number): Float32Array {
		const known = this.planes.get(page) ?? new Map<number, Float32Array>();
		this.planes.set(page, known);
		const values = known.get(place) ?? page.data.subarray(place * size, (place + 1) * size);
		known.set(place, values);
		return values;
	}

	private order(first: ActivationSet): number[] {
		const { mean, max, zeros } = first.channels;
		switch (this.inspector.arrangement.activationOrder) {
			case "mean":
				return orderBy(mean);
			case "max":
				return orderBy(max);
			case "sparsity":
				return orderBy(zeros);
			default:
				return inOrder(first.total);
		}
	}

	/** The channel of this layer that is the current unit. */
	private get unit(): number | undefined {
		const { unit, layer } = this.inspector.state.chosen;
		if (!unit || !layer) return undefined;
		try {
			const address = parseUnitAddress(unit);
			return address.unit.place.layer === layer && typeof address.unit.channel === "number"
				? address.unit.channel
				: undefined;
		} catch {
			return undefined;
		}
	}

	private get colours(): ColormapId {
		return this.inspector.state.chosen.colormaps?.activation ?? defaultColormap("activation");
	}

	private chooseColours(activation: ColormapId): void {
		this.inspector.choose({ colormaps: { ...this.inspector.state.chosen.colormaps, activation } });
	}

	private select(unit: number): void {
		this.probe = undefined;
		const address = this.inspector.unitAddress(this.layer, unit);
		this.inspector.choose({ unit: unit === this.unit ? undefined : address });
	}
}

const countInactive = ({ channels }: ActivationSet): number =>
	channels.zeros.reduce((sum, zeros) => sum + (zeros === 1 ? 1 : 0), 0);

/** Numbers of one channel; absent where the shape is not known before it is computed. */
function planeOf(state: ViewState): number | undefined {
	const layer = currentLayer(state);
	const extents = layer?.shapes[0]?.filter((_, axis) => axis !== 0 && axis !== layer.channelAxis);
	return extents?.reduce<number | undefined>(
		(plane, extent) => (plane === undefined || extent === null ? undefined : plane * extent),
		1,
	);
}

declare global {
	interface HTMLElementTagNameMap {
		"lamina-activations-tab": ActivationsTab;
	}
}
