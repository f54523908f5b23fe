import { css, html, LitElement, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import { classMap } from "lit/directives/class-map.js";
import type { ClassScore, Prediction } from "../../src/shared/protocol";
import { formatNumber, formatProbability } from "../state/format";
import { base } from "../styles/base";
import { addressOf, barOf } from "./scores";

/** The best classes as labelled bars. Choosing one makes it the unit that everything is about. */
@customElement("lamina-predictions")
export class Predictions extends LitElement {
	static override styles = [
		base,
		css`
			:host {
				display: block;
				min-width: 0;
			}
			.bars {
				display: grid;
				grid-template-columns: repeat(auto-fit, minmax(92px, 1fr));
				gap: 2px 10px;
			}
			:host([list]) .bars {
				grid-template-columns: 1fr;
			}
			.output + .output {
				margin-top: 4px;
			}
			button {
				font: inherit;
				color: inherit;
				background: none;
				border: 1px solid var(--edge);
				border-radius: var(--radius);
				padding: 2px 5px 4px;
				min-width: 0;
				text-align: start;
				cursor: pointer;
			}
			button:hover {
				background: var(--vscode-toolbar-hoverBackground);
			}
			button.chosen {
				border-color: var(--vscode-focusBorder);
			}
			.line {
				display: flex;
				justify-content: space-between;
				gap: 6px;
			}
			.track {
				position: relative;
				height: 4px;
				margin-top: 2px;
				background: var(--vscode-toolbar-hoverBackground);
				border: 1px solid var(--edge);
				border-radius: 2px;
				overflow: hidden;
			}
			.fill {
				position: absolute;
				top: 0;
				bottom: 0;
				background: var(--vscode-charts-blue, var(--vscode-progressBar-background));
			}
			.first .name,
			.first .value {
				font-weight: 600;
			}
			.stale {
				opacity: 0.6;
			}
			.output-name {
				font-size: var(--small);
				color: var(--muted);
			}
		`,
	];

	@property({ attribute: false }) predictions: readonly Prediction[] = [];
	/** Address of the unit that is chosen. */
	@property() unit: string | undefined;
	/** Predictions of the input before, while new ones are computed. */
	@property({ type: Boolean }) stale = false;

	override render() {
		return this.predictions.map(
			(prediction) => html`<div class=${classMap({ output: true, stale: this.stale })}>
				${this.predictions.length > 1 ? html`<div class="output-name">${prediction.output}</div>` : nothing}
				<div class="bars" role="group" aria-label=${`Predictions of ${prediction.output}`}>
					${prediction.top.map((score, rank) => this.renderScore(prediction, score, rank))}
				</div>
			</div>`,
		);
	}

	private renderScore(prediction: Prediction, score: ClassScore, rank: number) {
		const address = addressOf(prediction, score);
		const text = score.label ?? `class ${score.index}`;
		const value = prediction.kind === "probability" ? formatProbability(score.value) : formatNumber(score.value, 3);
		const { start, extent } = barOf(prediction, score.value);
		const chosen = this.unit === address;
		return html`<button
			class=${classMap({ first: rank === 0, chosen })}
			aria-pressed=${chosen}
			aria-label=${`${text}, ${prediction.kind} ${value}`}
			title=${`${text}: ${formatNumber(score.value, 6)} (${prediction.kind}), ${address}`}
			@click=${() => this.dispatchEvent(new CustomEvent("class-chosen", { detail: address }))}
		>
			<div class="line">
				<span class="name ellipsis">${text}</span><span class="value number">${value}</span>
			</div>
			<div class="track"><div class="fill" style="left:${start * 100}%;width:${extent * 100}%"></div></div>
		</button>`;
	}
}

declare global {
	interface HTMLElementTagNameMap {
		"lamina-predictions": Predictions;
	}
}
