import { css, html, LitElement, nothing } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { isPictureShape } from "../input/strokes";
import type { Inspector } from "../state/inspector";
import { loadedInput } from "../state/view-state";
import { Watch } from "../state/watch";
import { base, controls, skeletons } from "../styles/base";
import { icons } from "../styles/icons";
import { menuKey, menuStyles } from "../styles/menu";
import "../pictures/picture";

/** The current input: what it looks like to the model, and where another comes from. */
@customElement("lamina-input-chip")
export class InputChip extends LitElement {
	static override styles = [
		base,
		controls,
		skeletons,
		menuStyles,
		css`
			:host {
				display: flex;
				align-items: center;
				gap: 8px;
				min-width: 0;
				position: relative;
			}
			.picture {
				width: 44px;
				height: 44px;
				flex: none;
				border: 1px solid var(--line);
				border-radius: 2px;
				overflow: hidden;
				padding: 0;
				background: none;
				cursor: pointer;
			}
			.picture .array {
				font-size: var(--small);
				color: var(--muted);
			}
			.text {
				min-width: 0;
				flex: 1 1 0;
			}
			button.open {
				max-width: 100%;
				padding: 0 4px;
				min-height: 22px;
				margin-inline-start: -5px;
			}
			button.open svg {
				margin-inline-start: 2px;
			}
			.facts {
				display: flex;
				gap: 10px;
			}
		`,
	];

	@property({ attribute: false }) inspector!: Inspector;
	@state() private open = false;
	@query(".open") private opener!: HTMLButtonElement;

	protected readonly watch = new Watch(
		this,
		() => this.inspector,
		({ input, inputs, restricted, opened }) => [input, inputs, restricted, opened],
	);

	override render() {
		const { state } = this.inspector;
		const { input } = state;
		const loaded = loadedInput(state);
		const name = input.phase === "none" ? "Choose an input" : input.phase === "ready" ? input.loaded.name : input.name;
		return html`<button class="picture" tabindex="-1" aria-hidden="true" @click=${this.toggle}>
				${
					loaded?.picture
						? html`<lamina-picture .picture=${loaded.picture}></lamina-picture>`
						: loaded
							? html`<span class="array">array</span>`
							: input.phase === "loading"
								? html`<div class="skeleton" style="height:100%"></div>`
								: nothing
				}
			</button>
			<div class="text">
				<button
					class="plain open"
					aria-haspopup="menu"
					aria-expanded=${this.open}
					aria-label=${`Input: ${name}`}
					?disabled=${state.restricted}
					@click=${this.toggle}
				>
					<span class="ellipsis">${name}</span>${icons.chevronDown}
				</button>
				<div class="facts small muted">
					${
						input.phase === "failed"
							? html`<span class="bad ellipsis" title=${input.error.message}>cannot be used</span>`
							: html`<span class="ellipsis number">${loaded ? shapesOf(loaded.shapes) : "no input yet"}</span>`
					}
					${
						this.canDraw
							? html`<button class="link" @click=${this.draw} ?disabled=${state.restricted}>Draw</button>`
							: nothing
					}
				</div>
			</div>
			${this.open ? this.renderMenu() : nothing}`;
	}

	/** A model with one picture-like input can be drawn for. */
	private get canDraw(): boolean {
		const [port, ...others] = this.inspector.state.opened?.summary.inputs ?? [];
		return port !== undefined && others.length === 0 && isPictureShape(port.shape);
	}

	private renderMenu() {
		const { inputs } = this.inspector.state;
		return html`<div class="menu" role="menu" aria-label="Input" @keydown=${this.onKey} @focusout=${this.onFocusOut}>
			<button role="menuitem" @click=${() => this.act(() => this.inspector.chooseInput())}>
				${icons.folder}<span>Choose file…</span>
			</button>
			${
				this.canDraw
					? html`<button role="menuitem" @click=${() => this.act(this.draw)}>${icons.pencil}<span>Draw…</span></button>`
					: nothing
			}
			${inputs.length > 0 ? html`<div class="separator" role="separator"></div>` : nothing}
			<div class="files">
				${inputs.map(
					({ path, label }) => html`<button
						role="menuitem"
						@click=${() => this.act(() => this.inspector.useInput({ kind: "file", path }))}
					>
						<span class="ellipsis">${label}</span>
					</button>`,
				)}
			</div>
			<div class="hint">Or hold Shift and drop an image, .npy or .npz file on the page.</div>
		</div>`;
	}

	private toggle(): void {
		this.open = !this.open;
		if (this.open)
			void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>('[role="menuitem"]')?.focus());
	}

	private act(action: () => unknown): void {
		this.open = false;
		this.opener.focus();
		void action();
	}

	private readonly draw = (): void => {
		this.dispatchEvent(new CustomEvent("draw-input", { bubbles: true, composed: true }));
	};

	private onKey(event: KeyboardEvent): void {
		if (menuKey(event) === "close") this.act(() => undefined);
	}

	private onFocusOut(event: FocusEvent): void {
		const menu = event.currentTarget as HTMLElement;
		if (event.relatedTarget === null || !menu.contains(event.relatedTarget as Node)) this.open = false;
	}
}

const shapesOf = (shapes: Record<string, readonly number[]>): string =>
	Object.values(shapes)
		.map((shape) => shape.slice(1).join("×") || "scalar")
		.join(", ");

declare global {
	interface HTMLElementTagNameMap {
		"lamina-input-chip": InputChip;
	}
}
