import { css, html, LitElement, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { LayerSummary } from "../../src/shared/model";
import { errorOf } from "../../src/shared/rpc";
import { errorStyles, renderError } from "../pages/error-note";
import { baseName, formatShapes, plural } from "../state/format";
import type { Inspector } from "../state/inspector";
import { shownTab, tabsOf } from "../state/reducer";
import { currentLayer, isComputable, type Tab } from "../state/view-state";
import { Watch } from "../state/watch";
import { base, controls } from "../styles/base";
import { icons } from "../styles/icons";
import "../explain/explain-tab";
import "./activations-tab";
import "./filters-tab";
import "./statistics-tab";

const TITLES: Record<Tab, string> = {
	filters: "Filters",
	activations: "Activations",
	statistics: "Statistics",
	explain: "Explain",
};

/** The chosen layer: what it is, and its tabs. */
@customElement("lamina-layer-view")
export class LayerView extends LitElement {
	static override styles = [
		base,
		controls,
		errorStyles,
		css`
			:host {
				display: flex;
				flex-direction: column;
				min-width: 0;
				min-height: 0;
			}
			.head {
				display: flex;
				flex-wrap: wrap;
				align-items: center;
				gap: 2px 10px;
				padding: 6px 12px 2px;
			}
			h2 {
				font-size: 1.1em;
			}
			.facts {
				flex: 1 1 20ch;
				color: var(--muted);
			}
			.tabs {
				display: flex;
				flex: none;
				gap: 16px;
				padding: 0 12px;
				border-bottom: 1px solid var(--line);
				overflow-x: auto;
			}
			.tabs button {
				font: inherit;
				color: var(--vscode-panelTitle-inactiveForeground, var(--muted));
				background: none;
				border: none;
				border-bottom: 2px solid transparent;
				padding: 5px 2px 4px;
				cursor: pointer;
			}
			.tabs button:hover {
				color: var(--vscode-panelTitle-activeForeground);
			}
			.tabs button[aria-selected="true"] {
				color: var(--vscode-panelTitle-activeForeground);
				border-bottom-color: var(--vscode-panelTitle-activeBorder);
			}
			.tabs button:focus-visible {
				outline-offset: -2px;
			}
			.panel {
				flex: 1 1 0;
				min-height: 0;
				overflow: auto;
				padding: 0 12px 12px;
				/* Measured by the tabs: they fold where the panel, not the page, is narrow. */
				container-type: inline-size;
			}
			@media (max-width: 640px), (max-height: 420px) {
				.panel {
					flex: 1 0 auto;
					overflow: visible;
				}
			}
		`,
	];

	@property({ attribute: false }) inspector!: Inspector;

	protected readonly watch = new Watch(
		this,
		() => this.inspector,
		({ opened, chosen, lines }) => [opened, chosen.layer, chosen.tab, lines],
	);

	override render() {
		const { state } = this.inspector;
		const layer = currentLayer(state);
		if (!layer) return nothing;
		const tab = shownTab(layer, state.chosen.tab);
		return html`${this.renderHead(layer)}
			<div class="tabs" role="tablist" aria-label=${`Views of ${layer.name}`} @keydown=${this.onKey}>
				${tabsOf(layer).map(
					(id) => html`<button
						role="tab"
						id=${`tab-${id}`}
						aria-controls="panel"
						aria-selected=${id === tab}
						tabindex=${id === tab ? 0 : -1}
						@click=${() => this.inspector.choose({ tab: id })}
					>
						${TITLES[id]}
					</button>`,
				)}
			</div>
			<div class="panel" role="tabpanel" id="panel" aria-labelledby=${`tab-${tab}`}>${this.renderTab(layer, tab)}</div>`;
	}

	private renderHead(layer: LayerSummary) {
		const config = Object.entries(layer.config).map(([name, value]) => `${name.replaceAll("_", " ")} ${value}`);
		const takes = layer.inputs.length > 1 ? [`takes ${layer.inputs.join(" and ")}`] : [];
		const facts = [layer.type, ...config, ...takes];
		const shape = formatShapes(layer.shapes);
		const link = this.inspector.state.lines[layer.name];
		return html`<div class="head">
			<h2 class="ellipsis" title=${layer.where}>${layer.name}</h2>
			<span class="facts number ellipsis" title=${facts.join("\n")}>${facts.join(" · ")}</span>
			<span class="number ellipsis">${shape ? html`<span class="muted">→</span> ${shape}` : nothing}</span>
			<span class="muted number">${layer.parameters > 0 ? plural(layer.parameters, "parameter") : nothing}</span>
			${
				link
					? html`<button
							class="plain"
							title=${`${link.file}:${link.line + 1}`}
							@click=${() => this.goToLine(layer.name)}
						>
							${icons.goToLine}<span>Go to line</span><span class="muted small">${baseName(link.file)}:${link.line + 1}</span>
						</button>`
					: nothing
			}
		</div>`;
	}

	private renderTab(layer: LayerSummary, tab: Tab) {
		const { inspector } = this;
		if (tab === "filters") return html`<lamina-filters-tab .inspector=${inspector}></lamina-filters-tab>`;
		if (tab === "statistics") return html`<lamina-statistics-tab .inspector=${inspector}></lamina-statistics-tab>`;
		if (tab === "explain") return html`<lamina-explain-tab .inspector=${inspector}></lamina-explain-tab>`;
		if (layer.unsupported) return renderError({ ...layer.unsupported, where: layer.unsupported.where ?? layer.where });
		if (!isComputable(layer)) return this.renderBlocked(layer);
		return html`<lamina-activations-tab .inspector=${inspector}></lamina-activations-tab>`;
	}

	private renderBlocked(layer: LayerSummary) {
		const cause = layer.blockedBy as string;
		return html`<div class="sentence">
			<p>${layer.name} cannot be computed, because it depends on ${cause}. Its weights and statistics can be seen.</p>
			<button class="plain" @click=${() => this.inspector.choose({ layer: cause })}>Show ${cause}</button>
		</div>`;
	}

	private goToLine(layer: string): void {
		this.inspector.api.goToSource(layer).catch((thrown) => this.inspector.report(errorOf(thrown)));
	}

	private onKey(event: KeyboardEvent): void {
		const layer = currentLayer(this.inspector.state);
		if (!layer) return;
		const tabs = tabsOf(layer);
		const at = tabs.indexOf(shownTab(layer, this.inspector.state.chosen.tab));
		const next = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
		if (next === undefined) return;
		event.preventDefault();
		const tab = tabs[(next + tabs.length) % tabs.length]!;
		this.inspector.choose({ tab });
		void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>(`#tab-${tab}`)?.focus());
	}

	/** Moves the focus from the spine into the chosen tab. */
	focusTab(): void {
		this.renderRoot.querySelector<HTMLElement>('[role="tab"][aria-selected="true"]')?.focus();
	}
}

declare global {
	interface HTMLElementTagNameMap {
		"lamina-layer-view": LayerView;
	}
}
