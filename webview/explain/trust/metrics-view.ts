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

/** What explains again takes longest. */
const byCost = (a: MetricDescription, b: MetricDescription): number =>
	Number(a.needs.method ?? 0) - Number(b.needs.method ?? 0);

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
			.all {
				display: flex;
				justify-content: flex-end;
				gap: 6px;
				padding-top: 4px;
			}
			td.mask {
				font-size: var(--small);
				color: var(--muted);
				overflow-wrap: anywhere;
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
	/** Path of what says where the unit should look on this input. */
	@state() private mask: string | undefined;
	/** What is being measured. */
	@state() private job: string | undefined;
	/** Several are measured, one after the other. */
	@state() private isSeries = false;

	override connectedCallback(): void {
		super.connectedCallback();
		void this.inspector.api.metrics().then(
			(metrics) => {
				// One input is explained at a time.
				this.metrics = metrics.filter(({ needs }) => !needs.examples);
			},
			(thrown) => this.inspector.report(errorOf(thrown)),
		);
	}

	override disconnectedCallback(): void {
		super.disconnectedCallback();
		this.cancel();
	}

	protected override willUpdate(changed: PropertyValues<this>): void {
		if (changed.has("input") && changed.get("input") !== undefined) this.mask = undefined;
		if (!changed.has("request") || changed.get("request") === undefined) return;
		if (JSON.stringify(changed.get("request")) === JSON.stringify(this.request)) return;
		this.cancel();
		this.measured = new Map();
	}

	override render() {
		const families = [...new Set(this.metrics.map(({ family }) => family))];
		if (families.length === 0) return html`<p class="muted small">Loading the metrics…</p>`;
		const left = this.metrics.filter((metric) => this.isMeasurable(metric) && !this.measured.has(metric.id));
		return html`<div class="all">
				${this.isSeries ? html`<button class="plain" @click=${this.cancel}>Stop</button>` : nothing}
				<button
					class="plain"
					title="One after the other, those first that need not explain again"
					?disabled=${this.job !== undefined || left.length === 0}
					@click=${() => this.measure([...left].sort(byCost).map(({ id }) => id))}
				>
					Measure all
				</button>
			</div>
			<table>
				${families.map(
					(family) => html`<tr class="family"><th colspan="3">${family}</th></tr>
						${family === "localisation" ? this.renderMask() : nothing}
						${this.metrics.filter((metric) => metric.family === family).map((metric) => this.renderMetric(metric))}`,
				)}
			</table>`;
	}

	/** Where the unit should look: what localisation is measured against. */
	private renderMask() {
		const name = this.mask?.split(/[\\/]/).at(-1);
		return html`<tr>
			<td colspan="2" class="mask" title=${this.mask ?? ""}>${name ?? "Against a mask of what the unit should look at"}</td>
			<td class="value">
				<button class="plain" ?disabled=${this.job !== undefined} @click=${this.chooseMask}>${name ? "Change mask…" : "Choose mask…"}</button>
			</td>
		</tr>`;
	}

	private readonly chooseMask = async (): Promise<void> => {
		const file = await this.inspector.api.chooseFile(
			"White where the unit should look, or an .npy that is not 0 there",
		);
		if (file === undefined) return;
		this.mask = file;
		const needing = new Set(this.metrics.flatMap(({ id, needs }) => (needs.mask ? [id] : [])));
		this.measured = new Map([...this.measured].filter(([id]) => !needing.has(id)));
	};

	private isMeasurable({ needs }: MetricDescription): boolean {
		return !needs.mask || this.mask !== undefined;
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
				return html`<span role="status">measuring…${measured.progress > 0 ? ` ${Math.round(100 * measured.progress)} %` : ""}</span>
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
				return html`<button
					class="plain"
					aria-label=${`Measure ${metric.title}`}
					title=${this.isMeasurable(metric) ? "" : "Choose a mask first"}
					?disabled=${this.job !== undefined || !this.isMeasurable(metric)}
					@click=${() => this.measure([metric.id])}
				>
					Measure
				</button>`;
		}
	}

	private renderDetails(metric: MetricDescription, measured: Measured | undefined) {
		const score = measured?.state === "done" ? measured.score : undefined;
		return html`<div class="help">${metric.answers} <span class="number">${metric.formula}</span>. ${metric.paper}.</div>
			${score?.curve ? html`<lamina-curve .curve=${score.curve} title_=${metric.title}></lamina-curve>` : nothing}
			${score && !score.curve && score.values ? html`<div class="small number">${Object.entries(score.values).map(([name, value]) => html`<div>${name}: ${formatNumber(value)}</div>`)}</div>` : nothing}`;
	}

	private toggle(id: string): void {
		this.opened = this.opened === id ? undefined : id;
	}

	/** One after the other; the plot of one alone is opened. */
	private async measure(ids: readonly string[]): Promise<void> {
		this.isSeries = ids.length > 1;
		for (const id of ids) {
			const measured = await this.measureOne(id);
			// Cancelled: what is measured now was asked for later.
			if (!measured) return;
			if (ids.length === 1 && measured.state === "done" && measured.score.curve) this.opened = id;
		}
		this.isSeries = false;
	}

	/** `undefined` where it was cancelled. */
	private async measureOne(id: string): Promise<Measured | undefined> {
		const job = newJob("measure");
		this.job = job;
		const tell = (measured: Measured) => {
			if (this.job === job) this.measured = new Map([...this.measured, [id, measured]]);
			return measured;
		};
		const stop = this.inspector.events.listen(job, { progress: (progress) => tell({ state: "running", progress }) });
		try {
			tell({ state: "running", progress: 0 });
			const order = { metrics: [id], ...(this.mask !== undefined && { mask: this.mask }) };
			const [score] = await this.inspector.api.measure(this.input, this.request, order, job);
			return this.job === job && score ? tell({ state: "done", score }) : undefined;
		} catch (thrown) {
			const error = errorOf(thrown);
			return this.job === job && error.code !== "cancelled" ? tell({ state: "failed", error }) : undefined;
		} finally {
			stop();
			if (this.job === job) this.job = undefined;
		}
	}

	private readonly cancel = (): void => {
		if (this.job === undefined) return;
		void this.inspector.api.cancel(this.job).catch(() => undefined);
		[this.job, this.isSeries] = [undefined, false];
		this.measured = new Map([...this.measured].filter(([, { state }]) => state !== "running"));
	};
}

declare global {
	interface HTMLElementTagNameMap {
		"lamina-metrics-view": MetricsView;
	}
}
