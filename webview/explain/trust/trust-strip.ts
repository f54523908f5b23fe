import { css, html, LitElement, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { base } from "../../styles/base";
import type { TrustFact } from "./facts";

/** How far a map can be trusted, and how it was made. Each number explains itself when it is pointed at or focused. */
@customElement("lamina-trust-strip")
export class TrustStrip extends LitElement {
	static override styles = [
		base,
		css`
			:host {
				display: block;
			}
			.facts {
				display: flex;
				flex-wrap: wrap;
				gap: 2px 6px;
				margin-inline: -7px;
			}
			button {
				font: inherit;
				color: inherit;
				background: none;
				border: 1px solid var(--edge);
				border-radius: var(--radius);
				padding: 2px 7px;
				text-align: start;
				cursor: help;
			}
			button:hover,
			button:focus {
				background: var(--vscode-toolbar-hoverBackground);
			}
			.label {
				display: block;
				font-size: var(--small);
				color: var(--muted);
				white-space: nowrap;
			}
			.value {
				font-variant-numeric: tabular-nums;
			}
			.help {
				min-height: 2.8em;
				padding: 4px 0;
				font-size: var(--small);
				color: var(--muted);
				overflow-wrap: anywhere;
			}
		`,
	];

	@property({ attribute: false }) facts: readonly TrustFact[] = [];
	@state() private told: string | undefined;

	override render() {
		const told = this.facts.find(({ id }) => id === this.told);
		return html`<div class="facts" role="group" aria-label="Trust">
				${this.facts.map(
					(fact) => html`<button
						aria-description=${fact.help}
						@pointerenter=${() => this.tell(fact.id)}
						@pointerleave=${() => this.tell(undefined)}
						@focus=${() => this.tell(fact.id)}
						@blur=${() => this.tell(undefined)}
						@click=${() => this.tell(fact.id)}
					>
						<span class="label">${fact.label}</span>
						<span class=${fact.isBad ? "value bad" : "value"}>${fact.isBad ? html`<span aria-label="bad">▲ </span>` : nothing}${fact.value}</span>
					</button>`,
				)}
			</div>
			<div class="help">${told?.help ?? "Point at a number for what it means."}</div>`;
	}

	private tell(id: string | undefined): void {
		this.told = id;
	}
}

declare global {
	interface HTMLElementTagNameMap {
		"lamina-trust-strip": TrustStrip;
	}
}
