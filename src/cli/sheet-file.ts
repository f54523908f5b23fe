import path from "node:path";
import type { ModelInputs } from "../core/data/inputs";
import type { Sheet } from "../shared/sheet";
import { type AboutSheet, sheetDocument, sheetNumbers } from "../shared/sheet-document";
import { UsageError } from "./arguments";
import { short } from "./terminal";

const KINDS = ["png", "json"] as const;
export type SheetKind = (typeof KINDS)[number];

export interface SheetLook extends AboutSheet {
	readonly theme: "light" | "dark";
}

/** What `--out` asks for, told by its ending. @throws UsageError */
export function sheetKind(file: string): SheetKind {
	const ending = path.extname(file).slice(1).toLowerCase();
	const kind = KINDS.find((known) => known === ending);
	if (!kind) throw new UsageError(`--out is "${file}"; a name that ends in .png or .json is expected.`);
	return kind;
}

export async function encodeSheet(
	sheet: Sheet,
	kind: SheetKind,
	about: SheetLook,
	inputs: ModelInputs | undefined,
): Promise<Uint8Array | string> {
	if (kind === "json") return `${JSON.stringify(sheetDocument(sheet, about))}\n`;
	const [{ drawSheet }, { encodePng }] = await Promise.all([
		import("../core/render/sheet-figure"),
		import("../core/render/png"),
	]);
	const [picture] = Object.values(inputs?.pictures ?? {}).flat();
	const figure = drawSheet(sheet, {
		caption: captionOf(sheet, about),
		...(picture && { picture }),
		scale: about.scale,
		theme: about.theme,
	});
	return encodePng(figure, { lamina: JSON.stringify(sheetNumbers(sheet, about)) });
}

function captionOf({ entries }: Sheet, { model }: AboutSheet): string[] {
	const provenance = entries.find(({ result }) => result)?.result?.provenance;
	const { unit, unitValue, input, engine } = provenance ?? {};
	const title = unit === undefined ? model : `${unit}${unitValue === undefined ? "" : ` = ${short(unitValue)}`}`;
	return [title, [model, input, engine].filter(Boolean).join(", ")];
}
