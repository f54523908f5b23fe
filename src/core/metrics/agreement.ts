import type { Agreement } from "../../shared/sheet";
import { descending } from "./attribution";
import { cosine, spearman } from "./numbers";

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
