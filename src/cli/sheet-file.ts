import path from "node:path";
import type { ModelInputs } from "../core/data/inputs";
import type { Sheet, SheetScale } from "../shared/sheet";
import { UsageError } from "./arguments";
import { short } from "./terminal";

const KINDS = ["png", "json"] as const;
export type SheetKind = (typeof KINDS)[number];

export interface AboutSheet {
	readonly model: string;
	readonly scale: SheetScale;
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
	about: AboutSheet,
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

/** Everything but the maps' own numbers. */
export function sheetNumbers({ entries, agreement }: Sheet, { model, scale }: AboutSheet) {
	return {
		model,
		scale,
		methods: entries.map(({ result, ...entry }) => {
			if (!result) return entry;
			const { map, quantity, provenance, scores, unmeasured } = result;
			const { at, title, tensor, channelAxis } = map;
			return {
				...entry,
				quantity,
				map: { at, title, shape: tensor.shape, channelAxis },
				scores,
				unmeasured,
				provenance,
			};
		}),
		...(agreement && { agreement }),
	};
}

/** The same with the numbers of each map, row-major and flat; what JSON has no number for is a text. */
function sheetDocument(sheet: Sheet, about: AboutSheet) {
	const numbers = sheetNumbers(sheet, about);
	const data = sheet.entries.map(({ result }) => result && Array.from(result.map.tensor.data, finite));
	return {
		...numbers,
		methods: numbers.methods.map((entry, at) =>
			"map" in entry ? { ...entry, map: { ...entry.map, data: data[at] } } : entry,
		),
	};
}

const finite = (value: number): number | string => (Number.isFinite(value) ? value : String(value));

function captionOf({ entries }: Sheet, { model }: AboutSheet): string[] {
	const provenance = entries.find(({ result }) => result)?.result?.provenance;
	const { unit, unitValue, input, engine } = provenance ?? {};
	const title = unit === undefined ? model : `${unit}${unitValue === undefined ? "" : ` = ${short(unitValue)}`}`;
	return [title, [model, input, engine].filter(Boolean).join(", ")];
}
