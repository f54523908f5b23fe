/** Pieces of SVG; lengths are in points of the sheet. */
import type { Colormap } from "../../shared/colormap";
import { encodePng } from "../render/png";
import type { Raster } from "../render/raster";

export interface Theme {
	readonly paper: string;
	readonly ink: string;
	readonly muted: string;
	readonly line: string;
	/** Behind what did not apply. */
	readonly quiet: string;
	/** Bars of predictions. */
	readonly bar: string;
}

export const THEMES: Readonly<Record<"light" | "dark", Theme>> = {
	light: { paper: "#ffffff", ink: "#1f2328", muted: "#59636e", line: "#d1d9e0", quiet: "#f6f8fa", bar: "#57606a" },
	dark: { paper: "#1e1e1e", ink: "#e6e6e6", muted: "#a3a3a3", line: "#454545", quiet: "#262626", bar: "#9a9a9a" },
};

export interface TextStyle {
	readonly size: number;
	readonly fill: string;
	readonly bold?: boolean;
	readonly anchor?: "start" | "middle" | "end";
}

/** What XML 1.0 cannot hold becomes a blank. */
export const escaped = (text: string): string =>
	text
		.replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, " ")
		.replace(/&/g, "&amp;")
		.replace(/</g, "&lt;")
		.replace(/>/g, "&gt;")
		.replace(/"/g, "&quot;");

/** A line of text on the baseline `y`. */
export function text(content: string, x: number, y: number, { size, fill, bold, anchor }: TextStyle): string {
	const weight = bold ? ' font-weight="bold"' : "";
	const side = anchor ? ` text-anchor="${anchor}"` : "";
	return `<text x="${x}" y="${y}" font-size="${size}" fill="${fill}"${weight}${side}>${escaped(content)}</text>`;
}

/** Advance of a character of DejaVu Sans in ems, rounded up by kind: what is cut by it always fits. */
function advance(character: string): number {
	if (/[ijlI.,:;'|!()[\]ft ]/.test(character)) return 0.4;
	if (/[mwMW@%]/.test(character)) return 0.99;
	if (/[A-Z0-9_+=<>~-]/.test(character)) return 0.7;
	return character.charCodeAt(0) < 0x2000 ? 0.62 : 1;
}

export const widthOf = (content: string, size: number, bold = false): number =>
	[...content].reduce((sum, character) => sum + advance(character), 0) * size * (bold ? 1.12 : 1);

/** The text, cut with an ellipsis where it is wider. */
export function cut(content: string, width: number, size: number, bold = false): string {
	if (widthOf(content, size, bold) <= width) return content;
	const characters = [...content];
	while (characters.length > 0 && widthOf(`${characters.join("")}…`, size, bold) > width) characters.pop();
	return `${characters.join("").trimEnd()}…`;
}

/** Lines of words; the last one is cut where there are more than `most`. */
export function wrap(content: string, width: number, size: number, most: number, bold = false): string[] {
	const lines: string[] = [];
	for (const word of content.split(/\s+/)) {
		const last = lines.at(-1);
		if (last !== undefined && widthOf(`${last} ${word}`, size, bold) <= width)
			lines[lines.length - 1] = `${last} ${word}`;
		else lines.push(word);
	}
	if (lines.length > most) lines.splice(most - 1, Number.POSITIVE_INFINITY, lines.slice(most - 1).join(" "));
	return lines.map((line) => cut(line, width, size, bold));
}

export interface Box {
	readonly x: number;
	readonly y: number;
	readonly width: number;
	readonly height: number;
}

export const rectangle = ({ x, y, width, height }: Box, attributes: string): string =>
	`<rect x="${x}" y="${y}" width="${width}" height="${height}" ${attributes}/>`;

/** A raster that fills a box; its pixels stay squares with sharp edges. */
export function picture(raster: Raster, { x, y, width, height }: Box): string {
	const data = Buffer.from(encodePng(raster)).toString("base64");
	return `<image x="${x}" y="${y}" width="${width}" height="${height}" preserveAspectRatio="none" image-rendering="optimizeSpeed" href="data:image/png;base64,${data}"/>`;
}

/** The colour of a share, 0 to 1, of a map, and whether black or white stands out on it (Rec. 709 luma). */
export function colourAt({ table }: Colormap, share: number): { fill: string; ink: string } {
	const at = Math.round(Math.min(1, Math.max(0, share)) * 255) * 3;
	const [red = 0, green = 0, blue = 0] = table.subarray(at, at + 3);
	const light = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
	return { fill: `rgb(${red},${green},${blue})`, ink: light > 128 ? "#000000" : "#ffffff" };
}
