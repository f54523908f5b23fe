import { css, html, LitElement, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import { formatBytes, formatCount, formatCountShort, formatSignature, plural } from "../state/format";
import type { Inspector } from "../state/inspector";
import { shownPredictions } from "../state/view-state";
import { Watch } from "../state/watch";
import { base, controls, skeletons } from "../styles/base";
import { icons } from "../styles/icons";
import "./engine-status";
import "./input-chip";
import "./predictions";

/** What the model is, what it is looking at, and what it says about it. */
@customElement("lamina-header")
export class Header extends LitElement {
	static override styles = [
		base,
		controls,
		skeletons,
		css`
			:host {
				display: block;
				border-bottom: 1px solid var(--line);
			}
			.title {
				display: flex;
				flex-wrap: wrap;
				align-items: baseline;
				gap: 2px 10px;
				padding: 6px 12px 2px;
			}
			h1 {
				font-size: 1.1em;
			}
			.facts {
				flex: 1 1 auto;
				color: var(--muted);
			}
			.now {
				display: flex;
				align-items: center;
				gap: 6px 16px;
				padding: 4px 12px 8px;
				min-height: 58px;
			}
			lamina-input-chip {
				flex: 0 0 236px;
			}
			.answer {
				flex: 1 1 0;
				min-width: 0;
				max-width: 900px;
			}
			button.labels {
				padding-inline-start: 6px;
			}
			.waiting {
				display: grid;
				grid-template-columns: repeat(auto-fit, minmax(92px, 1fr));
				gap: 10px;
			}
			.waiting .skeleton {
				height: 24px;
			}
			.notices {
				position: relative;
				color: var(--muted);
			}
			.notices summary {
				cursor: pointer;
				white-space: nowrap;
			}
			.notices ul {
				position: absolute;
				z-index: 20;
				top: 100%;
				inset-inline-end: 0;
				width: max-content;
				max-width: min(440px, 80vw);
				padding: 8px 12px;
				color: var(--vscode-editorHoverWidget-foreground);
				background: var(--vscode-editorHoverWidget-background);
				border: 1px solid var(--vscode-editorHoverWidget-border);
				border-radius: var(--radius);
				box-shadow: 0 2px 8px var(--vscode-widget-shadow);
			}
			@media (max-width: 640px) {
				.now {
					flex-wrap: wrap;
				}
				lamina-input-chip,
				.answer {
					flex: 1 1 100%;
				}
			}
		`,
	];

	@property({ attribute: false }) inspector!: Inspector;

	protected readonly watch = new Watch(
		this,
		() => this.inspector,
		({ opened, prediction, input, chosen, labels, status, restricted }) => [
			opened,
			prediction,
			input,
			chosen.unit,
			labels,
			status,
			restricted,
		],
	);

	override render() {
		const { state } = this.inspector;
		const summary = state.opened?.summary;
		if (!summary) return nothing;
		const facts = [
			summary.format.title,
			`${formatCount(summary.parameters)} parameters`,
			formatSignature(summary),
			plural(summary.layers.length, "layer"),
			formatBytes(summary.bytes),
		];
		const producer = summary.format.producer ? ` (${summary.format.producer})` : "";
		return html`<div class="title">
				<h1 class="ellipsis" title=${summary.path}>${summary.name}</h1>
				<span
					class="facts number ellipsis"
					title=${`${summary.format.title}${producer}, ${formatCountShort(summary.parameters)} parameters`}
					>${facts.join(" · ")}</span
				>
				${this.renderNotices(summary.notices)}
				<lamina-engine-status .inspector=${this.inspector}></lamina-engine-status>
			</div>
			<div class="now">
				<lamina-input-chip .inspector=${this.inspector}></lamina-input-chip>
				<div class="answer">${this.renderAnswer()}</div>
			</div>`;
	}

	/** What the reader of the file has to say: quiet, one glance away. */
	private renderNotices(notices: readonly string[]) {
		if (notices.length === 0) return nothing;
		return html`<details class="notices small">
			<summary>${plural(notices.length, "notice")}</summary>
			<ul>
				${notices.map((notice) => html`<li>${notice}</li>`)}
			</ul>
		</details>`;
	}

	private renderAnswer() {
		const { state } = this.inspector;
		const { prediction, input } = state;
		if (state.restricted)
			return html`<span class="muted">Predictions, activations and explanations wait until you trust this workspace.</span>`;
		if (input.phase === "failed")
			return html`<div role="alert">
				<span class="bad">${input.error.message}</span> <span class="muted">${input.error.hint ?? ""}</span>
			</div>`;
		if (prediction.phase === "failed")
			return html`<div role="alert" class="row wrap">
				<span class="ellipsis"><span class="bad">No predictions: ${prediction.error.message}</span></span>
				<button class="plain" @click=${() => this.inspector.predict()}>${icons.retry} Retry</button>
			</div>`;
		const shown = shownPredictions(state);
		if (shown.length === 0) {
			if (input.phase === "none")
				return html`<span class="muted">Choose, drop or draw an input to see what the model makes of it.</span>`;
			return html`<div class="waiting" aria-busy="true">
				${[1, 2, 3, 4, 5].map(() => html`<div class="skeleton"></div>`)}
			</div>`;
		}
		return html`<lamina-predictions
				.predictions=${shown}
				.unit=${state.chosen.unit}
				.stale=${prediction.phase === "loading"}
				@class-chosen=${(event: CustomEvent<string>) => this.chooseClass(event.detail)}
			></lamina-predictions>
			${this.renderLabels()}`;
	}

	/** Numbers instead of names: labels were not found beside the model. */
	private renderLabels() {
		const { state } = this.inspector;
		const classes = shownPredictions(state).some(({ count }) => count > 1);
		if (state.labels || !classes) return nothing;
		return html`<button class="link small labels" @click=${() => this.inspector.chooseLabels()}>Choose class labels…</button>`;
	}

	private chooseClass(address: string): void {
		const { unit } = this.inspector.state.chosen;
		this.inspector.choose({ unit: unit === address ? undefined : address });
	}
}

declare global {
	interface HTMLElementTagNameMap {
		"lamina-header": Header;
	}
}
