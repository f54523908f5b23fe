import { css, html, LitElement, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { Inspector } from "../state/inspector";
import { Watch } from "../state/watch";
import { base, controls } from "../styles/base";
import { icons } from "../styles/icons";

/** What the person should know, above the page: a lost process, restricted mode, notices about the file. */
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
			ul {
				flex: 1 1 100%;
				padding-inline-start: 24px;
				list-style: disc;
			}
		`,
	];

	@property({ attribute: false }) inspector!: Inspector;
	@state() private open = false;
	@state() private dismissed = false;

	protected readonly watch = new Watch(
		this,
		() => this.inspector,
		({ lost, restricted, opened }) => [lost, restricted, opened],
	);

	override render() {
		const { lost, restricted, opened } = this.inspector.state;
		const notices = opened?.summary.notices ?? [];
		return html`${
			lost
				? html`<div class="banner lost" role="alert">
						<span class="bad">${icons.error}</span>
						<p>${lost.message} ${lost.hint ?? ""} <span class="muted">What is shown stays.</span></p>
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
		}
		${notices.length > 0 && !this.dismissed ? this.renderNotices(notices) : nothing}`;
	}

	private renderNotices(notices: readonly string[]) {
		const [first, ...others] = notices;
		return html`<div class="banner" role="note" aria-label="About this file">
			${icons.info}
			<p>${first}</p>
			${
				others.length > 0
					? html`<button
							class="plain"
							aria-expanded=${this.open}
							@click=${() => {
								this.open = !this.open;
							}}
						>
							${this.open ? "Show fewer" : `and ${others.length} more`}
						</button>`
					: nothing
			}
			<button
				class="plain icon"
				aria-label="Dismiss"
				title="Dismiss"
				@click=${() => {
					this.dismissed = true;
				}}
			>
				${icons.close}
			</button>
			${this.open ? html`<ul>${others.map((notice) => html`<li>${notice}</li>`)}</ul>` : nothing}
		</div>`;
	}
}

declare global {
	interface HTMLElementTagNameMap {
		"lamina-notices": Notices;
	}
}
