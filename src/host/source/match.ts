import type { LayerSummary } from "../../shared/model";
import type { LayerSite } from "./types";

/**
 * Which layers of a model file each layer call of the code made.
 * Written names (plain or f-string) decide; what is left is aligned in order by class and literal arguments, as Keras
 * names layers in the order in which they are made; a call in a loop or a block function takes what fits it and is left.
 * @returns layer names for each site, in file order; empty where nothing fits
 */
export function matchLayers(sites: readonly LayerSite[], layers: readonly LayerSummary[]): string[][] {
	const matches: string[][] = sites.map(() => []);
	const free = new Set(layers);
	const take = (index: number, layer: LayerSummary) => {
		matches[index]?.push(layer.name);
		free.delete(layer);
	};

	for (const [index, site] of sites.entries()) {
		if (site.name === undefined) continue;
		for (const layer of layers) if (ownName(layer) === site.name && layer.type === site.className) take(index, layer);
	}
	for (const [index, site] of sites.entries()) {
		if (site.namePattern === undefined) continue;
		const pattern = new RegExp(site.namePattern);
		for (const layer of layers)
			if (free.has(layer) && layer.type === site.className && pattern.test(ownName(layer))) take(index, layer);
	}

	const unnamed = [...sites.keys()].filter(
		(index) => sites[index]?.name === undefined && sites[index]?.namePattern === undefined,
	);
	const once = unnamed.filter((index) => !sites[index]?.repeats);
	const candidates = layers.filter((layer) => free.has(layer));
	for (const [index, layer] of align(once, sites, candidates)) take(index, layer);

	const repeated = unnamed.filter((index) => sites[index]?.repeats);
	for (const layer of layers) {
		if (!free.has(layer)) continue;
		const index = repeated
			.filter((candidate) => likeness(sites[candidate] as LayerSite, layer) > 0)
			.sort((a, b) => likeness(sites[b] as LayerSite, layer) - likeness(sites[a] as LayerSite, layer))[0];
		if (index !== undefined) take(index, layer);
	}
	const order = new Map(layers.map((layer, index) => [layer.name, index]));
	return matches.map((names) => names.sort((a, b) => (order.get(a) ?? 0) - (order.get(b) ?? 0)));
}

/** The best alignment that keeps the order of both (Needleman and Wunsch, 1970), gaps free. */
function align(
	indices: readonly number[],
	sites: readonly LayerSite[],
	layers: readonly LayerSummary[],
): [number, LayerSummary][] {
	const width = layers.length + 1;
	const best = new Float64Array((indices.length + 1) * width);
	const at = (i: number, j: number) => best[i * width + j] as number;
	for (let i = indices.length - 1; i >= 0; i--) {
		for (let j = layers.length - 1; j >= 0; j--) {
			const score = likeness(sites[indices[i] as number] as LayerSite, layers[j] as LayerSummary);
			const both = score > 0 ? score + at(i + 1, j + 1) : 0;
			best[i * width + j] = Math.max(both, at(i + 1, j), at(i, j + 1));
		}
	}
	const pairs: [number, LayerSummary][] = [];
	for (let i = 0, j = 0; i < indices.length && j < layers.length; ) {
		const index = indices[i] as number;
		const layer = layers[j] as LayerSummary;
		const score = likeness(sites[index] as LayerSite, layer);
		if (score > 0 && at(i, j) === score + at(i + 1, j + 1)) {
			pairs.push([index, layer]);
			i++;
			j++;
		} else if (at(i, j) === at(i + 1, j)) i++;
		else j++;
	}
	return pairs;
}

/** 0: cannot be; more for each literal argument that the file confirms. */
function likeness(site: LayerSite, layer: LayerSummary): number {
	if (site.className !== layer.type) return 0;
	let score = 1;
	for (const [key, value] of Object.entries(site.arguments)) {
		const stored = key === "activation" ? (layer.activation ?? "linear") : layer.config[key];
		if (stored === undefined) continue;
		score += sameValue(value, stored) ? 0.5 : -0.4;
	}
	return Math.max(score, 0.05);
}

/** `3` and `3x3` and `(3, 3)` are the same size. */
function sameValue(written: string, stored: string): boolean {
	const numbers = (text: string) => [...new Set(text.match(/-?\d+(\.\d+)?/g) ?? [])].join();
	if (/\d/.test(written) || /\d/.test(stored)) return numbers(written) === numbers(stored);
	return written.toLowerCase() === stored.toLowerCase();
}

/** The name without the nested models that it is in. */
function ownName(layer: LayerSummary): string {
	return layer.name.slice(layer.name.lastIndexOf("/") + 1);
}
