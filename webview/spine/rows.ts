import type { LayerSummary } from "../../src/shared/model";

/** A layer as a row of the spine. */
export interface SpineRow {
	layer: LayerSummary;
	/** The layers that follow deeper are its parts. */
	isModel: boolean;
	isFolded: boolean;
	/** What the layer is called inside of its model. */
	shortName: string;
	/** The layer does not follow the one above it: it takes another one's output, or several. */
	isBranch: boolean;
}

/**
 * Rows of the layers in reading order, without the parts of folded models.
 * @param filter words; a layer stays when each is in its name or its type. Filtering opens folded models.
 */
export function spineRows(layers: readonly LayerSummary[], folded: ReadonlySet<string>, filter: string): SpineRow[] {
	const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
	const rows: SpineRow[] = [];
	let hiddenBelow = Number.POSITIVE_INFINITY;
	for (const [index, layer] of layers.entries()) {
		if (words.length > 0) {
			const text = `${layer.name} ${layer.type}`.toLowerCase();
			if (!words.every((word) => text.includes(word))) continue;
		} else if (layer.depth > hiddenBelow) continue;
		const isModel = (layers[index + 1]?.depth ?? 0) > layer.depth;
		const isFolded = words.length === 0 && isModel && folded.has(layer.name);
		hiddenBelow = isFolded ? layer.depth : Number.POSITIVE_INFINITY;
		const before = layers[index - 1];
		const follows = layer.inputs.length === 0 || (layer.inputs.length === 1 && layer.inputs[0] === before?.name);
		rows.push({
			layer,
			isModel,
			isFolded,
			shortName: layer.depth > 0 ? (layer.name.split("/").at(-1) ?? layer.name) : layer.name,
			isBranch: !follows && before !== undefined && before.depth === layer.depth,
		});
	}
	return rows;
}

/** Where a key leads from a row; `undefined` for keys that lead nowhere. */
export function rowAfterKey(key: string, at: number, count: number, page: number): number | undefined {
	const last = count - 1;
	switch (key) {
		case "ArrowUp":
			return Math.max(0, at - 1);
		case "ArrowDown":
			return Math.min(last, at + 1);
		case "PageUp":
			return Math.max(0, at - page);
		case "PageDown":
			return Math.min(last, at + page);
		case "Home":
			return 0;
		case "End":
			return last;
		default:
			return undefined;
	}
}
