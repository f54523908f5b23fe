import { css, html, LitElement, type PropertyValues } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { extremes } from "../../src/shared/colormap";
import { formatNumber } from "../state/format";
import { base } from "../styles/base";
import { ticks } from "./axis";

const HEIGHT = 240;
const LEFT = 56;
const RIGHT = 8;
const TOP = 10;
const BOTTOM = 26;

/**
 * The values of a vector as bars, on a canvas, since there may be thousands. A slider to the keyboard: arrow keys walk
 * the bars, Enter or a click chooses one.
 */
@customElement("lamina-unit-bars")
export class UnitBars extends LitElement {
	static override styles = [
		base,
		css`
			:host {
				display: block;
			}
			.chart {
				position: relative;
				cursor: pointer;
			}
			canvas {
				display: block;
				width: 100%;
				height: ${HEIGHT}px;
			}
			.readout {
				min-height: 1.5em;
				padding-inline-start: ${LEFT}px;
			}
		`,
	];

	@property({ attribute: false }) values: Float32Array = new Float32Array();
	@property({ attribute: false }) labels: readonly string[] | undefined;
	@property({ attribute: false }) order: readonly number[] = [];
	@property({ type: Number }) selected: number | undefined;
	@property() label = "Units";
	/** The place under the pointer or the keyboard. */
	@state() private place: number | undefined;
	@query("canvas") private canvas!: HTMLCanvasElement;
	private readonly sizes = new ResizeObserver(() => this.paint());

	override render() {
		const at = this.place ?? (this.selected === undefined ? 0 : Math.max(0, this.order.indexOf(this.selected)));
		return html`<div
				class="chart"
				role="slider"
				tabindex="0"
				aria-label=${this.label}
				aria-valuemin="0"
				aria-valuemax=${Math.max(0, this.order.length - 1)}
				aria-valuenow=${at}
				aria-valuetext=${this.describe(at)}
				@keydown=${this.onKey}
				@pointermove=${(event: PointerEvent) => {
					this.place = this.placeAt(event);
				}}
				@pointerleave=${() => {
					this.place = undefined;
				}}
				@click=${(event: PointerEvent) => this.choose(this.placeAt(event))}
			>
				<canvas></canvas>
			</div>
			<div class="readout number" aria-hidden="true">
				${this.place === undefined && this.selected === undefined ? html`<span class="muted">Point at a bar for its unit and value; click to choose it</span>` : this.describe(at)}
			</div>`;
	}

	override firstUpdated(): void {
		this.sizes.observe(this.canvas);
	}

	override updated(_changed: PropertyValues<this>): void {
		this.paint();
	}

	private describe(place: number): string {
		const unit = this.order[place];
		if (unit === undefined) return "no unit";
		const name = this.labels?.[unit];
		return `${name ? `${name} (unit ${unit})` : `unit ${unit}`}: ${formatNumber(this.values[unit] ?? Number.NaN)}`;
	}

	private placeAt(event: PointerEvent): number | undefined {
		const box = this.canvas.getBoundingClientRect();
		const inside = (event.clientX - box.left - LEFT) / (box.width - LEFT - RIGHT);
		return inside < 0 || inside >= 1 ? undefined : Math.floor(inside * this.order.length);
	}

	private choose(place: number | undefined): void {
		const unit = place === undefined ? undefined : this.order[place];
		if (unit !== undefined) this.dispatchEvent(new CustomEvent("unit-select", { detail: unit }));
	}

	private onKey(event: KeyboardEvent): void {
		const at = this.place ?? (this.selected === undefined ? 0 : this.order.indexOf(this.selected));
		const last = this.order.length - 1;
		const next = {
			ArrowRight: at + 1,
			ArrowUp: at + 1,
			ArrowLeft: at - 1,
			ArrowDown: at - 1,
			PageUp: at + 10,
			PageDown: at - 10,
			Home: 0,
			End: last,
		}[event.key];
		if (next !== undefined) this.place = Math.min(last, Math.max(0, next));
		else if (event.key === "Enter" || event.key === " ") this.choose(at);
		else return;
		event.preventDefault();
	}

	private paint(): void {
		const { canvas, values, order } = this;
		const scale = window.devicePixelRatio || 1;
		const width = canvas.clientWidth;
		if (width === 0) return;
		canvas.width = Math.round(width * scale);
		canvas.height = Math.round(HEIGHT * scale);
		const context = canvas.getContext("2d");
		if (!context) return;
		context.scale(scale, scale);
		const style = getComputedStyle(this);
		const colour = (name: string, otherwise: string) => style.getPropertyValue(name).trim() || otherwise;
		const ink = style.color;
		const muted = colour("--vscode-descriptionForeground", ink);
		const { low: least, high: most } = extremes(values);
		const low = Math.min(0, least);
		const high = Math.max(0, most) || (low < 0 ? 0 : 1);
		const y = (value: number) => TOP + ((high - value) / (high - low || 1)) * (HEIGHT - TOP - BOTTOM);
		context.font = `10px ${style.fontFamily}`;
		context.textBaseline = "middle";
		context.textAlign = "right";
		for (const value of ticks(low, high, 5)) {
			context.fillStyle = muted;
			context.fillText(formatNumber(value, 3), LEFT - 6, y(value));
			context.globalAlpha = value === 0 ? 0.9 : 0.25;
			context.fillRect(LEFT, Math.round(y(value)), width - LEFT - RIGHT, 1);
			context.globalAlpha = 1;
		}
		const step = (width - LEFT - RIGHT) / Math.max(1, order.length);
		const bar = colour("--vscode-charts-blue", ink);
		const chosen = colour("--vscode-charts-red", ink);
		for (const [place, unit] of order.entries()) {
			const value = values[unit] ?? 0;
			context.fillStyle = place === this.place ? ink : unit === this.selected ? chosen : bar;
			const [top, bottom] = value >= 0 ? [y(value), y(0)] : [y(0), y(value)];
			const wide = unit === this.selected || place === this.place;
			context.fillRect(
				LEFT + place * step,
				top,
				Math.max(wide ? 2 : 0.6, step - (step > 3 ? 1 : 0)),
				Math.max(0.5, bottom - top),
			);
		}
		context.fillStyle = muted;
		context.textAlign = "center";
		context.textBaseline = "top";
		this.paintNames(context, step, width);
	}

	/** Labels below the bars where they fit; numbers of some units otherwise. */
	private paintNames(context: CanvasRenderingContext2D, step: number, width: number): void {
		const names = this.order.map((unit) => this.labels?.[unit] ?? String(unit));
		const widest = Math.max(0, ...names.slice(0, 64).map((name) => context.measureText(name).width));
		const every = Math.max(1, Math.ceil((widest + 10) / step));
		for (let place = 0; place < names.length; place += every) {
			const middle = LEFT + (place + 0.5) * step;
			if (middle < width) context.fillText(names[place]!, middle, HEIGHT - BOTTOM + 8);
		}
	}
}

declare global {
	interface HTMLElementTagNameMap {
		"lamina-unit-bars": UnitBars;
	}
}
