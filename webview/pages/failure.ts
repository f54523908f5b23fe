import { css, html, LitElement, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { ErrorCode } from "../../src/shared/errors";
import { errorOf } from "../../src/shared/rpc";
import type { Inspector } from "../state/inspector";
import { base, controls } from "../styles/base";
import { icons } from "../styles/icons";

const HEADLINES: Record<ErrorCode, string> = {
	unreadable: "This file cannot be read",
	unsupported: "This model cannot be opened yet",
	usage: "This file cannot be opened",
	invalid: "This file cannot be opened",
	failed: "Something went wrong while opening this file",
	cancelled: "Opening was cancelled",
};

/** The page of a file that cannot be shown: what was found, where, and what to do. */
@customElement("lamina-failure")
export class Failure extends LitElement {
	static override styles = [
		base,
		controls,
		css`
			:host {
				display: block;
				padding: 32px 24px;
				overflow: auto;
				height: 100%;
			}
			main {
				max-width: 72ch;
				display: flex;
				flex-direction: column;
				gap: 12px;
			}
			h1 {
				display: flex;
				gap: 10px;
				align-items: center;
				font-size: 1.4em;
			}
			p {
				line-height: 1.5;
				overflow-wrap: anywhere;
			}
			.label {
				color: var(--muted);
				font-size: var(--small);
			}
			pre {
				margin: 2px 0 0;
				padding: 8px 10px;
				font-family: var(--mono);
				white-space: pre-wrap;
				overflow-wrap: anywhere;
				background: var(--vscode-textCodeBlock-background);
				border: 1px solid var(--edge);
				border-radius: var(--radius);
			}
			.buttons {
				display: flex;
				flex-wrap: wrap;
				gap: 8px;
				padding-top: 4px;
			}
		`,
	];

	@property({ attribute: false }) inspector!: Inspector;

	override render() {
		const error = this.inspector.state.failure;
		if (!error) return nothing;
		return html`<main role="alert">
			<h1><span class="bad">${icons.error}</span>${HEADLINES[error.code]}</h1>
			<p>${error.message}</p>
			${
				error.where
					? html`<div>
							<div class="label">Where</div>
							<pre>${error.where}</pre>
						</div>`
					: nothing
			}
			${
				error.hint
					? html`<div>
							<div class="label">What to do</div>
							<p>${error.hint}</p>
						</div>`
					: nothing
			}
			<div class="buttons">
				<vscode-button @click=${() => this.inspector.start()}>Try again</vscode-button>
				<vscode-button appearance="secondary" @click=${this.copy}>Copy this message</vscode-button>
			</div>
		</main>`;
	}

	private copy(): void {
		const error = this.inspector.state.failure;
		const text = [error?.message, error?.where, error?.hint].filter(Boolean).join("\n");
		this.inspector.api.copyText(text).then(
			() => this.inspector.announce("Copied."),
			(thrown) => this.inspector.report(errorOf(thrown)),
		);
	}
}

declare global {
	interface HTMLElementTagNameMap {
		"lamina-failure": Failure;
	}
}
