import { css, html, LitElement, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { MethodDescription } from "../../../src/shared/methods";
import type { Inspector } from "../../state/inspector";
import type { Run } from "../../state/runs";
import { base, controls } from "../../styles/base";
import { segments } from "../../tabs/toolbar";
import "./ledger-view";
import "./metrics-view";

type Part = "metrics" | "ledger";

/** What the chosen map is worth: metrics, each measured on request, and where its relevance went. */
@customElement("lamina-truth-panel")
export class TruthPanel extends LitElement {
	static override styles = [
		base,
		controls,
		css`
			:host {
				display: block;
				container-type: inline-size;
				padding-top: 16px;
			}
			header {
				display: flex;
				flex-wrap: wrap;
				align-items: center;
				justify-content: space-between;
				gap: 4px 12px;
				padding-bottom: 6px;
				border-bottom: 1px solid var(--line);
			}
		`,
	];

	@property({ attribute: false }) inspector!: Inspector;
	@property({ attribute: false }) method!: MethodDescription;
	@property({ attribute: false }) run!: Run;
	/** Runs are changed in place: another version draws the panel anew. */
	@property({ type: Number }) version = 0;
	@state() private chosenPart: Part = "metrics";

	override render() {
		const { run, method } = this;
		const { result } = run;
		if (run.state !== "done" || !result || result.quantity === "input") return nothing;
		const { ledger, provenance } = result;
		const part: Part = ledger ? this.chosenPart : "metrics";
		// The unit that was the top class then stays the question.
		const request = provenance.unit ? { ...run.request, unit: provenance.unit } : run.request;
		return html`<section aria-label=${`Is it true? ${method.title}`}>
			<header>
				<h3>Is it true?</h3>
				${
					ledger
						? segments(
								"",
								[
									{ id: "metrics", title: "Metrics" },
									{ id: "ledger", title: "Relevance ledger", help: "Where relevance went on its way back" },
								],
								part,
								(chosen) => {
									this.chosenPart = chosen;
								},
							)
						: nothing
				}
			</header>
			${
				part === "ledger" && ledger
					? html`<lamina-ledger-view .ledger=${ledger}></lamina-ledger-view>`
					: html`<lamina-metrics-view .inspector=${this.inspector} .input=${run.input} .request=${request}></lamina-metrics-view>`
			}
		</section>`;
	}
}

declare global {
	interface HTMLElementTagNameMap {
		"lamina-truth-panel": TruthPanel;
	}
}
