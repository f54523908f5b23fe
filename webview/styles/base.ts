import { css } from "lit";

/**
 * What every element of the page shares. Only the editor's own colours: shades where the theme has them, and
 * `contrastBorder`, which only high-contrast themes define, where they do not.
 */
export const base = css`
	:host {
		--line: var(--vscode-contrastBorder, var(--vscode-widget-border, var(--vscode-panel-border, transparent)));
		--edge: var(--vscode-contrastBorder, transparent);
		--muted: var(--vscode-descriptionForeground);
		--surface: var(--vscode-editorWidget-background);
		--mono: var(--vscode-editor-font-family, monospace);
		--small: 0.85em;
		--radius: 3px;
		box-sizing: border-box;
	}
	:host([hidden]) {
		display: none !important;
	}
	*,
	*::before,
	*::after {
		box-sizing: border-box;
	}
	h1,
	h2,
	h3,
	p,
	dl,
	dd,
	ul,
	figure {
		margin: 0;
		padding: 0;
	}
	h1,
	h2,
	h3 {
		font-size: 1em;
		font-weight: 600;
	}
	ul {
		list-style: none;
	}
	.muted {
		color: var(--muted);
	}
	.small {
		font-size: var(--small);
	}
	.number {
		font-variant-numeric: tabular-nums;
	}
	.mono {
		font-family: var(--mono);
	}
	.row {
		display: flex;
		align-items: center;
		gap: 6px;
		min-width: 0;
	}
	.wrap {
		flex-wrap: wrap;
	}
	.grow {
		flex: 1 1 0;
		min-width: 0;
	}
	.ellipsis {
		overflow: hidden;
		text-overflow: ellipsis;
		white-space: nowrap;
		min-width: 0;
	}
	.bad {
		color: var(--vscode-editorError-foreground, var(--vscode-errorForeground));
	}
	.warn {
		color: var(--vscode-editorWarning-foreground);
	}
	:focus-visible {
		outline: 1px solid var(--vscode-focusBorder);
		outline-offset: 1px;
	}
	.sr-only {
		position: absolute;
		width: 1px;
		height: 1px;
		overflow: hidden;
		clip-path: inset(50%);
		white-space: nowrap;
	}
	svg.icon {
		width: 16px;
		height: 16px;
		fill: currentColor;
		flex: none;
		display: block;
	}
	@media (prefers-reduced-motion: reduce) {
		*,
		*::before,
		*::after {
			animation: none !important;
			transition: none !important;
		}
	}
`;

/** Native controls in the editor's dress: selects, sliders, plain buttons, segmented choices. */
export const controls = css`
	select,
	input[type="text"],
	input[type="number"] {
		font: inherit;
		height: 24px;
		padding: 0 4px;
		color: var(--vscode-dropdown-foreground, var(--vscode-input-foreground));
		background: var(--vscode-dropdown-background, var(--vscode-input-background));
		border: 1px solid var(--vscode-dropdown-border, var(--vscode-input-border, transparent));
		border-radius: 2px;
		max-width: 100%;
		min-width: 0;
	}
	input[type="text"],
	input[type="number"] {
		color: var(--vscode-input-foreground);
		background: var(--vscode-input-background);
		border-color: var(--vscode-input-border, transparent);
	}
	input::placeholder {
		color: var(--vscode-input-placeholderForeground);
		opacity: 1;
	}
	select:focus-visible,
	input:focus-visible {
		outline: 1px solid var(--vscode-focusBorder);
		outline-offset: -1px;
	}
	input[aria-invalid="true"] {
		border-color: var(--vscode-inputValidation-errorBorder, var(--vscode-errorForeground));
	}
	input[type="range"] {
		accent-color: var(--vscode-progressBar-background, var(--vscode-button-background));
		height: 16px;
		width: 88px;
		margin: 0;
	}
	input[type="checkbox"] {
		accent-color: var(--vscode-button-background);
		width: 14px;
		height: 14px;
		margin: 0;
		flex: none;
	}
	.field {
		display: inline-flex;
		align-items: center;
		gap: 6px;
		color: var(--muted);
		white-space: nowrap;
		min-width: 0;
	}
	button.plain {
		font: inherit;
		color: inherit;
		background: none;
		border: 1px solid var(--edge);
		border-radius: var(--radius);
		padding: 2px 6px;
		min-height: 24px;
		display: inline-flex;
		align-items: center;
		gap: 4px;
		cursor: pointer;
		white-space: nowrap;
	}
	button.plain:hover:not(:disabled) {
		background: var(--vscode-toolbar-hoverBackground);
	}
	button.plain:disabled {
		color: var(--vscode-disabledForeground);
		cursor: default;
	}
	button.icon {
		padding: 3px;
		min-width: 24px;
		justify-content: center;
	}
	button.link {
		font: inherit;
		padding: 0;
		border: none;
		background: none;
		color: var(--vscode-textLink-foreground);
		cursor: pointer;
		text-align: start;
	}
	button.link:disabled {
		color: var(--vscode-disabledForeground);
		cursor: default;
	}
	button.link:hover:not(:disabled) {
		text-decoration: underline;
	}
	.segments {
		display: inline-flex;
		border: 1px solid var(--vscode-contrastBorder, var(--vscode-dropdown-border, var(--line)));
		border-radius: var(--radius);
		overflow: hidden;
	}
	.segments button {
		font: inherit;
		border: none;
		border-radius: 0;
		height: 22px;
		padding: 0 8px;
		color: inherit;
		background: transparent;
		cursor: pointer;
	}
	.segments button + button {
		border-inline-start: 1px solid var(--vscode-contrastBorder, var(--vscode-dropdown-border, var(--line)));
	}
	.segments button:hover {
		background: var(--vscode-toolbar-hoverBackground);
	}
	.segments button[aria-checked="true"] {
		background: var(--vscode-inputOption-activeBackground, var(--vscode-list-activeSelectionBackground));
		color: var(--vscode-inputOption-activeForeground, var(--vscode-foreground));
		box-shadow: inset 0 -2px 0 var(--vscode-inputOption-activeBorder, var(--vscode-focusBorder));
	}
	.segments button:focus-visible {
		outline-offset: -2px;
	}
	.toolbar {
		display: flex;
		flex-wrap: wrap;
		align-items: center;
		gap: 6px 14px;
		padding: 6px 0;
	}
`;

/** A thing that is being fetched: a still shade in its place, gently breathing where motion is welcome. */
export const skeletons = css`
	.skeleton {
		background: var(--vscode-toolbar-hoverBackground, var(--vscode-editorWidget-background));
		border: 1px solid var(--edge);
		border-radius: 2px;
		animation: breathe 1.6s ease-in-out infinite;
	}
	@keyframes breathe {
		50% {
			opacity: 0.45;
		}
	}
`;
