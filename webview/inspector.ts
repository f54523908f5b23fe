import { css, html, LitElement, nothing } from "lit";
import { customElement, query, state } from "lit/decorators.js";
import { droppedSource } from "./input/dropped";
import type { Spine } from "./spine/spine";
import { Inspector } from "./state/inspector";
import { currentLayer } from "./state/view-state";
import { Watch } from "./state/watch";
import { base, controls, skeletons } from "./styles/base";
import { icons } from "./styles/icons";
import { INSPECTOR_PAGE } from "./styles/page";
import type { LayerView } from "./tabs/layer-view";
import "./header/header";
import "./input/draw-pad";
import "./pages/failure";
import "./pages/notices";
import "./spine/spine";
import "./tabs/layer-view";
import "./ui";

document.adoptedStyleSheets = [...document.adoptedStyleSheets, INSPECTOR_PAGE];

/** The Inspector: header, spine, and the tabs of the chosen layer. */
@customElement("lamina-inspector")
export class InspectorPage extends LitElement {
	static override styles = [
		base,
		controls,
		skeletons,
		css`
			:host {
				display: flex;
				flex-direction: column;
				height: 100%;
				min-width: 0;
				line-height: 1.4;
			}
			.main {
				flex: 1 1 0;
				min-height: 0;
				display: flex;
			}
			lamina-spine {
				flex: 0 0 264px;
				border-inline-end: 1px solid var(--line);
			}
			lamina-layer-view {
				flex: 1 1 0;
			}
			button.layers {
				display: none;
			}
			.drop {
				position: fixed;
				inset: 8px;
				z-index: 50;
				display: grid;
				place-items: center;
				font-size: 1.2em;
				color: var(--vscode-foreground);
				background: var(--vscode-editor-background);
				opacity: 0.92;
				border: 2px dashed var(--vscode-focusBorder);
				border-radius: 6px;
				pointer-events: none;
			}
			.loading {
				padding: 12px;
				display: flex;
				flex-direction: column;
				gap: 12px;
			}
			@media (max-width: 640px), (max-height: 420px) {
				:host {
					height: auto;
					min-height: 100%;
				}
				button.layers {
					display: flex;
					position: sticky;
					top: 0;
					z-index: 10;
					width: 100%;
					padding: 6px 12px;
					border-radius: 0;
					border-width: 0 0 1px;
					border-color: var(--line);
					background: var(--vscode-sideBar-background);
				}
				.main {
					flex-direction: column;
				}
				lamina-layer-view {
					flex: none;
				}
				lamina-spine {
					display: none;
				}
				.main.open lamina-spine {
					display: flex;
					flex: none;
					height: 70vh;
					border-inline-end: none;
					border-bottom: 1px solid var(--line);
				}
				.main.open lamina-layer-view {
					display: none;
				}
			}
		`,
	];

	private readonly inspector = new Inspector();
	@state() private dragging = false;
	@state() private drawing = false;
	/** On a narrow page the spine is a drawer. */
	@state() private layersOpen = false;
	@query("lamina-spine") private spine?: Spine;
	@query("lamina-layer-view") private view?: LayerView;

	protected readonly watch = new Watch(
		this,
		() => this.inspector,
		({ phase, failure, announcement, chosen }) => [phase, failure, announcement, chosen.layer],
	);

	override connectedCallback(): void {
		super.connectedCallback();
		void this.inspector.start();
		document.addEventListener("keydown", this.onKey);
		document.addEventListener("dragenter", this.onDrag);
		document.addEventListener("dragover", this.onDrag);
		document.addEventListener("dragleave", this.onDragLeave);
		document.addEventListener("drop", this.onDrop);
		document.addEventListener("paste", this.onPaste);
	}

	override disconnectedCallback(): void {
		super.disconnectedCallback();
		document.removeEventListener("keydown", this.onKey);
		document.removeEventListener("dragenter", this.onDrag);
		document.removeEventListener("dragover", this.onDrag);
		document.removeEventListener("dragleave", this.onDragLeave);
		document.removeEventListener("drop", this.onDrop);
		document.removeEventListener("paste", this.onPaste);
	}

	override render() {
		const { state } = this.inspector;
		return html`${state.phase === "failed" ? html`<lamina-failure .inspector=${this.inspector}></lamina-failure>` : nothing}
			${state.phase === "loading" ? this.renderLoading() : nothing}
			${state.phase === "ready" ? this.renderModel() : nothing}
			<div class="sr-only" role="status" aria-live="polite">${state.announcement}</div>
			${this.dragging ? html`<div class="drop">Drop to use it as the input</div>` : nothing}`;
	}

	private renderModel() {
		const { inspector } = this;
		const layer = currentLayer(inspector.state);
		return html`<lamina-notices .inspector=${inspector}></lamina-notices>
			<lamina-header .inspector=${inspector} @draw-input=${this.openPad}></lamina-header>
			<button
				class="plain layers"
				aria-expanded=${this.layersOpen}
				@click=${() => {
					this.layersOpen = !this.layersOpen;
				}}
			>
				${icons.layers}<span class="ellipsis">Layers${layer ? `: ${layer.name}` : ""}</span>${icons.chevronDown}
			</button>
			<div class=${this.layersOpen ? "main open" : "main"}>
				<lamina-spine
					.inspector=${inspector}
					@layer-chosen=${this.closeLayers}
					@layer-opened=${this.openLayer}
				></lamina-spine>
				<lamina-layer-view .inspector=${inspector}></lamina-layer-view>
			</div>
			${
				this.drawing
					? html`<lamina-draw-pad
							.inspector=${inspector}
							@closed=${() => {
								this.drawing = false;
							}}
						></lamina-draw-pad>`
					: nothing
			}`;
	}

	private renderLoading() {
		return html`<div class="loading" aria-busy="true" aria-label="Opening the model">
			<div class="skeleton" style="height:18px;max-width:420px"></div>
			<div class="skeleton" style="height:48px"></div>
			<div class="row" style="align-items:stretch;gap:16px">
				<div class="skeleton" style="flex:0 0 240px;height:60vh"></div>
				<div class="skeleton grow" style="height:60vh"></div>
			</div>
		</div>`;
	}

	private closeLayers(): void {
		this.layersOpen = false;
	}

	private openLayer(): void {
		this.layersOpen = false;
		void this.updateComplete.then(() => this.view?.focusTab());
	}

	private openPad(): void {
		this.drawing = true;
	}

	private readonly onKey = (event: KeyboardEvent): void => {
		const [target] = event.composedPath();
		const typing = target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement;
		if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
		event.preventDefault();
		this.layersOpen = true;
		void this.updateComplete.then(() => this.spine?.focusFilter());
	};

	private readonly onDrag = (event: DragEvent): void => {
		if (this.inspector.state.phase !== "ready" || this.inspector.state.restricted) return;
		event.preventDefault();
		if (event.dataTransfer) event.dataTransfer.dropEffect = "copy";
		this.dragging = true;
	};

	private readonly onDragLeave = (event: DragEvent): void => {
		if (event.relatedTarget === null) this.dragging = false;
	};

	private readonly onDrop = (event: DragEvent): void => {
		if (!this.dragging || !event.dataTransfer) return;
		event.preventDefault();
		this.dragging = false;
		void this.take(event.dataTransfer);
	};

	private readonly onPaste = (event: ClipboardEvent): void => {
		const [target] = event.composedPath();
		if (target instanceof HTMLInputElement || !event.clipboardData?.files.length) return;
		void this.take(event.clipboardData);
	};

	private async take(data: DataTransfer): Promise<void> {
		const source = await droppedSource(data);
		if (source) await this.inspector.useInput(source);
		else this.inspector.announce("That is no file: drop an image, a .npy or a .npz file.");
	}
}

declare global {
	interface HTMLElementTagNameMap {
		"lamina-inspector": InspectorPage;
	}
}
