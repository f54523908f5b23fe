import type { Region } from "./regions";

export interface RankOptions {
	/** `full` ranks what a region adds to those before it, `fast` whole regions once. */
	readonly algorithm: "full" | "fast";
	/** Share of the picture from which on no further regions are ranked (`full` alone). */
	readonly areaThreshold: number;
	/** Regions that add fewer pixels are passed over. */
	readonly minPixelDiff: number;
}

/**
 * Gives each pixel the mean attribution of what the region that first covers it adds, the best regions first: `_xrai` and
 * `_xrai_fast` of PAIR saliency 0.2.1. What no region covers gets its own mean.
 * @param attributions one a pixel
 */
export function rankedRegions(
	attributions: Float64Array,
	regions: readonly Region[],
	options: RankOptions,
): Float64Array {
	const cover = new Cover(attributions, regions);
	if (options.algorithm === "fast") {
		for (const region of cover.byMean()) if (cover.adds(region) >= options.minPixelDiff) cover.take(region);
	} else {
		// PAIR looks for the next region while the share is not above the threshold.
		while (cover.share() <= options.areaThreshold) {
			const best = cover.best(options.minPixelDiff);
			if (best === undefined) break;
			cover.take(best);
		}
	}
	return cover.filled();
}

/** Which pixels are covered, and what each region would add. */
class Cover {
	private readonly values: Float64Array;
	private readonly isCovered: Uint8Array;
	private covered = 0;
	/** Pixels and sum that each region would add. */
	private readonly counts: Int32Array;
	private readonly sums: Float64Array;
	private readonly means: Float64Array;
	private readonly remaining: Set<number>;
	/** For each pixel the regions that hold it. */
	private readonly holders: number[][];

	constructor(
		private readonly attributions: Float64Array,
		private readonly regions: readonly Region[],
	) {
		const pixels = attributions.length;
		this.values = new Float64Array(pixels);
		this.isCovered = new Uint8Array(pixels);
		this.holders = Array.from({ length: pixels }, () => []);
		this.counts = Int32Array.from(regions, (region) => region.length);
		this.sums = Float64Array.from(regions, (region) => region.reduce((sum, pixel) => sum + this.at(pixel), 0));
		this.means = this.sums.map((sum, region) => sum / (this.counts[region] as number));
		this.remaining = new Set(regions.keys());
		for (const [index, region] of regions.entries()) for (const pixel of region) this.holders[pixel]?.push(index);
	}

	share(): number {
		return this.covered / this.isCovered.length;
	}

	adds(region: number): number {
		return this.counts[region] as number;
	}

	/** Regions by the mean over all of their pixels, largest first. */
	byMean(): number[] {
		return [...this.regions.keys()].sort((a, b) => (this.means[b] as number) - (this.means[a] as number));
	}

	/** The region whose addition has the largest mean; those that add too little are never looked at again. */
	best(minPixelDiff: number): number | undefined {
		let best: number | undefined;
		let gain = Number.NEGATIVE_INFINITY;
		for (const region of this.remaining) {
			const count = this.adds(region);
			if (count < minPixelDiff || count === 0) {
				this.remaining.delete(region);
				continue;
			}
			const own = (this.sums[region] as number) / count;
			if (own > gain) [best, gain] = [region, own];
		}
		return best;
	}

	take(region: number): void {
		this.remaining.delete(region);
		if (this.adds(region) === 0) return;
		const added = (this.regions[region] as Region).filter((pixel) => !this.isCovered[pixel]);
		const gain = added.reduce((sum, pixel) => sum + this.at(pixel), 0) / added.length;
		for (const pixel of added) {
			this.values[pixel] = gain;
			this.isCovered[pixel] = 1;
			for (const holder of this.holders[pixel] ?? []) {
				this.counts[holder] = (this.counts[holder] as number) - 1;
				this.sums[holder] = (this.sums[holder] as number) - this.at(pixel);
			}
		}
		this.covered += added.length;
	}

	/** The values, with the mean attribution of what is not covered in its place. */
	filled(): Float64Array {
		const rest = this.attributions.filter((_, pixel) => !this.isCovered[pixel]);
		const mean = rest.reduce((sum, value) => sum + value, 0) / Math.max(1, rest.length);
		return this.values.map((value, pixel) => (this.isCovered[pixel] ? value : mean));
	}

	private at(pixel: number): number {
		return this.attributions[pixel] as number;
	}
}
