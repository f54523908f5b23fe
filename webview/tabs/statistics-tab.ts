import { css, html, LitElement, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { LayerStatistics, TensorStatistics } from "../../src/shared/model";
import { errorStyles, renderError } from "../pages/error-note";
import { formatCount, formatNumber, formatPercent, plural } from "../state/format";
import type { Inspector } from "../state/inspector";
import { Resource } from "../state/resource";
import { currentLayer, isComputable, loadedInput } from "../state/view-state";
import { Watch } from "../state/watch";
import { base, controls, skeletons } from "../styles/base";
import { icons } from "../styles/icons";
import "../charts/histogram";

const COLUMNS: readonly {
	title: string;
	help?: string;
	of(statistics: TensorStatistics): string;
	isBad?(s: TensorStatistics): boolean;
}[] = [
	{ title: "values", of: ({ count }) => formatCount(count) },
	{ title: "mean", of: ({ mean }) => formatNumber(mean) },
	{ title: "std", help: "Standard deviation", of: ({ std }) => formatNumber(std) },
	{ title: "min", of: ({ min }) => formatNumber(min) },
	{ title: "max", of: ({ max }) => formatNumber(max) },
	{ title: "norm", help: "Euclidean norm", of: ({ norm }) => formatNumber(norm) },
	{ title: "sparsity", help: "Share of exact zeros", of: ({ sparsity }) => formatPercent(sparsity) },
	{ title: "NaN", of: ({ nan }) => formatCount(nan), isBad: ({ nan }) => nan > 0 },
	{ title: "infinite", of: ({ infinite }) => formatCount(infinite), isBad: ({ infinite }) => infinite > 0 },
];

/** Numbers of a layer's weights, and of its output for the current input. */
@customElement("lamina-statistics-tab")
export class StatisticsTab extends LitElement {
	static override styles = [
		base,
		controls,
		skeletons,
		errorStyles,
		css`
			:host {
				display: block;
			}
			.health {
				padding: 10px 0;
			}
			.tables {
				overflow-x: auto;
			}
			table {
				border-collapse: collapse;
				font-variant-numeric: tabular-nums;
			}
			th,
			td {
				padding: 3px 12px 3px 0;
				text-align: end;
				white-space: nowrap;
				border-bottom: 1px solid var(--line);
			}
			thead th {
				font-weight: normal;
				color: var(--muted);
			}
			th:first-child {
				text-align: start;
				font-weight: 600;
			}
			.charts {
				display: grid;
				grid-template-columns: repeat(auto-fill, minmax(min(300px, 100%), 380px));
				gap: 12px 24px;
				padding-top: 16px;
			}
			h3 {
				padding-bottom: 4px;
			}
			.units {
				padding-top: 12px;
			}
			.units button.plain {
				margin: 2px 4px 2px 0;
				font-variant-numeric: tabular-nums;
				border-color: var(--line);
			}
			.stale {
				opacity: 0.6;
			}
		`,
	];

	@property({ attribute: false }) inspector!: Inspector;

	protected readonly watch = new Watch(
		this,
		() => this.inspector,
		(state) => [state.chosen.layer, state.revision, state.restricted, loadedInput(state)],
	);

	private readonly statistics = new Resource<LayerStatistics>(
		this,
		() => {
			const { state } = this.inspector;
			return JSON.stringify([state.revision, currentLayer(state)?.name, this.input]);
		},
		(key) => {
			const layer = currentLayer(this.inspector.state)?.name ?? "";
			return this.inspector.answers.get(`statistics ${key}`, () => this.inspector.api.statistics(layer, this.input));
		},
	);

	/** Only layers that can be computed have statistics of their output. */
	private get input(): string | undefined {
		const { state } = this.inspector;
		const layer = currentLayer(state);
		return layer && isComputable(layer) && !state.restricted ? loadedInput(state)?.id : undefined;
	}

	override render() {
		const { value, error, stale } = this.statistics;
		if (error) return renderError(error, () => this.statistics.retry());
		const layer = currentLayer(this.inspector.state);
		if (!value || !layer)
			return html`<div aria-busy="true" style="padding-top:12px">
				<div class="skeleton" style="height:80px;max-width:700px"></div>
				<div class="skeleton" style="height:160px;max-width:380px;margin-top:16px"></div>
			</div>`;
		const rows = [
			...value.weights.map(({ name, statistics }) => ({
				name: shortName(name, layer.name),
				of: "weights",
				statistics,
				weight: name,
			})),
			...(value.activation
				? [{ name: "output on this input", of: "activations", statistics: value.activation, weight: undefined }]
				: []),
		];
		return html`<div class=${stale ? "stale" : ""}>
			${this.renderHealth(value)} ${layer.unsupported ? renderError(layer.unsupported) : nothing}
			${rows.length === 0 ? html`<p class="muted">This layer has no weights${value.activation ? "" : "; choose an input to see the numbers of its output"}.</p>` : this.renderTable(rows)}
			<div class="charts">
				${rows.map(
					({ name, of, statistics }) => html`<section>
						<h3>${name}</h3>
						<lamina-histogram .histogram=${statistics.histogram} of=${of}></lamina-histogram>
					</section>`,
				)}
			</div>
			${this.renderUnits("Dead for any input", "Weights and bias can never let them become active.", value.deadUnits)}
			${this.renderUnits("Inactive on this input", "0 everywhere; another input may wake them.", value.inactiveUnits)}
		</div>`;
	}

	private renderHealth({ health, layer }: LayerStatistics) {
		const severity = { healthy: "", warning: "warn", broken: "bad" }[health.state];
		const icon = { healthy: icons.check, warning: icons.warning, broken: icons.error }[health.state];
		const text = health.state === "healthy" ? "Nothing wrong with its numbers." : health.reason;
		return html`<div class="health row" aria-label=${`Health of ${layer}`}>
			<span class=${severity}>${icon}</span><span>${text}</span>
		</div>`;
	}

	private renderTable(rows: readonly { name: string; statistics: TensorStatistics; weight: string | undefined }[]) {
		const layer = currentLayer(this.inspector.state);
		const shapeOf = (weight: string | undefined) => layer?.weights.find(({ name }) => name === weight)?.shape.join("×");
		return html`<div class="tables">
			<table aria-label="Statistics">
				<thead>
					<tr>
						<th scope="col"></th>
						<th scope="col">shape</th>
						${COLUMNS.map(({ title, help }) => html`<th scope="col" title=${help ?? title}>${title}</th>`)}
					</tr>
				</thead>
				<tbody>
					${rows.map(
						({ name, statistics, weight }) => html`<tr>
							<th scope="row" title=${weight ?? nothing}>${name}</th>
							<td>${shapeOf(weight) ?? ""}</td>
							${COLUMNS.map(({ of, isBad }) => html`<td class=${isBad?.(statistics) ? "bad" : ""}>${of(statistics)}</td>`)}
						</tr>`,
					)}
				</tbody>
			</table>
		</div>`;
	}

	private renderUnits(title: string, help: string, units: readonly number[]) {
		if (units.length === 0) return nothing;
		const shown = units.slice(0, 200);
		return html`<section class="units">
			<h3>${title}: ${plural(units.length, "unit")}</h3>
			<p class="muted small">${help}</p>
			${shown.map(
				(unit) =>
					html`<button class="plain" aria-label=${`Show unit ${unit}`} @click=${() => this.show(unit)}>${unit}</button>`,
			)}
			${units.length > shown.length ? html`<span class="muted">and ${formatCount(units.length - shown.length)} more</span>` : nothing}
		</section>`;
	}

	private show(unit: number): void {
		const layer = currentLayer(this.inspector.state);
		if (layer) this.inspector.choose({ unit: this.inspector.unitAddress(layer.name, unit), tab: "activations" });
	}
}

/** The layer's name is in the heading already. */
const shortName = (weight: string, layer: string): string =>
	weight.startsWith(`${layer}/`) ? weight.slice(layer.length + 1) : weight;

declare global {
	interface HTMLElementTagNameMap {
		"lamina-statistics-tab": StatisticsTab;
	}
}
