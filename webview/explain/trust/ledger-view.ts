import { css, html, LitElement, nothing } from "lit";
import { customElement, property } from "lit/decorators.js";
import { type LedgerEntry, lostAt } from "../../../src/shared/ledger";
import { formatNumber, formatPercent } from "../../state/format";
import { base } from "../../styles/base";

/** Share of what was started with from which on a loss is worth a look. */
const NOTABLE = 0.05;

/** Where relevance went on its way back: what reached each op, and what biases and stabilisers took or rules made. */
@customElement("lamina-ledger-view")
export class LedgerView extends LitElement {
	static override styles = [
		base,
		css`
			:host {
				display: block;
				max-height: 420px;
				overflow: auto;
			}
			table {
				width: 100%;
				border-collapse: collapse;
				font-size: var(--small);
			}
			thead th {
				position: sticky;
				top: 0;
				background: var(--vscode-editor-background);
				color: var(--muted);
				font-weight: normal;
				z-index: 1;
			}
			th,
			td {
				padding: 2px 8px 2px 0;
				text-align: start;
				vertical-align: middle;
			}
			td.number,
			th.number {
				text-align: end;
				white-space: nowrap;
			}
			th[scope="row"] {
				font-weight: normal;
			}
			th,
			td {
				overflow-wrap: anywhere;
			}
			.amount {
				display: flex;
				align-items: center;
				gap: 6px;
			}
			.amount .number {
				flex: 0 0 5.5em;
				text-align: end;
			}
			.wide {
				display: none;
			}
			@container (min-width: 620px) {
				.wide {
					display: table-cell;
				}
			}
			.bar {
				position: relative;
				flex: 1 1 0;
				min-width: 40px;
				height: 8px;
				border: 1px solid var(--edge);
				background: var(--vscode-toolbar-hoverBackground);
			}
			.bar i {
				position: absolute;
				inset-block: 0;
				background: var(--vscode-charts-blue, var(--vscode-progressBar-background));
			}
			.bar b {
				position: absolute;
				inset-block: -2px;
				width: 1px;
				background: var(--vscode-foreground);
			}
			.note {
				padding: 4px 0 8px;
				font-size: var(--small);
				color: var(--muted);
			}
		`,
	];

	/** In the order of the walk, the unit's op first. */
	@property({ attribute: false }) ledger: readonly LedgerEntry[] = [];

	override render() {
		const { ledger } = this;
		const started = ledger[0]?.received[0] ?? 0;
		const most = Math.max(...ledger.map(({ received }) => Math.abs(received[0] ?? 0)), Number.EPSILON);
		const low = Math.min(0, ...ledger.map(({ received }) => received[0] ?? 0));
		const left = (value: number) => `${(100 * (Math.min(0, value) - low)) / (most - low)}%`;
		const width = (value: number) => `${(100 * Math.abs(value)) / (most - low)}%`;
		const worst = ledger.reduce<LedgerEntry | undefined>(
			(found, entry) => (!found || Math.abs(lostAt(entry, 0)) > Math.abs(lostAt(found, 0)) ? entry : found),
			undefined,
		);
		const share = (value: number) => (started === 0 ? formatNumber(value) : formatPercent(value / started));
		return html`<p class="note">
				From the unit back to the input. Bars: relevance that reached the op, 0 to ${formatNumber(most)}. Lost is what it did not hand on; made, with a minus, what it added.
				${worst && Math.abs(lostAt(worst, 0)) > NOTABLE * Math.abs(started) ? html`Most was ${lostAt(worst, 0) > 0 === started > 0 ? "lost" : "made"} at <strong>${worst.layer}</strong>: ${share(Math.abs(lostAt(worst, 0)) * Math.sign(started))} of what was started with.` : nothing}
			</p>
			<table>
				<thead>
					<tr>
						<th>op</th>
						<th>rule</th>
						<th>received</th>
						<th class="number wide">handed on</th>
						<th class="number">lost</th>
						<th class="number wide">by bias</th>
						<th class="number wide">by stabiliser</th>
					</tr>
				</thead>
				<tbody>
					${ledger.map((entry) => {
						const received = entry.received[0] ?? 0;
						const lost = lostAt(entry, 0);
						const isBad = Math.abs(lost) > NOTABLE * Math.abs(started);
						const [bias, stabilizer] = [entry.bias?.[0], entry.stabilizer?.[0]].map((value) =>
							value === undefined ? "–" : share(value),
						);
						return html`<tr>
							<th scope="row" title=${`${entry.layer} (${entry.op})`}>${entry.layer} <span class="muted">${entry.op}</span></th>
							<td>${entry.rule}</td>
							<td>
								<div class="amount"><div class="bar" aria-hidden="true"><i style="left:${left(received)};width:${width(received)}"></i>${low < 0 ? html`<b style="left:${left(0)}"></b>` : nothing}</div>
								<span class="number">${formatNumber(received)}</span></div>
							</td>
							<td class="number wide">${formatNumber(entry.passed[0] ?? 0)}</td>
							<td class=${isBad ? "number bad" : "number"} title=${`by bias ${bias}, by stabiliser ${stabilizer}`}>
								${isBad ? html`<span aria-label="notable">▲ </span>` : nothing}${share(lost)}
							</td>
							<td class="number wide">${bias}</td>
							<td class="number wide">${stabilizer}</td>
						</tr>`;
					})}
				</tbody>
			</table>`;
	}
}

declare global {
	interface HTMLElementTagNameMap {
		"lamina-ledger-view": LedgerView;
	}
}
