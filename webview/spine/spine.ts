import { virtualize } from "@lit-labs/virtualizer/virtualize.js";
import { css, html, LitElement, nothing, type PropertyValues } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { nearFlow } from "../pictures/near-layouts";
import { formatShapes, plural } from "../state/format";
import type { Inspector } from "../state/inspector";
import { isComputable } from "../state/view-state";
import { Watch } from "../state/watch";
import { base, controls } from "../styles/base";
import { ROW_HEIGHT, renderRow, rowStyles } from "./row";
import { rowAfterKey, type SpineRow, spineRows } from "./rows";

const ROWS_A_PAGE = 12;

/** The layers in reading order: the spine of the page. A tree that the keyboard walks; only rows in sight exist. */
@customElement("lamina-spine")
export class Spine extends LitElement {
	static override styles = [
		base,
		controls,
		rowStyles,
		css`
			:host {
				display: flex;
				flex-direction: column;
				min-height: 0;
				background: var(--vscode-sideBar-background);
				color: var(--vscode-sideBar-foreground, var(--vscode-foreground));
			}
			.filter {
				position: relative;
				padding: 6px 8px;
				flex: none;
			}
			.filter input {
				width: 100%;
				padding-inline-end: 20px;
			}
			.filter kbd {
				position: absolute;
				right: 14px;
				top: 9px;
				font: inherit;
				font-size: var(--small);
				color: var(--muted);
				pointer-events: none;
			}
			.scroller {
				flex: 1 1 0;
				min-height: 0;
				overflow-y: auto;
				overflow-x: hidden;
			}
			.tree:focus-visible {
				outline: none;
			}
			.none {
				padding: 8px 12px;
				color: var(--muted);
			}
		`,
	];

	@property({ attribute: false }) inspector!: Inspector;
	@state() private filter = "";
	@state() private folded: ReadonlySet<string> = new Set();
	@query(".tree") private tree!: HTMLElement;
	@query("input") private input!: HTMLInputElement;
	private rows: SpineRow[] = [];
	private readonly layout = nearFlow();
	/** The chosen layer that was last scrolled to. */
	private shown: string | undefined;

	protected readonly watch = new Watch(
		this,
		() => this.inspector,
		({ opened, chosen, previews, health, lines, input }) => [
			opened,
			chosen.layer,
			previews,
			health,
			lines,
			input.phase,
		],
	);

	override render() {
		const { state } = this.inspector;
		const layers = state.opened?.summary.layers ?? [];
		this.rows = spineRows(layers, this.folded, this.filter);
		const active = this.rows.findIndex((row) => row.layer.name === state.chosen.layer);
		return html`<div class="filter">
				<input
					type="text"
					placeholder="Filter ${plural(layers.length, "layer")}"
					aria-label="Filter layers"
					.value=${this.filter}
					@input=${(event: Event) => {
						this.filter = (event.target as HTMLInputElement).value;
					}}
					@keydown=${this.onFilterKey}
				/>
				${this.filter ? nothing : html`<kbd aria-hidden="true">/</kbd>`}
			</div>
			<div class="scroller">
				<div
					class="tree"
					role="tree"
					tabindex="0"
					aria-label="Layers"
					aria-activedescendant=${active >= 0 ? `row-${active}` : nothing}
					@keydown=${this.onKey}
					@visibilityChanged=${this.onVisible}
					@rangeChanged=${this.onVisible}
				>
					${virtualize({
						items: this.rows,
						keyFunction: (row) => row.layer.name,
						layout: this.layout,
						renderItem: (row, index) =>
							renderRow(row, {
								id: `row-${index}`,
								place: index + 1,
								count: this.rows.length,
								isSelected: row.layer.name === this.inspector.state.chosen.layer,
								preview: this.inspector.state.previews.get(row.layer.name)?.preview,
								awaitsPreview: this.awaitsPreview(row),
								health: this.inspector.state.health.get(row.layer.name),
								choose: () => this.choose(row.layer.name),
								fold: () => this.toggle(row),
							}),
					})}
				</div>
				${this.rows.length === 0 ? html`<p class="none">No layer is called so.</p>` : nothing}
			</div>`;
	}

	override updated(_changed: PropertyValues<this>): void {
		const { layer } = this.inspector.state.chosen;
		if (!layer || layer === this.shown) return;
		this.shown = layer;
		const index = this.rows.findIndex((row) => row.layer.name === layer);
		if (index >= 0) this.reveal(index);
	}

	private awaitsPreview({ layer }: SpineRow): boolean {
		const { phase } = this.inspector.state.input;
		return (phase === "loading" || phase === "ready") && isComputable(layer);
	}

	/** Moves the focus to the filter: the `/` key of the page. */
	focusFilter(): void {
		this.input.focus();
		this.input.select();
	}

	private reveal(index: number): void {
		const scroller = this.renderRoot.querySelector(".scroller");
		// Rows are of one height: where a row is, is known before the virtualizer has made it.
		const top = index * ROW_HEIGHT;
		requestAnimationFrame(() => {
			if (!scroller || scroller.clientHeight === 0) return;
			if (top < scroller.scrollTop) scroller.scrollTop = top;
			else if (top + ROW_HEIGHT > scroller.scrollTop + scroller.clientHeight)
				scroller.scrollTop = top + ROW_HEIGHT - scroller.clientHeight;
		});
	}

	private choose(name: string): void {
		this.inspector.choose({ layer: name });
		this.dispatchEvent(new CustomEvent("layer-chosen", { bubbles: true, composed: true }));
	}

	private toggle({ layer }: SpineRow): void {
		const folded = new Set(this.folded);
		if (!folded.delete(layer.name)) folded.add(layer.name);
		this.folded = folded;
	}

	private onVisible(event: Event & { first?: number; last?: number }): void {
		if (event.first === undefined || event.last === undefined || event.first < 0) return;
		this.inspector.queue.show(this.rows.slice(event.first, event.last + 1).map((row) => row.layer.name));
	}

	private onKey(event: KeyboardEvent): void {
		const at = this.rows.findIndex((row) => row.layer.name === this.inspector.state.chosen.layer);
		const row = this.rows[at];
		if (row?.isModel && (event.key === "ArrowLeft" || event.key === "ArrowRight")) {
			if (row.isFolded === (event.key === "ArrowRight")) this.toggle(row);
			event.preventDefault();
			return;
		}
		if (event.key === "Enter" || event.key === " ") {
			event.preventDefault();
			this.dispatchEvent(new CustomEvent("layer-opened", { bubbles: true, composed: true }));
			return;
		}
		const next = rowAfterKey(event.key, at, this.rows.length, ROWS_A_PAGE);
		const target = next === undefined ? undefined : this.rows[next];
		if (next === undefined || !target) return;
		event.preventDefault();
		this.inspector.choose({ layer: target.layer.name });
		this.shown = target.layer.name;
		this.reveal(next);
		this.inspector.announce(`${target.layer.name}, ${target.layer.type}, ${formatShapes(target.layer.shapes)}`);
	}

	private onFilterKey(event: KeyboardEvent): void {
		if (event.key === "Escape") this.filter = "";
		if (event.key === "Escape" || event.key === "ArrowDown" || event.key === "Enter") {
			event.preventDefault();
			const [first] = this.rows;
			const chosen = this.rows.some((row) => row.layer.name === this.inspector.state.chosen.layer);
			if (event.key !== "Escape" && first && !chosen) this.inspector.choose({ layer: first.layer.name });
			this.tree.focus();
		}
	}
}

declare global {
	interface HTMLElementTagNameMap {
		"lamina-spine": Spine;
	}
}
