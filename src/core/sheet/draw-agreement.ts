import type { Colormap } from "../../shared/colormap";
import { isAnswer, type Sheet } from "../../shared/sheet";
import { colourAt, cut, rectangle, type Theme, text } from "./svg";

const NAMES = 240;
const HEAD = 58;

const cellOf = (methods: number, width: number) => Math.min(46, (width - NAMES) / Math.max(1, methods));

export function agreementHeight({ agreement }: Sheet, width: number): number {
	return agreement ? HEAD + agreement.methods.length * Math.max(16, cellOf(agreement.methods.length, width) * 0.62) : 0;
}

/** Spearman's correlations as coloured cells with numbers; columns have the numbers of the cards. */
export function drawAgreement(
	sheet: Sheet,
	x: number,
	y: number,
	width: number,
	colours: Colormap,
	theme: Theme,
): string {
	const { agreement, entries } = sheet;
	if (!agreement) return "";
	const cell = cellOf(agreement.methods.length, width);
	const height = Math.max(16, cell * 0.62);
	const size = Math.min(11, cell * 0.3);
	const numbers = agreement.methods.map((id) => entries.findIndex(({ method }) => method === id));
	const drawn = [
		text("Agreement of the maps", x, y + 14, { size: 14, fill: theme.ink, bold: true }),
		text("Spearman's correlation, element by element of the input; methods by number", x, y + 32, {
			size: 10.5,
			fill: theme.muted,
		}),
	];
	for (const [row, at] of numbers.entries()) {
		const top = y + HEAD + row * height;
		const label = cut(`${at + 1}  ${entries[at]!.title}`, NAMES - 12, 11);
		drawn.push(text(label, x, top + height / 2 + 4, { size: 11, fill: theme.ink }));
		const middle = x + NAMES + (row + 0.5) * cell;
		drawn.push(text(String(at + 1), middle, y + HEAD - 7, { size: 11, fill: theme.ink, anchor: "middle" }));
		for (const [column, value] of agreement.rank[row]!.entries()) {
			const box = { x: x + NAMES + column * cell, y: top, width: cell, height };
			const { fill, ink } = Number.isFinite(value)
				? colourAt(colours, (value + 1) / 2)
				: { fill: theme.quiet, ink: theme.ink };
			drawn.push(rectangle(box, `fill="${fill}" stroke="${theme.paper}"`));
			const label = Number.isFinite(value)
				? value
						.toFixed(2)
						.replace(/^-(?=0\.00$)/, "")
						.replace("-", "−")
				: "–";
			drawn.push(text(label, box.x + cell / 2, top + height / 2 + size * 0.36, { size, fill: ink, anchor: "middle" }));
		}
	}
	return drawn.join("");
}

/** Some answer of the sheet promised completeness. */
export const promises = ({ entries }: Sheet): boolean =>
	entries.some((entry) => isAnswer(entry) && entry.result.provenance.completeness !== undefined);
