import type { Sheet, SheetScale } from "./sheet";

export interface AboutSheet {
	readonly model: string;
	readonly scale: SheetScale;
}

/** Everything of a sheet but the maps' own numbers, as plain data. */
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
export function sheetDocument(sheet: Sheet, about: AboutSheet) {
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
