/** The contact sheet as a picture. */
import path from "node:path";
import { type Colormap, colormap } from "../../shared/colormap";
import { isAnswer, type Sheet, type SheetScale } from "../../shared/sheet";
import type { Samples } from "../data/resize";
import { findMethod } from "../methods/run-method";
import { findMetric } from "../metrics/run-metric";
import { shortNumber } from "../render/figure";
import { rasterOf } from "../render/overlay";
import { agreementHeight, drawAgreement, promises } from "./draw-agreement";
import { type CardStyle, cardHeight, drawCard, timeOf } from "./draw-card";
import { fitted } from "./draw-maps";
import { barOf } from "./sheet-maps";
import { colourAt, cut, picture, rectangle, THEMES, type Theme, text } from "./svg";

export interface SheetDrawing {
	readonly scale: SheetScale;
	readonly theme: "light" | "dark";
	/** Ids in the order of their rows. */
	readonly metrics: readonly string[];
	/** What the network sees, where the input is a picture. */
	readonly picture?: Samples;
}

const WIDTH = 1200;
const MARGIN = 36;
const SIDE = 228;
const GAP = 22;
const COLUMNS = 4;
const HEAD = 96;
const CARD = (WIDTH - 2 * MARGIN - SIDE - COLUMNS * GAP) / COLUMNS;

/** A finished sheet as SVG, 1200 units wide. Text is meant for DejaVu Sans. */
export function drawSheet(sheet: Sheet, drawing: SheetDrawing): string {
	const theme = THEMES[drawing.theme];
	const colours = colormap("diverging");
	const style: CardStyle = {
		width: CARD,
		theme,
		colours,
		scale: drawing.scale,
		bar: barOf(sheet, drawing.scale),
		metrics: drawing.metrics.map(findMetric),
		completeness: promises(sheet),
		...(drawing.picture && { size: [drawing.picture.width, drawing.picture.height] as const }),
	};
	const step = cardHeight(style) + 30;
	const left = MARGIN + SIDE + GAP;
	const cards = sheet.entries.map((entry, index) =>
		drawCard(
			entry,
			index + 1,
			left + (index % COLUMNS) * (CARD + GAP),
			HEAD + Math.floor(index / COLUMNS) * step,
			style,
			findMethod(entry.method),
		),
	);
	const side = drawSide(sheet, drawing, style);
	const grid = HEAD + Math.ceil(sheet.entries.length / COLUMNS) * step;
	const below = Math.max(grid, side.bottom + 24);
	const matrix = drawAgreement(sheet, left, below, WIDTH - MARGIN - left, colours, theme);
	const height = Math.ceil(below + agreementHeight(sheet, WIDTH - MARGIN - left) + MARGIN);
	return [
		`<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" font-family="DejaVu Sans">`,
		rectangle({ x: 0, y: 0, width: WIDTH, height }, `fill="${theme.paper}"`),
		drawHead(sheet, theme),
		side.svg,
		...cards,
		matrix,
		"</svg>",
	].join("");
}

function drawHead(sheet: Sheet, theme: Theme): string {
	const { model, input, unit, unitValue, engine, version, milliseconds } = sheet;
	const width = WIDTH - 2 * MARGIN;
	const title = cut(`Why ${unit}`, width, 22, true);
	const facts = [
		`${unit} = ${shortNumber(unitValue)}`,
		path.basename(model),
		...(input === undefined ? [] : [input]),
		engine,
		timeOf(milliseconds),
		`Lamina ${version}`,
	];
	const rule = `<line x1="${MARGIN}" x2="${WIDTH - MARGIN}" y1="80" y2="80" stroke="${theme.line}"/>`;
	return (
		text(title, MARGIN, 44, { size: 22, fill: theme.ink, bold: true }) +
		text(cut(facts.join("  ·  "), width, 11), MARGIN, 65, { size: 11, fill: theme.muted }) +
		rule
	);
}

/** Input, predictions and colour bar, from the top. */
function drawSide(sheet: Sheet, { picture: input, scale }: SheetDrawing, style: CardStyle) {
	const { theme, colours, bar } = style;
	const parts: string[] = [];
	let y = HEAD;
	const heading = (name: string) => {
		parts.push(text(name, MARGIN, y + 14, { size: 13, fill: theme.ink, bold: true }));
		y += 26;
	};
	if (input) {
		heading("Input");
		const { height } = fitted(input.width, input.height, { x: 0, y: 0, width: SIDE, height: SIDE });
		const box = fitted(input.width, input.height, { x: MARGIN, y, width: SIDE, height });
		parts.push(picture(rasterOf(input), box), rectangle(box, `fill="none" stroke="${theme.line}"`));
		y += height + 22;
	}
	for (const { output, top } of sheet.predictions) {
		heading(sheet.predictions.length > 1 ? cut(`Prediction: ${output}`, SIDE, 13, true) : "Prediction");
		const most = Math.max(...top.map(({ value }) => (Number.isFinite(value) ? Math.abs(value) : 0)));
		for (const { index, label, value } of top) {
			const share = most > 0 && Number.isFinite(value) ? Math.abs(value) / most : 0;
			parts.push(
				text(cut(label ?? `[${index}]`, 88, 11), MARGIN, y + 10, { size: 11, fill: theme.ink }),
				rectangle({ x: MARGIN + 94, y: y + 2, width: share * 70, height: 9 }, `fill="${theme.bar}"`),
				text(shortNumber(value), MARGIN + SIDE, y + 10, { size: 10.5, fill: theme.ink, anchor: "end" }),
			);
			y += 18;
		}
		y += 16;
	}
	heading("Scale");
	parts.push(colourBar(colours, MARGIN, y));
	const labels = [bar.low, 0, bar.high].map((value) => shortNumber(value).replace("-", "−"));
	for (const [at, anchor] of (["start", "middle", "end"] as const).entries())
		parts.push(text(labels[at]!, MARGIN + (at * SIDE) / 2, y + 28, { size: 10.5, fill: theme.ink, anchor }));
	const told =
		scale === "each"
			? ["each map divided by its own", "largest |value|, told below it"]
			: ["raw numbers, one scale for all maps"];
	for (const [line, words] of told.entries())
		parts.push(text(words, MARGIN, y + 48 + line * 14, { size: 10.5, fill: theme.muted }));
	y += 84;
	parts.push(text("red speaks for, blue against", MARGIN, y - 8, { size: 10.5, fill: theme.muted }));
	const refused = sheet.entries.filter((entry) => !isAnswer(entry)).length;
	if (refused > 0)
		parts.push(
			text(`${refused} of ${sheet.entries.length} gave no map`, MARGIN, y + 10, { size: 10.5, fill: theme.muted }),
		);
	return { svg: parts.join(""), bottom: y + 20 };
}

function colourBar(colours: Colormap, x: number, y: number): string {
	const steps = 114;
	return Array.from({ length: steps }, (_, at) => {
		const { fill } = colourAt(colours, at / (steps - 1));
		// A little wider than the step, so that no paper shines through.
		return rectangle(
			{ x: x + (at * SIDE) / steps, y, width: SIDE / steps + (at < steps - 1 ? 0.5 : 0), height: 14 },
			`fill="${fill}"`,
		);
	}).join("");
}
