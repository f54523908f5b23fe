import { type ColormapId, colormap, defaultColormap, rangeFor, type ValueRange } from "../../src/shared/colormap";
import { inputPicture } from "../../src/shared/input-picture";
import type { Picture } from "../../src/shared/protocol";
import type { ExplanationResult } from "../../src/shared/result";
import type { Blend, NumberMap } from "../pictures/painting";
import { type ChannelJoin, flatMap } from "./flat";

/** How results are shown; the person's choice, none of it changes a number. */
export interface DisplayOptions {
	/** Absent: what suits the quantity. */
	colours: ColormapId | undefined;
	channels: ChannelJoin;
	/** Per cent of the values inside of the colour scale. */
	percent: number;
	opacity: number;
	blend: Blend;
	picture: Picture | undefined;
}

/** A result ready to be painted. */
export interface Shown {
	map: NumberMap;
	range: ValueRange;
	colours: ColormapId;
	/** Name of the input or layer that the map belongs to. */
	at: string;
	/** The map is an input itself, and this is its picture. */
	edited?: Picture;
}

const flat = new WeakMap<ExplanationResult["maps"][number], Map<ChannelJoin, NumberMap>>();

/** Maps are joined once: a slider must not sum channels at every step. */
function joined(map: ExplanationResult["maps"][number], channels: ChannelJoin): NumberMap {
	const known = flat.get(map) ?? new Map<ChannelJoin, NumberMap>();
	flat.set(map, known);
	const result = known.get(channels) ?? flatMap(map, channels);
	known.set(channels, result);
	return result;
}

const pictures = new WeakMap<ExplanationResult["maps"][number], Picture | undefined>();

/** The picture of an edited input, made once. */
function editedPicture(result: ExplanationResult, map: ExplanationResult["maps"][number]): Picture | undefined {
	if (result.quantity !== "input") return undefined;
	if (!pictures.has(map)) pictures.set(map, inputPicture(map, 0, result.provenance.preprocess));
	return pictures.get(map);
}

export function show(result: ExplanationResult, options: DisplayOptions, which = 0): Shown | undefined {
	const source = result.maps[which];
	if (!source) return undefined;
	const map = joined(source, options.channels);
	const quantity = options.channels === "absmax" ? "unsigned" : result.quantity;
	const colours = options.colours ?? defaultColormap(quantity);
	const edited = editedPicture(result, source);
	return {
		map,
		colours,
		range: rangeFor(colormap(colours), quantity, map.values, options.percent),
		at: source.at,
		...(edited && { edited }),
	};
}

/** Width over height that a map is shown with: rows of a sequence are stretched, so that they can be seen. */
export const clampAspect = (width: number, height: number): number => Math.min(3, Math.max(1 / 3, width / height));

/** One range for several maps, so that their colours can be compared. */
export function joinRanges(ranges: readonly ValueRange[]): ValueRange {
	return {
		low: Math.min(...ranges.map(({ low }) => low)),
		high: Math.max(...ranges.map(({ high }) => high)),
	};
}
