import path from "node:path";
import type { SheetDrawing } from "../core/sheet/draw-sheet";
import { sheetArrays, sheetJson } from "../core/sheet/sheet-json";
import type { Sheet } from "../shared/sheet";
import { UsageError } from "./arguments";
import { encodeArrays } from "./result-file";

const KINDS = ["png", "json", "npz"] as const;
export type SheetKind = (typeof KINDS)[number];

/** What `--out` asks for, told by its ending. @throws UsageError */
export function sheetKind(file: string): SheetKind {
	const ending = path.extname(file).slice(1).toLowerCase();
	const kind = KINDS.find((known) => known === ending);
	if (!kind) throw new UsageError(`--out is "${file}"; a name that ends in .png, .json or .npz is expected.`);
	return kind;
}

/** @param json writes what JSON has no number for as text */
export async function encodeSheet(
	sheet: Sheet,
	kind: SheetKind,
	drawing: SheetDrawing,
	zoom: number,
	json: (value: unknown) => string,
): Promise<Uint8Array | string> {
	const told = json(sheetJson(sheet, drawing.scale));
	if (kind === "json") return `${told}\n`;
	if (kind === "npz") return encodeArrays(sheetArrays(sheet), JSON.parse(told));
	const [{ drawSheet }, { rasterOfSvg }, { encodePng }] = await Promise.all([
		import("../core/sheet/draw-sheet"),
		import("../core/render/svg-picture"),
		import("../core/render/png"),
	]);
	return encodePng(await rasterOfSvg(drawSheet(sheet, drawing), zoom), { lamina: told });
}
