import { css, html, LitElement, nothing, type PropertyValues } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { LaminaErrorData } from "../../../src/shared/errors";
import type { MetricDescription, MetricScore } from "../../../src/shared/metrics";
import type { ExplainRequest } from "../../../src/shared/protocol";
import { errorOf } from "../../../src/shared/rpc";
import { formatMilliseconds, formatNumber } from "../../state/format";
import type { Inspector } from "../../state/inspector";
import { newJob } from "../../state/jobs";
import { base, controls } from "../../styles/base";
import "../../charts/curve";

type Measured =
	| { state: "running"; progress: number }
	| { state: "failed"; error: LaminaErrorData }
	| { state: "done"; score: MetricScore };

/** Metrics of one map: each is measured when it is asked for, tells its number, and opens its plot. */
@customElement("lamina-metrics-view")
export class MetricsView extends LitElement {
	static override styles = [
		base,
		controls,
		css`
			:host {
				display: block;
			}
			table {
				width: 100%;
				border-collapse: collapse;
			}
			td,
			th {
				padding: 2px 8px 2px 0;
				text-align: start;
				font-weight: normal;
				vertical-align: baseline;
			}
			th[scope="row"] button {
				margin-inline-start: -6px;
				white-space: normal;
				text-align: start;
			}
			@container (max-width: 460px) {
				.better {
					display: none;
				}
			}
			td.value {
				padding-inline-end: 0;
				text-align: end;
			}
			td.details {
				text-align: start;
			}
			tr.family th {
				padding-top: 8px;
				font-size: var(--small);
				color: var(--muted);
				text-transform: capitalize;
			}
			.better {
				white-space: nowrap;
				font-size: var(--small);
				color: var(--muted);
			}
			.help,
			td .bad {
				white-space: normal;
				overflow-wrap: anywhere;
			}
			.help {
				font-size: var(--small);
				color: var(--muted);
				padding-bottom: 6px;
			}
			button.plain {
				min-height: 20px;
				padding: 0 6px;
			}
		`,
	];

	@property({ attribute: false }) inspector!: Inspector;
	@property() input = "";
	@property({ attribute: false }) request!: ExplainRequest;
	@state() private metrics: readonly MetricDescription[] = [];
	@state() private measured: ReadonlyMap<string, Measured> = new Map();
	@state() private opened: string | undefined;
	private job: string | undefined;

	override connectedCallback(): void {
		super.connectedCallback();
		void this.inspector.api.metrics().then(
			(metrics) => {
				// What needs a mask of the truth is for the command line, where one can be named.
				this.metrics = metrics.filter(({ needs }) => !needs.mask);
			},
			(thrown) => this.inspector.report(errorOf(thrown)),
		);
	}

	override disconnectedCallback(): void {
		super.disconnectedCallback();
		this.cancel();
	}

	protected override willUpdate(changed: PropertyValues<this>): void {
		if (!changed.has("request") || changed.get("request") === undefined) return;
		if (JSON.stringify(changed.get("request")) === JSON.stringify(this.request)) return;
		this.cancel();
		this.measured = new Map();
	}

	override render() {
		const families = [...new Set(this.metrics.map(({ family }) => family))];
		if (families.length === 0) return html`<p class="muted small">Loading the metrics…</p>`;
		return html`<table>
			${families.map(
				(family) => html`<tr class="family"><th colspan="3">${family}</th></tr>
					${this.metrics.filter((metric) => metric.family === family).map((metric) => this.renderMetric(metric))}`,
			)}
		</table>`;
	}

	private renderMetric(metric: MetricDescription) {
		const measured = this.measured.get(metric.id);
		const better = { higher: "higher is better", lower: "lower is better", neither: "" }[metric.better];
		const isOpen = this.opened === metric.id;
		return html`<tr>
				<th scope="row">
					<button class="plain" aria-expanded=${isOpen} title=${[metric.answers, better].filter(Boolean).join(" ")} @click=${() => this.toggle(metric.id)}>${metric.title}</button>
				</th>
				<td class="better">${better}</td>
				<td class="number value">${this.renderValue(metric, measured)}</td>
			</tr>
			${isOpen ? html`<tr><td class="details" colspan="3">${this.renderDetails(metric, measured)}</td></tr>` : nothing}`;
	}

	private renderValue(metric: MetricDescription, measured: Measured | undefined) {
		switch (measured?.state) {
			case "running":
				return html`<span role="status">measuring…</span>
					<button class="plain" aria-label=${`Cancel ${metric.title}`} @click=${this.cancel}>Cancel</button>`;
			case "failed":
				return html`<span class="bad" title=${measured.error.hint ?? ""}>${measured.error.message}</span>`;
			case "done": {
				const { score } = measured.score;
				return html`<strong title=${`took ${formatMilliseconds(measured.score.milliseconds)}`}
					>${Number.isNaN(score) ? "not defined" : formatNumber(score)}</strong
				>`;
			}
			default:
				return html`<button class="plain" aria-label=${`Measure ${metric.title}`} ?disabled=${this.job !== undefined} @click=${() => this.measure(metric.id)}>
					Measure
				</button>`;
		}
	}

	private renderDetails(metric: MetricDescription, measured: Measured | undefined) {
		const score = measured?.state === "done" ? measured.score : undefined;
		return html`<div class="help">${metric.answers} ${metric.paper}.</div>
			${score?.curve ? html`<lamina-curve .curve=${score.curve} title_=${metric.title}></lamina-curve>` : nothing}
			${score && !score.curve && score.values ? html`<div class="small number">${Object.entries(score.values).map(([name, value]) => html`<div>${name}: ${formatNumber(value)}</div>`)}</div>` : nothing}`;
	}

	private toggle(id: string): void {
		this.opened = this.opened === id ? undefined : id;
	}

	private async measure(id: string): Promise<void> {
		const job = newJob("measure");
		this.job = job;
		const tell = (measured: Measured | undefined) => {
			if (this.job !== job) return;
			const all = new Map(this.measured);
			if (measured) all.set(id, measured);
			else all.delete(id);
			this.measured = all;
		};
		tell({ state: "running", progress: 0 });
		try {
			const [score] = await this.inspector.api.measure(this.input, this.request, [id], job);
			tell(score ? { state: "done", score } : undefined);
			if (score?.curve) this.opened = id;
		} catch (thrown) {
			const error = errorOf(thrown);
			tell(error.code === "cancelled" ? undefined : { state: "failed", error });
		}
		if (this.job === job) this.job = undefined;
	}

	private readonly cancel = (): void => {
		if (this.job === undefined) return;
		void this.inspector.api.cancel(this.job).catch(() => undefined);
		this.job = undefined;
		this.measured = new Map([...this.measured].filter(([, { state }]) => state !== "running"));
	};
}

declare global {
	interface HTMLElementTagNameMap {
		"lamina-metrics-view": MetricsView;
	}
}
