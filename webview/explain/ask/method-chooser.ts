import { css, html, LitElement, nothing } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import type { LaminaErrorData } from "../../../src/shared/errors";
import type { MethodDescription } from "../../../src/shared/methods";
import type { ChosenMethod } from "../../state/view-state";
import { base, controls } from "../../styles/base";
import { icons } from "../../styles/icons";
import { menuKey, menuStyles } from "../../styles/menu";
import { byFamily, quickPreset, search, thoroughPreset, wants } from "./selection";

/** Which methods are asked: a list by family, with the question that each answers, and two presets. */
@customElement("lamina-method-chooser")
export class MethodChooser extends LitElement {
	static override styles = [
		base,
		controls,
		menuStyles,
		css`
			:host {
				position: relative;
				display: inline-flex;
				gap: 6px;
				align-items: center;
			}
			.menu {
				width: min(460px, 88vw);
				max-width: none;
				max-height: min(70vh, 560px);
				overflow-y: auto;
			}
			.family {
				padding: 6px 10px 2px;
				font-size: var(--small);
				color: var(--muted);
				text-transform: capitalize;
			}
			.menu button {
				align-items: flex-start;
				padding: 4px 10px;
			}
			.menu button .tick {
				width: 16px;
				flex: none;
				padding-top: 1px;
			}
			.search {
				position: sticky;
				top: 0;
				z-index: 1;
				width: 100%;
			}
			.wanted {
				font-style: italic;
			}
			.refused .title {
				opacity: 0.7;
			}
			.answers {
				display: block;
				font-size: var(--small);
				opacity: 0.85;
			}
			button.opener {
				border-color: var(--vscode-contrastBorder, var(--vscode-dropdown-border, var(--line)));
			}
		`,
	];

	@property({ attribute: false }) methods: readonly MethodDescription[] = [];
	@property({ attribute: false }) chosen: readonly ChosenMethod[] = [];
	/** Methods that cannot answer for this model, and why; the list tells when it wants to know (`methods-listed`). */
	@property({ attribute: false }) refusals: Readonly<Record<string, LaminaErrorData>> = {};
	@state() private open = false;
	@state() private sought = "";
	@query(".opener") private opener!: HTMLButtonElement;

	override render() {
		return html`<button class="plain opener" aria-haspopup="menu" aria-expanded=${this.open} @click=${this.toggle}>
				${icons.plus}<span>Methods</span><span class="muted number">${this.chosen.length}</span>${icons.chevronDown}
			</button>
			<button class="plain" title="One method of each family that answers at once" @click=${() => this.choose(quickPreset(this.methods))}>
				Quick
			</button>
			<button class="plain" title="Every method that explains any unit of an input; this may take a while" @click=${() => this.choose(thoroughPreset(this.methods))}>
				Thorough
			</button>
			${this.open ? this.renderMenu() : nothing}`;
	}

	private renderMenu() {
		const found = search(this.methods, this.sought);
		return html`<div class="menu" role="menu" aria-label="Methods" @keydown=${this.onKey} @focusout=${this.onFocusOut}>
			<input
				class="search"
				type="text"
				placeholder="Search ${this.methods.length} methods"
				aria-label="Search methods"
				.value=${this.sought}
				@input=${(event: Event) => {
					this.sought = (event.target as HTMLInputElement).value;
				}}
			/>
			${found.length === 0 ? html`<div class="hint">No method has these words.</div>` : nothing}
			${byFamily(found).map(
				({ name, methods }) => html`<div class="family">${name}</div>
					${methods.map((method) => this.renderMethod(method))}`,
			)}
		</div>`;
	}

	private renderMethod(method: MethodDescription) {
		const isChosen = this.chosen.some(({ id }) => id === method.id);
		const refusal = this.refusals[method.id]?.message;
		const wanted = refusal ? `Not for this model: ${refusal}` : wants(method);
		return html`<button
			role="menuitemcheckbox"
			class=${refusal ? "refused" : ""}
			aria-checked=${isChosen}
			aria-label=${method.title}
			aria-description=${[method.answers, wanted].filter(Boolean).join(" ")}
			@click=${() => this.switch(method.id)}
		>
			<span class="tick">${isChosen ? icons.check : nothing}</span>
			<span
				><span class="title">${method.title}</span><span class="answers">${method.answers}</span>${wanted ? html`<span class="answers wanted">${wanted}</span>` : nothing}</span
			>
		</button>`;
	}

	private toggle(): void {
		this.open = !this.open;
		this.sought = "";
		if (!this.open) return;
		this.dispatchEvent(new CustomEvent("methods-listed"));
		void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>("input.search")?.focus());
	}

	/** The order of the registry is kept, so that the cards do not jump about. */
	private switch(id: string): void {
		const ids = new Set(this.chosen.map((method) => method.id));
		if (!ids.delete(id)) ids.add(id);
		this.choose(
			this.methods
				.filter((method) => ids.has(method.id))
				.map((method) => this.chosen.find((known) => known.id === method.id) ?? { id: method.id, parameters: {} }),
		);
	}

	private choose(methods: readonly ChosenMethod[]): void {
		this.dispatchEvent(new CustomEvent("methods-chosen", { detail: methods }));
	}

	private onKey(event: KeyboardEvent): void {
		const isTyping = event.target instanceof HTMLInputElement;
		if (isTyping && ["Home", "End"].includes(event.key)) return;
		if (isTyping && event.key === "Enter") {
			const [first] = search(this.methods, this.sought);
			if (this.sought && first) this.switch(first.id);
			return;
		}
		if (menuKey(event) !== "close") return;
		this.open = false;
		this.opener.focus();
	}

	private onFocusOut(event: FocusEvent): void {
		const menu = event.currentTarget as HTMLElement;
		if (event.relatedTarget === null || !menu.contains(event.relatedTarget as Node)) this.open = false;
	}
}

declare global {
	interface HTMLElementTagNameMap {
		"lamina-method-chooser": MethodChooser;
	}
}
