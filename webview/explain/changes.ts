import { html, nothing, type TemplateResult } from "lit";
import type { UnitChange } from "../../src/shared/result";
import { formatNumber } from "../state/format";

/** What an edit of the input did to units, for the first example: a table of values before and after. */
export function renderChanges(changes: readonly UnitChange[]): TemplateResult {
	return html`<table class="changes">
		<thead>
			<tr>
				<th scope="col">unit</th>
				<th scope="col">before</th>
				<th scope="col">after</th>
				<th scope="col">change</th>
			</tr>
		</thead>
		<tbody>
			${changes.map(({ unit, label, before: [before = Number.NaN], after: [after = Number.NaN] }) => {
				const change = after - before;
				return html`<tr>
					<th scope="row" title=${unit}>${label ?? unit}${label ? html` <span class="muted">${unit}</span>` : nothing}</th>
					<td class="number">${formatNumber(before)}</td>
					<td class="number">${formatNumber(after)}</td>
					<td class="number">${change > 0 ? "+" : ""}${formatNumber(change)}</td>
				</tr>`;
			})}
		</tbody>
	</table>`;
}
