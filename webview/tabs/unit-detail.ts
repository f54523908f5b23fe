import { css, html } from "lit";

/** The grid on the left, the chosen unit on the right; below one another where it is narrow. */
export const detailStyles = css`
	:host {
		display: block;
	}
	.split {
		display: flex;
		align-items: flex-start;
		gap: 16px;
	}
	.split > :first-child {
		flex: 1 1 0;
		min-width: 0;
	}
	.detail {
		flex: 0 0 clamp(200px, 26%, 300px);
		position: sticky;
		top: 8px;
		display: flex;
		flex-direction: column;
		gap: 6px;
	}
	.large {
		width: 100%;
		border: 1px solid var(--line);
	}
	.skeleton.large {
		aspect-ratio: 1;
	}
	.readout {
		min-height: 1.4em;
	}
	dl.facts {
		display: grid;
		grid-template-columns: auto 1fr;
		gap: 1px 12px;
	}
	dl.facts dt {
		color: var(--muted);
	}
	dl.facts dd {
		text-align: end;
	}
	button.wide {
		justify-content: center;
		width: 100%;
		border-color: var(--vscode-contrastBorder, var(--vscode-button-border, transparent));
		background: var(--vscode-button-secondaryBackground);
		color: var(--vscode-button-secondaryForeground);
	}
	button.wide:hover:not(:disabled) {
		background: var(--vscode-button-secondaryHoverBackground);
	}
	.tiles {
		display: flex;
		flex-wrap: wrap;
		gap: 8px;
		padding: 46px 4px 4px;
	}
	@container (max-width: 560px) {
		.split {
			flex-direction: column-reverse;
			align-items: stretch;
		}
		.split > :first-child {
			flex: none;
			width: 100%;
		}
		.detail {
			position: static;
			flex: none;
			max-width: 320px;
		}
	}
`;

/** Places of tiles that are being fetched. */
export function renderSkeletonTiles(size = 56) {
	return html`<div class="tiles" aria-busy="true" aria-label="Loading">
		${Array.from({ length: 32 }, () => html`<div class="skeleton" style="width:${size}px;height:${size}px"></div>`)}
	</div>`;
}
