import { css, html, LitElement, nothing, type PropertyValues } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { type ColormapId, colormap, type ValueRange } from "../../src/shared/colormap";
import type { Picture } from "../../src/shared/protocol";
import { base } from "../styles/base";
import { type Blend, type NumberMap, type Pixels, paintMap, paintOverlay, paintRgb } from "./painting";

/** What is under the pointer, or under the cross that the arrow keys move; `undefined` when there is neither. */
export type Probe = { row: number; column: number; value: number } | undefined;

/** The same numbers in a new wrapping need no new painting. */
const isOtherMap = (now: NumberMap | undefined, before: NumberMap | undefined) =>
	now?.values !== before?.values || now?.width !== before?.width || now?.height !== before?.height;

export const isOtherRange = (now: ValueRange, before: ValueRange | undefined) =>
	now.low !== before?.low || now.high !== before.high;

const PAINTED = ["map", "range", "colours", "picture", "edited", "opacity", "blend"] as const;

/** A map of numbers on a canvas. Colours, scale and opacity are the page's: changing them asks nobody. */
@customElement("lamina-map")
export class MapElement extends LitElement {
	static override styles = [
		base,
		css`
			:host {
				display: block;
				position: relative;
			}
			/* Out of the flow: how large it is, is for who uses it to say, not for the numbers. */
			canvas {
				position: absolute;
				inset: 0;
				width: 100%;
				height: 100%;
				image-rendering: pixelated;
			}
			:host([whole]) canvas {
				object-fit: contain;
			}
			:host([smooth]) canvas {
				image-rendering: auto;
			}
			:host([probing]) canvas {
				cursor: crosshair;
			}
			.cross {
				position: absolute;
				border: 1px solid var(--vscode-editor-foreground);
				outline: 1px solid var(--vscode-editor-background);
				pointer-events: none;
				min-width: 4px;
				min-height: 4px;
			}
		`,
	];

	@property({ attribute: false, hasChanged: isOtherMap }) map: NumberMap | undefined;
	@property({ attribute: false, hasChanged: isOtherRange }) range: ValueRange = { low: 0, high: 1 };
	/** `rgb`: three numbers a pixel are red, green and blue. */
	@property() colours: ColormapId | "rgb" = "viridis";
	/** Painted over this. */
	@property({ attribute: false }) picture: Picture | undefined;
	/** Painted instead of the colours: the numbers are this picture. */
	@property({ attribute: false }) edited: Picture | undefined;
	@property({ type: Number }) opacity = 1;
	@property() blend: Blend = "over";
	/** Tells the value under the pointer by `probe` events, and takes the focus for the arrow keys. */
	@property({ type: Boolean, reflect: true }) probing = false;
	/** Alternative text; absent where a caption beside it says it all. */
	@property() label: string | undefined;
	@state() private cross: { row: number; column: number } | undefined;
	@query("canvas") private canvas!: HTMLCanvasElement;

	override render() {
		return html`<canvas
				role=${this.label ? "img" : "presentation"}
				aria-label=${this.label ?? nothing}
				tabindex=${this.probing ? 0 : nothing}
				@pointermove=${this.probing ? this.onPointer : undefined}
				@pointerleave=${this.probing ? () => this.tell(undefined) : undefined}
				@keydown=${this.probing ? this.onKey : undefined}
				@blur=${this.probing ? () => this.tell(undefined) : undefined}
			></canvas>
			${this.renderCross()}`;
	}

	private renderCross() {
		if (!this.cross || !this.map) return nothing;
		const { width, height } = this.map;
		const { row, column } = this.cross;
		return html`<div
			class="cross"
			style="left:${(100 * column) / width}%;top:${(100 * row) / height}%;width:${100 / width}%;height:${100 / height}%"
		></div>`;
	}

	override updated(changed: PropertyValues<MapElement>): void {
		if (changed.has("map")) this.cross = undefined;
		if (PAINTED.some((name) => changed.has(name))) this.paint();
	}

	private paint(): void {
		const pixels = this.pixels();
		if (!pixels) return;
		// Setting a size clears the canvas: only when it is another one.
		if (this.canvas.width !== pixels.width) this.canvas.width = pixels.width;
		if (this.canvas.height !== pixels.height) this.canvas.height = pixels.height;
		this.canvas.getContext("2d")?.putImageData(new ImageData(pixels.rgba, pixels.width, pixels.height), 0, 0);
	}

	/** What is on the canvas. */
	pixels(): Pixels | undefined {
		const { map, range, colours, picture, edited } = this;
		if (!map || map.width === 0 || map.height === 0) return undefined;
		if (edited) return { width: edited.width, height: edited.height, rgba: Uint8ClampedArray.from(edited.rgba) };
		if (colours === "rgb") return paintRgb(map, range);
		if (picture) return paintOverlay(map, picture, range, colormap(colours), this.opacity, this.blend);
		return paintMap(map, range, colormap(colours));
	}

	private onPointer(event: PointerEvent): void {
		if (!this.map) return;
		const box = this.canvas.getBoundingClientRect();
		const column = Math.floor(((event.clientX - box.left) / box.width) * this.map.width);
		const row = Math.floor(((event.clientY - box.top) / box.height) * this.map.height);
		this.probe(row, column);
	}

	private onKey(event: KeyboardEvent): void {
		const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
		if (!step || !this.map) return;
		event.preventDefault();
		const { row, column } = this.cross ?? {
			row: Math.floor(this.map.height / 2),
			column: Math.floor(this.map.width / 2),
		};
		this.probe(row + step[0]!, column + step[1]!);
	}

	private probe(row: number, column: number): void {
		const { width, height, values } = this.map!;
		const at = {
			row: Math.min(height - 1, Math.max(0, row)),
			column: Math.min(width - 1, Math.max(0, column)),
		};
		this.tell({ ...at, value: values[at.row * width + at.column]! });
	}

	private tell(probe: Probe): void {
		this.cross = probe && { row: probe.row, column: probe.column };
		this.dispatchEvent(new CustomEvent<Probe>("probe", { detail: probe, bubbles: true, composed: true }));
	}
}

declare global {
	interface HTMLElementTagNameMap {
		"lamina-map": MapElement;
	}
}
