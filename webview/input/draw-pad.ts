import { css, html, LitElement, nothing } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import type { Picture } from "../../src/shared/protocol";
import type { Inspector } from "../state/inspector";
import { loadedInput, shownPredictions } from "../state/view-state";
import { Watch } from "../state/watch";
import { base, controls } from "../styles/base";
import { icons } from "../styles/icons";
import { type Drawing, defaultColours, extend, padSize, paintStrokes, undo } from "./strokes";
import "../header/predictions";

/** Longer side of the pad in pixels of the drawing. */
const SIDE = 280;

/** How far an arrow key moves the pen. */
const KEY_STEP = 8;

/**
 * A pad to draw an input on. It floats beside the page and does not block it: predictions, activations and explanations
 * follow the pen. The keyboard draws too: arrow keys move the pen, Space puts it down and lifts it.
 */
@customElement("lamina-draw-pad")
export class DrawPad extends LitElement {
	static override styles = [
		base,
		controls,
		css`
			:host {
				position: fixed;
				z-index: 30;
				inset-inline-start: 12px;
				bottom: 12px;
				width: 306px;
				max-width: calc(100vw - 24px);
				max-height: calc(100vh - 24px);
				overflow: auto;
				padding: 10px 12px 12px;
				color: var(--vscode-editorWidget-foreground, inherit);
				background: var(--vscode-editorWidget-background);
				border: 1px solid var(--vscode-editorWidget-border, var(--line));
				border-radius: 6px;
				box-shadow: 0 4px 16px var(--vscode-widget-shadow);
			}
			[role="dialog"] {
				display: flex;
				flex-direction: column;
				gap: 8px;
			}
			.pad {
				position: relative;
				border: 1px solid var(--line);
				touch-action: none;
				cursor: crosshair;
			}
			canvas {
				display: block;
				width: 100%;
				height: auto;
			}
			.pen {
				position: absolute;
				border: 1px solid #fff;
				outline: 1px solid #000;
				border-radius: 50%;
				transform: translate(-50%, -50%);
				pointer-events: none;
			}
			.pen.down {
				border-width: 3px;
			}
			input[type="color"] {
				width: 28px;
				height: 22px;
				padding: 0;
				border: 1px solid var(--line);
				background: none;
			}
			lamina-predictions {
				min-height: 132px;
			}
			.end {
				justify-content: flex-end;
			}
		`,
	];

	@property({ attribute: false }) inspector!: Inspector;
	@state() private drawing: Drawing = [];
	@state() private width = 22;
	@state() private ink = "#ffffff";
	@state() private paper = "#000000";
	/** Drawn over: the input that was there before. */
	@state() private backdrop: Picture | undefined;
	/** Where the arrow keys hold the pen; absent until one is pressed. */
	@state() private pen: { x: number; y: number; down: boolean } | undefined;
	@query("canvas") private canvas!: HTMLCanvasElement;
	@query(".pad") private pad!: HTMLElement;
	private original: Picture | undefined;
	private returnTo: Element | null = null;
	private sending = false;
	private dirty = false;

	protected readonly watch = new Watch(
		this,
		() => this.inspector,
		({ prediction }) => [prediction],
	);

	override connectedCallback(): void {
		super.connectedCallback();
		const { state } = this.inspector;
		const { ink, paper } = defaultColours(state.opened?.preprocess.invert);
		this.ink = ink;
		this.paper = paper;
		this.original = loadedInput(state)?.picture;
		this.returnTo = document.activeElement;
	}

	override firstUpdated(): void {
		this.paint();
		this.pad.focus();
	}

	override render() {
		const [height, width] = this.size;
		const predictions = shownPredictions(this.inspector.state);
		return html`<div role="dialog" aria-label="Draw an input" @keydown=${this.onDialogKey}>
			<div class="row">
				<h2 class="grow">Draw an input</h2>
				<button class="plain icon" aria-label="Undo" title="Undo (Ctrl+Z)" ?disabled=${this.drawing.length === 0} @click=${this.undo}>
					${icons.undo}
				</button>
				<button
					class="plain icon"
					aria-label="Clear"
					title="Clear"
					?disabled=${this.drawing.length === 0 && !this.backdrop}
					@click=${this.clear}
				>
					${icons.trash}
				</button>
			</div>
			<div
				class="pad"
				role="application"
				tabindex="0"
				aria-label="Drawing pad. Arrow keys move the pen, Space puts it down and lifts it."
				@pointerdown=${this.onDown}
				@pointermove=${this.onMove}
				@keydown=${this.onPenKey}
			>
				<canvas width=${width} height=${height}></canvas>
				${
					this.pen
						? html`<div
								class=${this.pen.down ? "pen down" : "pen"}
								style="left:${(100 * this.pen.x) / width}%;top:${(100 * this.pen.y) / height}%;width:${this.width}px;height:${this.width}px"
							></div>`
						: nothing
				}
			</div>
			<div class="row wrap">
				<label class="field"
					>Pen
					<input
						type="range"
						min="4"
						max="60"
						aria-label="Pen size"
						.value=${String(this.width)}
						@input=${(event: Event) => {
							this.width = Number((event.target as HTMLInputElement).value);
						}}
				/></label>
				${this.renderColours()}
				${
					this.original
						? html`<button class="plain" aria-pressed=${this.backdrop !== undefined} @click=${this.toggleBackdrop}>
								${this.backdrop ? "Blank paper" : "Draw on the input"}
							</button>`
						: nothing
				}
			</div>
			<lamina-predictions list .predictions=${predictions}></lamina-predictions>
			<div class="row end">
				<vscode-button appearance="secondary" @click=${this.cancel}>Cancel</vscode-button>
				<vscode-button ?disabled=${this.drawing.length === 0} @click=${this.done}>Done</vscode-button>
			</div>
		</div>`;
	}

	private renderColours() {
		const [port] = this.inspector.state.opened?.summary.inputs ?? [];
		if (port?.shape.at(-1) !== 3 && port?.shape[1] !== 3) {
			return html`<button class="plain" @click=${this.swap}>${this.ink === "#ffffff" ? "Dark on light" : "Light on dark"}</button>`;
		}
		const colour = (label: string, value: string, change: (value: string) => void) =>
			html`<label class="field"
				>${label}
				<input type="color" .value=${value} aria-label=${label} @input=${(event: Event) => change((event.target as HTMLInputElement).value)}
			/></label>`;
		return html`${colour("Ink", this.ink, (value) => {
			this.ink = value;
		})}
		${colour("Paper", this.paper, (value) => {
			this.paper = value;
			this.backdrop = undefined;
			this.changed();
		})}`;
	}

	/** Height and width, in the proportion of the model's input. */
	private get size(): [number, number] {
		const [port] = this.inspector.state.opened?.summary.inputs ?? [];
		const shape = this.inspector.state.opened?.preprocess.size ?? port?.shape.slice(1, 3);
		return padSize(shape?.[0], shape?.[1], SIDE);
	}

	private paint(): void {
		const context = this.canvas.getContext("2d", { willReadFrequently: true });
		if (!context) return;
		const { width, height } = this.canvas;
		context.fillStyle = this.paper;
		context.fillRect(0, 0, width, height);
		if (this.backdrop) this.paintBackdrop(context, this.backdrop);
		paintStrokes(context, this.drawing);
	}

	private paintBackdrop(context: CanvasRenderingContext2D, { width, height, rgba }: Picture): void {
		const small = new OffscreenCanvas(width, height);
		small.getContext("2d")?.putImageData(new ImageData(new Uint8ClampedArray(rgba), width, height), 0, 0);
		context.imageSmoothingEnabled = false;
		context.drawImage(small, 0, 0, this.canvas.width, this.canvas.height);
	}

	/** Shows the drawing and lets the page follow: never more than one is under way, and the last one is never left out. */
	private changed(): void {
		this.paint();
		this.dirty = true;
		if (!this.sending) void this.send();
	}

	private async send(): Promise<void> {
		this.sending = true;
		while (this.dirty && this.isConnected) {
			this.dirty = false;
			await this.inspector.tryInput(this.source());
		}
		this.sending = false;
	}

	private source() {
		const { width, height } = this.canvas;
		const pixels = this.canvas.getContext("2d")?.getImageData(0, 0, width, height).data;
		return { kind: "pixels", name: "drawing", width, height, rgba: new Uint8Array(pixels ?? []) } as const;
	}

	private begin(x: number, y: number): void {
		this.drawing = [...this.drawing, { width: this.width, colour: this.ink, points: [[x, y]] }];
		this.changed();
	}

	private position(event: PointerEvent): [number, number] {
		const box = this.canvas.getBoundingClientRect();
		return [
			((event.clientX - box.left) / box.width) * this.canvas.width,
			((event.clientY - box.top) / box.height) * this.canvas.height,
		];
	}

	private onDown(event: PointerEvent): void {
		if (event.button !== 0) return;
		this.pad.setPointerCapture(event.pointerId);
		this.pen = undefined;
		this.begin(...this.position(event));
	}

	private onMove(event: PointerEvent): void {
		if (!this.pad.hasPointerCapture(event.pointerId)) return;
		for (const part of event.getCoalescedEvents?.() ?? [event])
			this.drawing = extend(this.drawing, ...this.position(part));
		this.changed();
	}

	private onPenKey(event: KeyboardEvent): void {
		const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
		const { width, height } = this.canvas;
		const { x, y, down } = this.pen ?? { x: width / 2, y: height / 2, down: false };
		if (step) {
			const next = {
				x: Math.min(width, Math.max(0, x + step[0]! * KEY_STEP)),
				y: Math.min(height, Math.max(0, y + step[1]! * KEY_STEP)),
			};
			this.pen = { ...next, down };
			if (down) {
				this.drawing = extend(this.drawing, next.x, next.y);
				this.changed();
			}
		} else if (event.key === " ") {
			this.pen = { x, y, down: !down };
			this.inspector.announce(down ? "Pen lifted." : "Pen down.");
			if (!down) this.begin(x, y);
		} else return;
		event.preventDefault();
	}

	private onDialogKey(event: KeyboardEvent): void {
		if (event.key === "Escape") this.cancel();
		else if (event.key === "z" && (event.ctrlKey || event.metaKey)) this.undo();
		else return;
		event.preventDefault();
		event.stopPropagation();
	}

	private undo(): void {
		this.drawing = undo(this.drawing);
		this.changed();
	}

	private clear(): void {
		this.drawing = [];
		this.backdrop = undefined;
		this.changed();
	}

	private swap(): void {
		const { ink, paper } = this;
		this.ink = paper;
		this.paper = ink;
		this.drawing = this.drawing.map((stroke) => ({ ...stroke, colour: paper }));
		this.changed();
	}

	private toggleBackdrop(): void {
		this.backdrop = this.backdrop ? undefined : this.original;
		this.changed();
	}

	private async done(): Promise<void> {
		const source = this.source();
		this.close();
		await this.inspector.useInput(source);
	}

	private cancel(): void {
		this.close();
		void this.inspector.revertInput();
	}

	private close(): void {
		this.dirty = false;
		this.dispatchEvent(new CustomEvent("closed"));
		if (this.returnTo instanceof HTMLElement) this.returnTo.focus();
	}
}

declare global {
	interface HTMLElementTagNameMap {
		"lamina-draw-pad": DrawPad;
	}
}
