import { css, html, LitElement, nothing } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { ExplainRequest } from "../../../src/shared/protocol";
import { errorOf } from "../../../src/shared/rpc";
import type { Inspector } from "../../state/inspector";
import { newJob } from "../../state/jobs";
import { base, controls } from "../../styles/base";
import { icons } from "../../styles/icons";

/** Makes a contact sheet of the chosen methods, with metrics, and asks where to save it. */
@customElement("lamina-sheet-button")
export class SheetButton extends LitElement {
	static override styles = [
		base,
		controls,
		css`
			:host {
				display: inline-flex;
				align-items: center;
				gap: 6px;
			}
		`,
	];

	@property({ attribute: false }) inspector!: Inspector;
	@property() input = "";
	@property({ attribute: false }) requests: readonly ExplainRequest[] = [];
	@state() private job: string | undefined;
	@state() private progress = 0;

	override disconnectedCallback(): void {
		super.disconnectedCallback();
		this.cancel();
	}

	override render() {
		if (this.job === undefined)
			return html`<button
				class="plain"
				title="Save the chosen methods side by side, on one scale, with metrics and their agreement, as PNG and JSON"
				?disabled=${this.requests.length === 0}
				@click=${this.make}
			>
				${icons.save}Contact sheet…
			</button>`;
		const percent = Math.round(100 * this.progress);
		return html`<span class="number" role="progressbar" aria-label="Contact sheet progress" aria-valuenow=${percent} aria-valuemin="0" aria-valuemax="100"
				>Contact sheet ${percent > 0 ? html`${percent} %` : nothing}</span
			><button class="plain" aria-label="Cancel the contact sheet" @click=${this.cancel}>Cancel</button>`;
	}

	private readonly make = async (): Promise<void> => {
		const { api, events } = this.inspector;
		const job = newJob("sheet");
		[this.job, this.progress] = [job, 0];
		const stop = events.listen(job, {
			progress: (fraction) => {
				this.progress = fraction;
			},
		});
		try {
			const order = {
				requests: this.requests,
				scale: this.inspector.arrangement.resultScale === "shared" ? ("raw" as const) : ("relative" as const),
				dark: document.body.matches(".vscode-dark, .vscode-high-contrast:not(.vscode-high-contrast-light)"),
			};
			const saved = await api.saveSheet("contact-sheet.png", this.input, order, job);
			if (saved !== undefined) this.inspector.announce(`Saved ${saved}, and its numbers beside it.`);
		} catch (thrown) {
			this.inspector.report(errorOf(thrown));
		}
		stop();
		if (this.job === job) this.job = undefined;
	};

	private readonly cancel = (): void => {
		if (this.job !== undefined) void this.inspector.api.cancel(this.job).catch(() => undefined);
		this.job = undefined;
	};
}

declare global {
	interface HTMLElementTagNameMap {
		"lamina-sheet-button": SheetButton;
	}
}
