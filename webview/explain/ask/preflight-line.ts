import { css, html, LitElement, nothing, type PropertyValues } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { LaminaErrorData } from "../../../src/shared/errors";
import type { Preflight } from "../../../src/shared/preflight";
import type { ExplainRequest } from "../../../src/shared/protocol";
import { errorOf } from "../../../src/shared/rpc";
import { formatBytes, formatCount, formatMilliseconds } from "../../state/format";
import type { Inspector } from "../../state/inspector";
import { newJob } from "../../state/jobs";
import { base } from "../../styles/base";

/** Milliseconds without another change before it is asked what a run would take. */
const QUIET = 350;

const BASIS: Readonly<Record<Preflight["basis"], string>> = {
	measured: "These programs were timed here.",
	corrected: "From the speed of other programs here.",
	modelled: "Nothing has been timed here yet.",
};

const countOf = (count: number, how: string): string[] =>
	count > 0 ? [`${formatCount(count)} ${count === 1 ? "pass" : "passes"} ${how}`] : [];

/** What a run would take, and which rule each op would get; follows the form while it is filled in. */
@customElement("lamina-preflight-line")
export class PreflightLine extends LitElement {
	static override styles = [
		base,
		css`
			:host {
				display: block;
				min-height: 1.5em;
				font-size: var(--small);
			}
			summary {
				cursor: pointer;
			}
			.stale {
				opacity: 0.6;
			}
			.rules {
				max-height: 260px;
				overflow: auto;
			}
			table {
				width: 100%;
				border-collapse: collapse;
			}
			th,
			td {
				padding: 1px 10px 1px 0;
				text-align: start;
				font-weight: normal;
				vertical-align: baseline;
				overflow-wrap: anywhere;
			}
		`,
	];

	@property({ attribute: false }) inspector!: Inspector;
	@property() input = "";
	@property({ attribute: false }) request!: ExplainRequest;
	@state() private told: Preflight | undefined;
	@state() private error: LaminaErrorData | undefined;
	@state() private isAsking = false;
	private timer: ReturnType<typeof setTimeout> | undefined;
	private job: string | undefined;

	override disconnectedCallback(): void {
		super.disconnectedCallback();
		this.stop();
	}

	override connectedCallback(): void {
		super.connectedCallback();
		if (this.hasUpdated) this.askSoon();
	}

	protected override updated(changed: PropertyValues<this>): void {
		const before = changed.get("request");
		if (changed.has("input") || (changed.has("request") && JSON.stringify(before) !== JSON.stringify(this.request)))
			this.askSoon();
	}

	override render() {
		const { told, error } = this;
		if (error)
			return html`<span class="bad" role="alert">${error.message}</span>${error.hint ? html` <span class="muted">${error.hint}</span>` : nothing}`;
		if (!told) return html`<span class="muted">${this.isAsking ? "Looking ahead…" : nothing}</span>`;
		if (told.refusal)
			return html`<span class="bad">Would fail: ${told.refusal.message}</span>${this.renderRules(told)}`;
		const passes = [...countOf(told.forward, "forwards"), ...countOf(told.backward, "forwards and backwards")].join(
			", ",
		);
		const preparing =
			told.preparationMilliseconds >= 50 ? `, ${formatMilliseconds(told.preparationMilliseconds)} to get ready` : "";
		// While it is asked anew, what is shown is of the form as it was.
		const line = html`<span class=${this.isAsking ? "stale" : ""} aria-busy=${this.isAsking} title=${BASIS[told.basis]}
			>Takes about <strong>${formatMilliseconds(told.milliseconds)}</strong>${preparing}, ${formatBytes(told.memoryBytes)}${passes ? html`<span class="muted"> · ${passes}</span>` : nothing}</span
		>`;
		return told.rules.length > 0 ? html`<details><summary>${line}</summary>${this.renderRules(told)}</details>` : line;
	}

	private renderRules({ rules }: Preflight) {
		if (rules.length === 0) return nothing;
		return html`<div class="rules" tabindex="0" role="region" aria-label="Rule of each op">
			<table>
				${rules.map(
					({ layer, op, rule, refusal }) => html`<tr>
						<th scope="row">${layer} <span class="muted">${op}</span></th>
						<td class=${refusal ? "bad" : ""}>${refusal ? `none: ${refusal}` : rule}</td>
					</tr>`,
				)}
			</table>
		</div>`;
	}

	private askSoon(): void {
		this.stop();
		this.isAsking = true;
		this.timer = setTimeout(() => void this.ask(), QUIET);
	}

	private async ask(): Promise<void> {
		const job = newJob("preflight");
		this.job = job;
		try {
			const told = await this.inspector.api.preflight(this.input, this.request, job);
			if (this.job === job) [this.told, this.error] = [told, undefined];
		} catch (thrown) {
			const error = errorOf(thrown);
			if (this.job === job && error.code !== "cancelled") [this.told, this.error] = [undefined, error];
		}
		if (this.job === job) this.isAsking = false;
	}

	private stop(): void {
		clearTimeout(this.timer);
		if (this.job) void this.inspector.api.cancel(this.job).catch(() => undefined);
		this.job = undefined;
		this.isAsking = false;
	}
}

declare global {
	interface HTMLElementTagNameMap {
		"lamina-preflight-line": PreflightLine;
	}
}
