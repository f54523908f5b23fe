import { css, html, LitElement, nothing, svg } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { MetricCurve } from "../../src/shared/metrics";
import { formatNumber } from "../state/format";
import { base } from "../styles/base";
import { share, ticks } from "./axis";

const WIDTH = 380;
const HEIGHT = 170;
const LEFT = 46;
const RIGHT = 10;
const TOP = 8;
const BOTTOM = 34;

/** A line through measured points, with both axes. A slider to the keyboard: arrow keys walk the points. */
@customElement("lamina-curve")
export class CurveElement extends LitElement {
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
			.line {
				fill: none;
				stroke: var(--vscode-charts-blue, var(--vscode-progressBar-background));
				stroke-width: 1.5;
			}
			.point {
				fill: var(--vscode-charts-blue, var(--vscode-progressBar-background));
			}
			.point.under {
				fill: var(--vscode-foreground);
			}
			.readout {
				font-size: var(--small);
				min-height: 1.4em;
			}
		`,
	];

	@property({ attribute: false }) curve: MetricCurve | undefined;
	@property() title_ = "";
	@state() private under: number | undefined;

	override render() {
		const { curve } = this;
		if (!curve || curve.x.length === 0) return nothing;
		const finite = curve.y.filter(Number.isFinite);
		const [low, high] = [Math.min(0, ...finite), Math.max(...finite, Number.EPSILON)];
		const [first, last] = [Math.min(...curve.x), Math.max(...curve.x)];
		const x = (value: number) => LEFT + share(value, first, last) * (WIDTH - LEFT - RIGHT);
		const y = (value: number) => HEIGHT - BOTTOM - share(value, low, high) * (HEIGHT - TOP - BOTTOM);
		const points = curve.x.flatMap((at, index) => {
			const value = curve.y[index];
			return value === undefined || !Number.isFinite(value) ? [] : [{ index, left: x(at), top: y(value) }];
		});
		const floor = y(low);
		return html`<svg
				viewBox="0 0 ${WIDTH} ${HEIGHT}"
				role="slider"
				tabindex="0"
				aria-label=${`${this.title_}: ${curve.yTitle} over ${curve.xTitle}`}
				aria-valuemin="0"
				aria-valuemax=${curve.x.length - 1}
				aria-valuenow=${this.under ?? 0}
				aria-valuetext=${this.describe(curve, this.under ?? 0)}
				@keydown=${(event: KeyboardEvent) => this.onKey(event, curve)}
				@pointermove=${(event: PointerEvent) => this.point(event, points)}
				@pointerleave=${() => {
					this.under = undefined;
				}}
			>
				${ticks(low, high, 4).map(
					(value) => svg`<line class="gridline" x1=${LEFT} x2=${WIDTH - RIGHT} y1=${y(value)} y2=${y(value)}></line>
						<text x=${LEFT - 5} y=${y(value) + 3.5} text-anchor="end">${formatNumber(value, 3)}</text>`,
				)}
				<polyline class="line" points=${points.map(({ left, top }) => `${left},${top}`).join(" ")}></polyline>
				${points.map(({ index, left, top }) =>
					points.length <= 40 || index === this.under
						? svg`<circle class=${index === this.under ? "point under" : "point"} cx=${left} cy=${top} r=${index === this.under ? 3.5 : 2}></circle>`
						: nothing,
				)}
				<line class="axis" x1=${LEFT} x2=${WIDTH - RIGHT} y1=${floor} y2=${floor}></line>
				${ticks(first, last, 5)
					.filter((value) => !curve.labels || Number.isInteger(value))
					.map(
						(value) => svg`<line class="axis" x1=${x(value)} x2=${x(value)} y1=${floor} y2=${floor + 3}></line>
						<text x=${x(value)} y=${floor + 13} text-anchor="middle">${formatNumber(value, 3)}</text>`,
					)}
				<text x=${(LEFT + WIDTH - RIGHT) / 2} y=${HEIGHT - 4} text-anchor="middle">${curve.xTitle}</text>
				<text x=${10} y=${(TOP + floor) / 2} text-anchor="middle" transform="rotate(-90 10 ${(TOP + floor) / 2})">${curve.yTitle}</text>
			</svg>
			<div class="readout number muted">${this.under === undefined ? nothing : this.describe(curve, this.under)}</div>`;
	}

	private describe({ x, y, labels, xTitle, yTitle }: MetricCurve, at: number): string {
		const place = labels?.[at] ?? `${xTitle} ${formatNumber(x[at] ?? Number.NaN)}`;
		return `${place}: ${yTitle} ${formatNumber(y[at] ?? Number.NaN)}`;
	}

	private onKey(event: KeyboardEvent, { x }: MetricCurve): void {
		const at = this.under ?? -1;
		const next = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: x.length - 1 }[event.key];
		if (next === undefined) return;
		event.preventDefault();
		this.under = Math.max(0, Math.min(x.length - 1, next));
	}

	private point(event: PointerEvent, points: readonly { index: number; left: number }[]): void {
		const box = (event.currentTarget as Element).getBoundingClientRect();
		const at = ((event.clientX - box.left) / box.width) * WIDTH;
		let nearest = points[0];
		for (const point of points) if (Math.abs(point.left - at) < Math.abs((nearest?.left ?? 0) - at)) nearest = point;
		this.under = nearest?.index;
	}
}

declare global {
	interface HTMLElementTagNameMap {
		"lamina-curve": CurveElement;
	}
}
