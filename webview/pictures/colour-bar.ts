import { css, html, LitElement, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import { type ColormapId, colormap, type ValueRange } from "../../src/shared/colormap";
import { formatNumber } from "../state/format";
import { base } from "../styles/base";

/** Colours and the numbers that they stand for, and a mark at the value under the pointer. */
@customElement("lamina-colour-bar")
export class ColourBar extends LitElement {
	static override styles = [
		base,
		css`
			:host {
				display: inline-block;
				width: 200px;
				max-width: 100%;
				font-size: var(--small);
			}
			.bar {
				position: relative;
				height: 8px;
				border: 1px solid var(--line);
				border-radius: 1px;
			}
			.mark {
				position: absolute;
				top: -3px;
				bottom: -3px;
				width: 3px;
				margin-left: -1.5px;
				background: var(--vscode-editor-foreground);
				border: 1px solid var(--vscode-editor-background);
			}
			.numbers {
				display: flex;
				justify-content: space-between;
				color: var(--muted);
				line-height: 1.3;
			}
		`,
	];

	@property({ attribute: false }) range: ValueRange = { low: 0, high: 1 };
	@property() colours: ColormapId = "viridis";
	/** The value under the pointer. */
	@property({ attribute: false }) value: number | undefined;

	override render() {
		const { low, high } = this.range;
		const middle = (low + high) / 2;
		const label = `Colour scale from ${formatNumber(low)} to ${formatNumber(high)}`;
		return html`<div role="img" aria-label=${label}>
			<div class="bar" style="background:${gradient(this.colours)}">${this.renderMark()}</div>
			<div class="numbers number" aria-hidden="true">
				<span>${formatNumber(low, 3)}</span>
				<span>${low === high ? nothing : formatNumber(Math.abs(middle) < 1e-9 * (high - low) ? 0 : middle, 3)}</span>
				<span>${formatNumber(high, 3)}</span>
			</div>
		</div>`;
	}

	private renderMark() {
		const { low, high } = this.range;
		if (this.value === undefined || !Number.isFinite(this.value) || high <= low) return nothing;
		const share = Math.min(1, Math.max(0, (this.value - low) / (high - low)));
		return html`<div class="mark" style="left:${share * 100}%"></div>`;
	}
}

/** 17 stops: piecewise linear maps of 33 anchors differ from it by less than the eye sees on 8 pixels of height. */
function gradient(id: ColormapId): string {
	const { table } = colormap(id);
	const stops = Array.from({ length: 17 }, (_, i) => {
		const at = Math.round((i / 16) * 255) * 3;
		return `rgb(${table[at]} ${table[at + 1]} ${table[at + 2]})`;
	});
	return `linear-gradient(to right, ${stops.join(",")})`;
}

declare global {
	interface HTMLElementTagNameMap {
		"lamina-colour-bar": ColourBar;
	}
}
