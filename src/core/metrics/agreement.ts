import { descending } from "./attribution";
import { cosine, spearman } from "./numbers";

/** How alike maps of one input are, each with each. */
export interface Agreement {
	readonly methods: readonly string[];
	/** Spearman's correlation of the maps. */
	readonly rank: number[][];
	/** Cosine of the angle between them. */
	readonly cosine: number[][];
	/** Share of the most relevant elements that two maps have in common. */
	readonly top: number[][];
}

/** Share of the elements that count as most relevant. */
const TOP = 0.05;

/** @param maps of the same input by method; signed, element by element */
export function agreement(maps: ReadonlyMap<string, Float64Array>): Agreement {
	const values = [...maps.values()];
	const matrix = (of: (a: Float64Array, b: Float64Array) => number) => values.map((a) => values.map((b) => of(a, b)));
	return {
		methods: [...maps.keys()],
		rank: matrix(spearman),
		cosine: matrix(cosine),
		top: matrix((a, b) => {
			const count = Math.max(1, Math.round(TOP * a.length));
			const others = new Set(descending(b).subarray(0, count));
			return (
				descending(a)
					.subarray(0, count)
					.filter((element) => others.has(element)).length / count
			);
		}),
	};
}
