import type { Tensor } from "../../shared/tensor";

/** A weighted sum of maps, one for each point of a path or each sample, in double precision. */
export class MapSum {
	private total: Float64Array | undefined;
	private shape: readonly number[] = [];

	/** Adds several terms, one a weight: the first for all examples, then the second, and so on. @param change of each element before it counts */
	add({ data, shape }: Tensor, weights: readonly number[], change?: (value: number) => number): void {
		const size = data.length / weights.length;
		const total = this.total ?? new Float64Array(size);
		this.total = total;
		this.shape = [(shape[0] ?? 0) / weights.length, ...shape.slice(1)];
		// Element by element rather than term by term: the sums are read and written once.
		for (let at = 0; at < size; at++) {
			let sum = total[at] as number;
			for (let term = 0, place = at; term < weights.length; term++, place += size) {
				const value = data[place] as number;
				sum += (weights[term] as number) * (change ? change(value) : value);
			}
			total[at] = sum;
		}
	}

	/** The sums so far. */
	values(): ArrayLike<number> {
		return this.total ?? [];
	}

	/** @param change of each element, from its sum and its index */
	tensor(change: (sum: number, at: number) => number = (sum) => sum): Tensor {
		const { total, shape } = this;
		const data = new Float32Array(total?.length ?? 0);
		if (total) for (let at = 0; at < data.length; at++) data[at] = change(total[at] as number, at);
		return { dtype: "float32", shape, data };
	}
}
