import { css, html, LitElement, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { Inspector } from "../state/inspector";
import { Watch } from "../state/watch";
import { base, controls } from "../styles/base";
import { icons } from "../styles/icons";

/** What the person should know, above the page: a lost process, restricted mode. */
@customElement("lamina-notices")
export class Notices extends LitElement {
	static override styles = [
		base,
		controls,
		css`
			:host {
				display: block;
			}
			.banner {
				display: flex;
				align-items: center;
				flex-wrap: wrap;
				gap: 4px 10px;
				padding: 4px 12px;
				border-bottom: 1px solid var(--line);
			}
			.banner.lost {
				background: var(--vscode-inputValidation-errorBackground);
				border-bottom-color: var(--vscode-inputValidation-errorBorder);
			}
			.banner p {
				flex: 1 1 20ch;
			}
		`,
	];

	@property({ attribute: false }) inspector!: Inspector;

	protected readonly watch = new Watch(
		this,
		() => this.inspector,
		({ lost, restricted }) => [lost, restricted],
	);

	override render() {
		const { lost, restricted } = this.inspector.state;
		return html`${
			lost
				? html`<div class="banner lost" role="alert">
						<span class="bad">${icons.error}</span>
						<p>${lost.message} ${lost.hint ?? "What is shown stays."}</p>
						<vscode-button @click=${() => this.inspector.restart()}>Restart</vscode-button>
					</div>`
				: nothing
		}
		${
			restricted
				? html`<div class="banner">
						${icons.info}
						<p>Restricted Mode: layers, filters and statistics are shown. Predictions, activations and explanations wait until you trust this workspace.</p>
					</div>`
				: nothing
		}`;
	}
}

declare global {
	interface HTMLElementTagNameMap {
		"lamina-notices": Notices;
	}
}
