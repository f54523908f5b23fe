import { css, html, nothing } from "lit";
import type { LaminaErrorData } from "../../src/shared/errors";
import { icons } from "../styles/icons";

/** A part that failed: what, where, what next; the rest of the page goes on. */
export function renderError(error: LaminaErrorData, retry?: () => void) {
	return html`<div class="error-note" role="alert">
		<div class="row"><span class="bad">${icons.error}</span><strong>${error.message}</strong></div>
		${error.where ? html`<pre class="where">${error.where}</pre>` : nothing}
		${error.hint ? html`<p class="muted">${error.hint}</p>` : nothing}
		${retry ? html`<button class="plain" @click=${retry}>${icons.retry} Retry</button>` : nothing}
	</div>`;
}

export const errorStyles = css`
	.error-note {
		display: flex;
		flex-direction: column;
		align-items: flex-start;
		gap: 6px;
		padding: 12px 0;
		max-width: 70ch;
	}
	.error-note strong {
		font-weight: 600;
	}
	.where {
		margin: 0;
		padding: 6px 8px;
		max-width: 100%;
		overflow-x: auto;
		font-family: var(--mono);
		font-size: 12px;
		background: var(--vscode-textCodeBlock-background);
		border: 1px solid var(--edge);
		border-radius: var(--radius);
	}
	.sentence {
		display: flex;
		flex-direction: column;
		align-items: flex-start;
		gap: 10px;
		padding: 16px 0;
		max-width: 60ch;
	}
`;
