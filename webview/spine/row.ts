import { css, html, nothing } from "lit";
import { classMap } from "lit/directives/class-map.js";
import type { LayerStatistics } from "../../src/shared/model";
import type { LayerPreview } from "../../src/shared/protocol";
import { squareUp } from "../pictures/painting";
import { formatCountShort, formatShapes, plural } from "../state/format";
import { icons } from "../styles/icons";
import { badgesOf } from "./badges";
import type { SpineRow } from "./rows";
import "../pictures/map";

/** CSS pixels. */
export const ROW_HEIGHT = 40;
const INDENT = 14;

export interface RowView {
	id: string;
	/** 1 the first */
	place: number;
	count: number;
	isSelected: boolean;
	preview: LayerPreview | undefined;
	awaitsPreview: boolean;
	health: LayerStatistics["health"] | undefined;
	choose(): void;
	fold(): void;
}

/** One layer: preview, name, type, shape, parameters, badges. */
export function renderRow(row: SpineRow, view: RowView) {
	const { layer } = row;
	const badges = badgesOf(layer, view.health);
	const shape = formatShapes(layer.shapes);
	const name = [
		layer.name,
		layer.type,
		shape || "shape unknown",
		plural(layer.parameters, "parameter"),
		...badges.map((badge) => badge.text),
	].join(", ");
	return html`<div
		id=${view.id}
		class=${classMap({ layer: true, selected: view.isSelected, branch: row.isBranch, dim: !!layer.blockedBy })}
		role="treeitem"
		aria-selected=${view.isSelected}
		aria-level=${layer.depth + 1}
		aria-posinset=${view.place}
		aria-setsize=${view.count}
		aria-expanded=${row.isModel ? !row.isFolded : nothing}
		aria-label=${name}
		title=${row.isBranch ? `${layer.name} takes ${layer.inputs.join(", ")}` : layer.name}
		style="padding-inline-start:${8 + layer.depth * INDENT}px"
		@click=${view.choose}
	>
		${renderThumb(view)}
		<div class="text">
			<div class="line">
				${
					row.isModel
						? html`<span
								class=${classMap({ twistie: true, folded: row.isFolded })}
								@click=${(event: Event) => {
									event.stopPropagation();
									view.fold();
								}}
								>${icons.chevronDown}</span
							>`
						: nothing
				}
				<span class="name ellipsis">${row.shortName}</span>
				${badges.map((badge) => html`<span class="badge ${badge.severity}" title=${badge.title}>${badge.text}</span>`)}
			</div>
			<div class="line facts number">
				<span class="type ellipsis">${layer.type}</span>
				<span class="shape ellipsis">${shape}</span>
				<span class="parameters">${layer.parameters > 0 ? formatCountShort(layer.parameters) : nothing}</span>
			</div>
		</div>
	</div>`;
}

function renderThumb({ preview, awaitsPreview }: RowView) {
	if (!preview) return html`<div class=${classMap({ thumb: true, waits: awaitsPreview })}></div>`;
	const isVector = preview.height === 1;
	const map = isVector
		? squareUp(preview.data)
		: { width: preview.width, height: preview.height, values: preview.data };
	return html`<div class="thumb">
		<lamina-map .map=${map} .range=${{ low: preview.min, high: preview.max }} colours="viridis"></lamina-map>
	</div>`;
}

export const rowStyles = css`
	.layer {
		width: 100%;
		height: ${ROW_HEIGHT}px;
		display: flex;
		align-items: center;
		gap: 8px;
		padding-inline-end: 8px;
		cursor: pointer;
		border: 1px solid transparent;
		overflow: hidden;
	}
	.layer:hover {
		background: var(--vscode-list-hoverBackground);
	}
	.layer.selected {
		background: var(--vscode-list-inactiveSelectionBackground);
		color: var(--vscode-list-inactiveSelectionForeground, inherit);
		border-color: var(--vscode-contrastActiveBorder, transparent);
	}
	.tree:focus .layer.selected {
		background: var(--vscode-list-activeSelectionBackground);
		color: var(--vscode-list-activeSelectionForeground);
	}
	.layer.selected .facts {
		color: inherit;
	}
	.tree:focus-visible .layer.selected {
		border-color: var(--vscode-list-focusOutline, var(--vscode-focusBorder));
	}
	.layer.dim .name {
		color: var(--vscode-disabledForeground);
	}
	.thumb {
		width: 30px;
		height: 30px;
		flex: none;
		border: 1px solid var(--line);
		border-radius: 1px;
		overflow: hidden;
	}
	.thumb lamina-map {
		width: 100%;
		height: 100%;
	}
	.thumb.waits {
		background: var(--vscode-toolbar-hoverBackground);
	}
	.layer.branch .thumb {
		border-inline-start: 2px solid var(--vscode-charts-blue, var(--vscode-focusBorder));
	}
	.text {
		flex: 1 1 0;
		min-width: 0;
		line-height: 1.3;
	}
	.line {
		display: flex;
		align-items: center;
		gap: 6px;
		min-width: 0;
	}
	.facts {
		font-size: var(--small);
		color: var(--muted);
	}
	/* Where there is little room the type gives way first. */
	.facts .type {
		flex: 0 10 auto;
	}
	.facts .parameters {
		flex: none;
		margin-inline-start: auto;
	}
	.name {
		flex: 1 1 auto;
	}
	.twistie {
		margin: -2px -4px -2px -2px;
	}
	.twistie.folded {
		transform: rotate(-90deg);
	}
	.badge {
		flex: none;
		font-size: 10px;
		line-height: 14px;
		padding: 0 4px;
		border: 1px solid currentColor;
		border-radius: 7px;
	}
	.badge.error {
		color: var(--vscode-editorError-foreground, var(--vscode-errorForeground));
	}
	.badge.warning {
		color: var(--vscode-editorWarning-foreground);
	}
	.badge.info {
		color: var(--muted);
	}
`;
