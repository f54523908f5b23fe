import path from "node:path";
import type { ModelInputs } from "../core/data/inputs";
import { writeNpy } from "../core/data/npy";
import { writeNpz } from "../core/data/npz";
import type { AttributionMap, ExplanationResult } from "../shared/result";
import type { Tensor } from "../shared/tensor";
import { UsageError } from "./arguments";
import { short } from "./terminal";

const KINDS = ["npy", "npz", "png", "json"] as const;
export type ResultKind = (typeof KINDS)[number];

/** What `--out` asks for, told by its ending: known before anything is computed. @throws UsageError */
export function resultKind(file: string): ResultKind {
	const ending = path.extname(file).slice(1).toLowerCase();
	const kind = KINDS.find((known) => known === ending);
	if (!kind) throw new UsageError(`--out is "${file}"; a name that ends in .npy, .npz, .png or .json is expected.`);
	return kind;
}

/** The file of a result. @throws UsageError when several maps are to go into an .npy */
export async function encodeResult(
	result: ExplanationResult,
	kind: ResultKind,
	inputs: ModelInputs | undefined,
	scale: unknown,
): Promise<Uint8Array | string> {
	switch (kind) {
		case "npy": {
			const [map, ...others] = result.maps;
			if (!map || others.length > 0) {
				throw new UsageError(
					`The result has ${result.maps.length} maps (${result.maps.map(mapName).join(", ")}); .npy holds one.`,
					"Name a file that ends in .npz: it holds them by name.",
				);
			}
			return writeNpy(map.tensor);
		}
		case "npz":
			return encodeArrays(Object.fromEntries(result.maps.map((map) => [mapName(map), map.tensor])), result.provenance);
		case "json":
			return `${JSON.stringify({ ...result, maps: result.maps.map(({ at, title, tensor, channelAxis }) => ({ at, title, shape: tensor.shape, channelAxis, data: numbers(tensor) })) })}\n`;
		case "png": {
			const [{ drawFigure }, { encodePng }] = await Promise.all([
				import("../core/render/figure"),
				import("../core/render/png"),
			]);
			const figure = drawFigure(result, {
				caption: captionOf(result),
				pictures: inputs?.pictures ?? {},
				ownScale: scale === "each",
			});
			return encodePng(figure, { lamina: JSON.stringify(result.provenance) });
		}
	}
}

/** What a map is called among those of its result. */
export const mapName = ({ at, title }: AttributionMap): string => (title === undefined ? at : `${at} ${title}`);

/** Arrays by name, and `provenance` as a JSON text beside them. */
export function encodeArrays(arrays: Readonly<Record<string, Tensor>>, provenance: unknown): Uint8Array {
	return writeNpz({ ...arrays, provenance: JSON.stringify(provenance) });
}

/** Row-major, flat. What JSON has no number for is a text: "NaN", "Infinity". */
function numbers(tensor: Tensor): (number | string)[] {
	return Array.from(tensor.data, (value) => (Number.isFinite(value) ? value : String(value)));
}

function captionOf({ provenance, maps }: ExplanationResult): string[] {
	const { method, unit, unitValue, completeness } = provenance;
	const explained = unit === undefined ? "" : ` of ${unit}${unitValue === undefined ? "" : ` = ${short(unitValue)}`}`;
	const places = maps.map(mapName).join(", ");
	const gap = completeness ? `, completeness gap ${(completeness.gap * 100).toPrecision(2)} %` : "";
	return [
		`${method}${explained}, at ${places}${gap}`,
		[path.basename(provenance.model), provenance.input, provenance.engine].filter(Boolean).join(", "),
	];
}
