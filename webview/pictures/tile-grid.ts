import { type VirtualizerHostElement, virtualize, virtualizerRef } from "@lit-labs/virtualizer/virtualize.js";
import { css, html, LitElement, nothing, type PropertyValues } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { classMap } from "lit/directives/class-map.js";
import type { ColormapId, ValueRange } from "../../src/shared/colormap";
import { base, skeletons } from "../styles/base";
import { CAPTION_HEIGHT, fittingSize, GAP, PADDING } from "./fitting";
import { type Layout, nearGrid } from "./near-layouts";
import type { NumberMap } from "./painting";
import "./map";

/** One unit's picture. */
export interface Tile {
	map: NumberMap;
	range: ValueRange;
	colours: ColormapId | "rgb";
}

/** Pictures of many units: only those in sight exist. A list box: arrow keys move, Enter or a click chooses. */
@customElement("lamina-tile-grid")
export class TileGrid extends LitElement {
	static override styles = [
		base,
		skeletons,
		css`
			:host {
				display: block;
			}
			.list {
				min-height: 40px;
			}
			.list:focus-visible {
				outline: none;
			}
			.tile {
				cursor: pointer;
				border-radius: 2px;
			}
			.frame {
				position: relative;
				outline: 1px solid var(--line);
				outline-offset: 0;
			}
			lamina-map,
			.skeleton {
				width: 100%;
				height: 100%;
			}
			.caption {
				height: ${CAPTION_HEIGHT}px;
				font-size: var(--small);
				line-height: ${CAPTION_HEIGHT}px;
				color: var(--muted);
				display: flex;
				justify-content: space-between;
				gap: 4px;
				overflow: hidden;
			}
			.tile:hover .frame {
				outline-color: var(--vscode-foreground);
			}
			.tile.flagged .frame {
				outline: 1px dashed var(--vscode-editorWarning-foreground);
			}
			.tile.selected .frame {
				outline: 2px solid var(--vscode-focusBorder);
				outline-offset: 1px;
			}
			.tile.selected .caption {
				color: var(--vscode-foreground);
				font-weight: 600;
			}
			.list:focus-visible .tile.active .frame {
				outline: 2px solid var(--vscode-contrastActiveBorder, var(--vscode-focusBorder));
				outline-offset: 3px;
			}
		`,
	];

	/** Units in the order of their places. */
	@property({ attribute: false }) order: readonly number[] = [];
	/** The picture of a unit; `undefined` while it is fetched. */
	@property({ attribute: false }) tileOf: (unit: number) => Tile | undefined = () => undefined;
	/** Beside the index: the number that the order is by. */
	@property({ attribute: false }) noteOf: (unit: number) => string = () => "";
	/** What is special about a unit, in words; flagged units are outlined. */
	@property({ attribute: false }) flagOf: (unit: number) => string | undefined = () => undefined;
	/** Height over width of a picture. */
	@property({ type: Number }) aspect = 1;
	/** Width of a tile in CSS pixels; absent: as large as may be while all fit. */
	@property({ type: Number }) size: number | undefined;
	@property({ type: Number }) selected: number | undefined;
	@property() label = "Units";
	/** The place that the arrow keys are at. */
	@state() private active = 0;
	@query(".list") private list!: VirtualizerHostElement;
	/**
	 * The list is in the page. Only then may its virtualizer be made: it looks for what scrolls when it is, and a first
	 * drawing happens outside of the page.
	 */
	@state() private isPlaced = false;
	/** Room for the tiles; 0 before it is measured. */
	@state() private room = { width: 0, height: 0 };
	private layout: { size: number; height: number; config: Layout } | undefined;
	private readonly sizes = new ResizeObserver(() => this.measure());

	override connectedCallback(): void {
		super.connectedCallback();
		this.sizes.observe(this);
		window.addEventListener("resize", this.measure);
	}

	override disconnectedCallback(): void {
		super.disconnectedCallback();
		this.sizes.disconnect();
		window.removeEventListener("resize", this.measure);
	}

	override firstUpdated(): void {
		this.isPlaced = true;
	}

	private readonly measure = (): void => {
		const { width, height } = this.room;
		const next = { width: this.clientWidth, height: Math.max(120, window.innerHeight - 230) };
		if (next.width !== width || next.height !== height) this.room = next;
	};

	private get side(): number {
		return this.size ?? fittingSize(this.order.length, this.aspect, this.room.width, this.room.height);
	}

	override willUpdate(changed: PropertyValues<this>): void {
		if ((changed.has("order") || changed.has("selected")) && this.selected !== undefined) {
			const place = this.order.indexOf(this.selected);
			if (place >= 0) this.active = place;
		}
		if (this.active >= this.order.length) this.active = 0;
	}

	override render() {
		return html`<div
			class="list"
			role="listbox"
			tabindex="0"
			aria-label=${this.label}
			aria-activedescendant=${`tile-${this.active}`}
			@keydown=${this.onKey}
			@visibilityChanged=${this.onVisible}
			@rangeChanged=${this.onVisible}
		>
			${this.isPlaced ? this.renderTiles() : nothing}
		</div>`;
	}

	private renderTiles() {
		return virtualize({
			items: this.order as number[],
			renderItem: (unit, place) => this.renderTile(unit, place),
			keyFunction: (unit) => unit,
			layout: this.gridLayout(),
		});
	}

	private get pictureHeight(): number {
		return Math.max(12, Math.min(this.side * 2, Math.round(this.side * this.aspect)));
	}

	private gridLayout(): Layout {
		const height = this.pictureHeight + CAPTION_HEIGHT;
		const size = this.side;
		if (this.layout?.size !== size || this.layout.height !== height) {
			this.layout = { size, height, config: nearGrid(size, height, GAP, PADDING) };
		}
		return this.layout.config;
	}

	private renderTile(unit: number, place: number) {
		const tile = this.tileOf(unit);
		const flag = this.flagOf(unit);
		const note = this.noteOf(unit);
		const selected = unit === this.selected;
		return html`<div
			id=${`tile-${place}`}
			class=${classMap({ tile: true, selected, flagged: flag !== undefined, active: place === this.active })}
			role="option"
			aria-selected=${selected}
			aria-setsize=${this.order.length}
			aria-posinset=${place + 1}
			aria-label=${`Unit ${unit}${note ? `, ${note}` : ""}${flag ? `, ${flag}` : ""}`}
			title=${flag ?? nothing}
			style="width:${this.side}px"
			@click=${() => this.choose(place)}
		>
			<div class="frame" style="height:${this.pictureHeight}px">
				${
					tile
						? html`<lamina-map .map=${tile.map} .range=${tile.range} .colours=${tile.colours}></lamina-map>`
						: html`<div class="skeleton"></div>`
				}
			</div>
			<div class="caption number" aria-hidden="true"><span>${unit}</span><span>${note}</span></div>
		</div>`;
	}

	private choose(place: number): void {
		const unit = this.order[place];
		if (unit === undefined) return;
		this.active = place;
		this.dispatchEvent(new CustomEvent("unit-select", { detail: unit }));
	}

	private onVisible(event: Event & { first?: number; last?: number }): void {
		if (event.first === undefined || event.last === undefined || event.first < 0) return;
		this.dispatchEvent(new CustomEvent("units-visible", { detail: this.order.slice(event.first, event.last + 1) }));
	}

	private onKey(event: KeyboardEvent): void {
		const columns = Math.max(1, Math.floor((this.list.clientWidth - 2 * PADDING + GAP) / (this.side + GAP)));
		const last = this.order.length - 1;
		const steps: Record<string, number> = {
			ArrowLeft: this.active - 1,
			ArrowRight: this.active + 1,
			ArrowUp: this.active - columns,
			ArrowDown: this.active + columns,
			PageUp: this.active - columns * 4,
			PageDown: this.active + columns * 4,
			Home: 0,
			End: last,
		};
		const next = steps[event.key];
		if (next !== undefined) {
			event.preventDefault();
			this.active = Math.min(last, Math.max(0, next));
			this.list[virtualizerRef]?.element(this.active)?.scrollIntoView({ block: "nearest" });
		} else if (event.key === "Enter" || event.key === " ") {
			event.preventDefault();
			this.choose(this.active);
		}
	}
}

declare global {
	interface HTMLElementTagNameMap {
		"lamina-tile-grid": TileGrid;
	}
}
