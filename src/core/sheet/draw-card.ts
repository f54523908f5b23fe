import type { Colormap, ValueRange } from "../../shared/colormap";
import type { MethodDescription, ParameterValue } from "../../shared/methods";
import type { MetricDescription } from "../../shared/metrics";
import { isAnswer, type SheetAnswer, type SheetEntry, type SheetRefusal, type SheetScale } from "../../shared/sheet";
import { shortNumber } from "../render/figure";
import { drawMaps } from "./draw-maps";
import { largestDrawn, sheetMaps } from "./sheet-maps";
import { cut, rectangle, type Theme, text, widthOf, wrap } from "./svg";

export interface CardStyle {
	readonly width: number;
	readonly theme: Theme;
	readonly colours: Colormap;
	readonly scale: SheetScale;
	readonly bar: ValueRange;
	/** Metrics in the order of their rows. */
	readonly metrics: readonly MetricDescription[];
	/** Some method promises completeness: all cards have its row. */
	readonly completeness: boolean;
	/** Columns and rows of the picture that maps are enlarged to. */
	readonly size?: readonly [width: number, height: number];
}

const HEAD = 46;
const ROW = 15;

/** Lines below the map: gap, metrics, largest value, time. */
const rowsOf = ({ metrics, completeness }: CardStyle) => metrics.length + Number(completeness) + 2;

export const cardHeight = (style: CardStyle): number => HEAD + style.width + 8 + rowsOf(style) * ROW;

/** Parameters that differ from what the method has by itself; where none does, the first ones. */
export function parametersLine(
	parameters: Readonly<Record<string, ParameterValue>>,
	descriptions: MethodDescription["parameters"],
): string {
	const told = descriptions.filter(({ name }) => parameters[name] !== undefined && parameters[name] !== "");
	const changed = told.filter(({ name, default: usual }) => parameters[name] !== usual);
	const shown = [...changed, ...told.filter((one) => !changed.includes(one))];
	return shown.map(({ name }) => `${name} ${parameters[name]}`).join(", ");
}

/** A method with its map and numbers, or the reason why there is none. */
export function drawCard(
	entry: SheetEntry,
	number: number,
	x: number,
	y: number,
	style: CardStyle,
	method: MethodDescription | undefined,
): string {
	const { theme, width } = style;
	const title = cut(`${number}  ${entry.title}`, width, 13, true);
	const head = text(title, x, y + 14, { size: 13, fill: theme.ink, bold: true });
	return head + (isAnswer(entry) ? drawAnswer(entry, x, y, style, method) : drawRefusal(entry, x, y, style));
}

function drawAnswer(entry: SheetAnswer, x: number, y: number, style: CardStyle, method: MethodDescription | undefined) {
	const { theme, width, scale, bar, colours, size } = style;
	const { maps, provenance } = entry.result;
	const line = parametersLine(provenance.parameters, method?.parameters ?? []);
	const box = { x, y: y + HEAD, width, height: width };
	const at = `at ${maps.map((map) => map.at).join(", ")}`;
	return [
		text(cut(at, width, 10), x, y + 28, { size: 10, fill: theme.muted }),
		text(cut(line, width, 10), x, y + 40, { size: 10, fill: theme.muted }),
		rectangle(box, `fill="${theme.quiet}" stroke="${theme.line}"`),
		drawMaps(sheetMaps(entry.result, scale, bar), box, colours, theme, size),
		...numbersOf(entry, style).map(([name, value], row) => {
			const baseline = y + HEAD + width + 20 + row * ROW;
			const room = width - widthOf(value, 10.5) - 8;
			return (
				text(cut(name, room, 10.5), x, baseline, { size: 10.5, fill: theme.muted }) +
				text(value, x + width, baseline, { size: 10.5, fill: theme.ink, anchor: "end" })
			);
		}),
	].join("");
}

function numbersOf({ result, scores }: SheetAnswer, { metrics, completeness }: CardStyle): [string, string][] {
	const { completeness: promised, milliseconds } = result.provenance;
	const gap: [string, string] = [
		"completeness gap",
		promised
			? promised.expected === 0
				? shortNumber(promised.gap)
				: `${shortNumber(promised.gap * 100)} %`
			: "not promised",
	];
	return [
		...(completeness ? [gap] : []),
		...metrics.map(({ id, better }): [string, string] => {
			const score = scores.find(({ metric }) => metric === id)?.score;
			const arrow = better === "higher" ? " ↑" : better === "lower" ? " ↓" : "";
			return [id.replaceAll("-", " ") + arrow, score === undefined ? "–" : shortNumber(score)];
		}),
		["largest |value|", shortNumber(largestDrawn(result))],
		["time", timeOf(milliseconds)],
	];
}

export const timeOf = (milliseconds: number): string =>
	milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;

function drawRefusal({ error }: SheetRefusal, x: number, y: number, { theme, width }: CardStyle): string {
	const box = { x, y: y + HEAD, width, height: width };
	const message = error.message.charAt(0).toUpperCase() + error.message.slice(1);
	const lines = wrap(message, width - 24, 11, 6);
	const hints = error.hint ? wrap(error.hint, width - 24, 10, 4) : [];
	const top = y + HEAD + 26;
	const heading = error.code === "failed" ? "Failed" : "Does not apply";
	return [
		rectangle(box, `fill="${theme.quiet}" stroke="${theme.muted}" stroke-dasharray="4 3"`),
		text(heading, x + 12, top, { size: 11, fill: theme.ink, bold: true }),
		...lines.map((line, row) => text(line, x + 12, top + 20 + row * 15, { size: 11, fill: theme.ink })),
		...hints.map((line, row) =>
			text(line, x + 12, top + 30 + (lines.length + row) * 14.5, { size: 10, fill: theme.muted }),
		),
	].join("");
}
