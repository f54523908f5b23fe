import { css } from "lit";

/** A list of actions that opens below its button, in the editor's menu colours. */
export const menuStyles = css`
	.menu {
		position: absolute;
		z-index: 20;
		top: 100%;
		inset-inline-start: 0;
		min-width: 220px;
		max-width: min(420px, 90vw);
		padding: 4px;
		color: var(--vscode-menu-foreground);
		background: var(--vscode-menu-background);
		border: 1px solid var(--vscode-menu-border, var(--line));
		border-radius: 5px;
		box-shadow: 0 2px 8px var(--vscode-widget-shadow);
	}
	.menu button {
		font: inherit;
		color: inherit;
		background: none;
		border: none;
		width: 100%;
		display: flex;
		align-items: center;
		gap: 8px;
		min-height: 24px;
		padding: 2px 10px;
		border-radius: var(--radius);
		text-align: start;
		cursor: pointer;
	}
	.menu button:hover,
	.menu button:focus {
		outline: none;
		color: var(--vscode-menu-selectionForeground);
		background: var(--vscode-menu-selectionBackground);
	}
	.menu button:focus-visible {
		outline: 1px solid var(--vscode-menu-selectionBorder, var(--vscode-contrastActiveBorder, transparent));
		outline-offset: -1px;
	}
	.menu .files {
		max-height: min(50vh, 420px);
		overflow-y: auto;
	}
	.menu .separator {
		height: 1px;
		margin: 4px 0;
		background: var(--vscode-menu-separatorBackground, var(--line));
	}
	.menu .hint {
		padding: 6px 10px 4px;
		font-size: var(--small);
		color: var(--muted);
	}
`;

/** Moves the focus among the items of a menu; tells when the menu is to close. */
export function menuKey(event: KeyboardEvent): "close" | undefined {
	const menu = event.currentTarget as HTMLElement;
	const items = [...menu.querySelectorAll<HTMLElement>('[role^="menuitem"]')];
	const at = items.indexOf(event.target as HTMLElement);
	const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
	if (next !== undefined) {
		event.preventDefault();
		items[(next + items.length) % items.length]?.focus();
	}
	if (event.key !== "Escape" && event.key !== "Tab") return undefined;
	event.preventDefault();
	event.stopPropagation();
	return "close";
}
