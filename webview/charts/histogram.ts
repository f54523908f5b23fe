import { css, html, LitElement, nothing, svg } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { Histogram } from "../../src/shared/model";
import { formatCount, formatCountShort, formatNumber } from "../state/format";
import { base } from "../styles/base";
import { share, ticks } from "./axis";

const WIDTH = 380;
const HEIGHT = 150;
const LEFT = 42;
const RIGHT = 10;
const TOP = 8;
const BOTTOM = 34;

/** How often values occur: bars with both axes; the bar under the pointer tells its numbers. */
@customElement("lamina-histogram")
export class HistogramElement extends LitElement {
	static override styles = [
		base,
		css`
			:host {
				display: block;
				max-width: ${WIDTH}px;
			}
			svg {
				display: block;
				width: 100%;
				height: auto;
				overflow: visible;
			}
			text {
				font-size: 10px;
				fill: var(--muted);
				font-variant-numeric: tabular-nums;
			}
			.axis {
				stroke: var(--vscode-charts-lines, var(--muted));
				stroke-width: 1;
			}
			.gridline {
				stroke: var(--vscode-charts-lines, var(--muted));
				stroke-width: 0.5;
				opacity: 0.35;
			}
			.bar {
				fill: var(--vscode-charts-blue, var(--vscode-progressBar-background));
			}
			.bar.under {
				fill: var(--vscode-foreground);
			}
			.hit {
				fill: transparent;
			}
			.readout {
				font-size: var(--small);
				min-height: 1.4em;
			}
		`,
	];

	@property({ attribute: false }) histogram: Histogram | undefined;
	/** What is counted: `weights`. */
	@property() of = "values";
	@state() private under: number | undefined;

	override render() {
		const { histogram } = this;
		if (!histogram || histogram.counts.length === 0) return nothing;
		const { edges, counts } = histogram;
		const low = edges[0]!;
		const high = edges.at(-1)!;
		const most = Math.max(1, ...counts);
		const x = (value: number) => LEFT + share(value, low, high) * (WIDTH - LEFT - RIGHT);
		const y = (count: number) => HEIGHT - BOTTOM - (count / most) * (HEIGHT - TOP - BOTTOM);
		const floor = y(0);
		const label = `Histogram of ${this.of} from ${formatNumber(low)} to ${formatNumber(high)}; the most in one of ${counts.length} bins is ${formatCount(most)}`;
		return html`<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label=${label} @pointerleave=${() => this.point(undefined)}>
				${ticks(0, most, 3).map(
					(count) => svg`<line class="gridline" x1=${LEFT} x2=${WIDTH - RIGHT} y1=${y(count)} y2=${y(count)}></line>
						<text x=${LEFT - 5} y=${y(count) + 3.5} text-anchor="end">${formatCountShort(count)}</text>`,
				)}
				${counts.map((count, bin) => {
					const left = x(edges[bin]!);
					const width = Math.max(0.5, x(edges[bin + 1]!) - left - 0.5);
					const height = count > 0 ? Math.max(1, floor - y(count)) : 0;
					return svg`<rect class=${bin === this.under ? "bar under" : "bar"} x=${left} y=${floor - height} width=${width} height=${height}></rect>
						<rect class="hit" x=${left} y=${TOP} width=${width + 0.5} height=${floor - TOP} @pointerenter=${() => this.point(bin)}></rect>`;
				})}
				<line class="axis" x1=${LEFT} x2=${WIDTH - RIGHT} y1=${floor} y2=${floor}></line>
				${ticks(low, high, 5).map(
					(value) => svg`<line class="axis" x1=${x(value)} x2=${x(value)} y1=${floor} y2=${floor + 3}></line>
						<text x=${x(value)} y=${floor + 13} text-anchor="middle">${formatNumber(value, 3)}</text>`,
				)}
				<text x=${(LEFT + WIDTH - RIGHT) / 2} y=${HEIGHT - 4} text-anchor="middle">value of ${this.of}</text>
				<text x=${10} y=${(TOP + floor) / 2} text-anchor="middle" transform="rotate(-90 10 ${(TOP + floor) / 2})">count</text>
			</svg>
			<div class="readout number muted">${this.under === undefined ? nothing : this.describe(histogram, this.under)}</div>`;
	}

	private describe({ edges, counts }: Histogram, bin: number): string {
		return `${formatNumber(edges[bin]!)} to ${formatNumber(edges[bin + 1]!)}: ${formatCount(counts[bin]!)}`;
	}

	private point(bin: number | undefined): void {
		this.under = bin;
	}
}

declare global {
	interface HTMLElementTagNameMap {
		"lamina-histogram": HistogramElement;
	}
}
