import type { GoldenArray } from "./sidecars";

/** How two arrays differ. */
export interface Difference {
	/** Largest absolute difference, over the largest absolute value of the reference. */
	readonly relative: number;
	/** The same in the L2 norm. */
	readonly relativeL2: number;
}

export function differenceOf(got: ArrayLike<number>, expected: ArrayLike<number>): Difference {
	let [worst, largest, squares, norm] = [0, 0, 0, 0];
	for (let i = 0; i < expected.length; i++) {
		const difference = Math.abs(got[i]! - expected[i]!);
		// NaN compares as false with everything: it must not pass for a small difference.
		if (!(difference <= worst)) worst = difference;
		largest = Math.max(largest, Math.abs(expected[i]!));
		squares += difference * difference;
		norm += expected[i]! * expected[i]!;
	}
	return { relative: worst / (largest || 1), relativeL2: Math.sqrt(squares / (norm || 1)) };
}

export interface Allowance {
	readonly norm: "relative" | "relativeL2";
	readonly limit: number;
}

/**
 * What float32 may cost. `tolerance_rel` is how far the reference tool in float32 is from its own float64 run: one sample of
 * float32 noise. Another order of the same sums (blocked matrix products, Winograd, fused multiply-add, batch
 * normalisation as one product) gives another sample of the same size; ten times it bounds them, and 1e-4 of the largest
 * value is allowed anyway: a sum of n float32 products is off by up to n * 2^-24 relative to the sum of magnitudes, 1e-4
 * for the 1,600 to 12,000 products of a unit here.
 *
 * Where single units flip at a kink of a ReLU or a pool changes its arg-max (`fraction_over_1e-4` above 0, or the tool
 * itself is off by more than 1e-4), which ones flip depends on the order of sums: the norm of the difference is bounded,
 * not each element.
 *
 * An integral over n points meets n times as many kinks, and near the zero baseline all units are close to one. Without a
 * flip the tool is off by 1e-7; above 1e-6 it has met some itself. On tinyvgg (n = 50, 5 million units along the path)
 * the gradient of WASM differs from that of plain JavaScript at 2 points, by 3.5 % and 12 % of its largest value, and at
 * the other 48 by less than 1e-5. A twentieth of what one point contributes is allowed in the norm, 1 / (20 n); another
 * quadrature rule or one point too few is off by more than a whole point.
 */
export function allowanceOf(entry: GoldenArray): Allowance {
	const points = Number(entry.params?.n_steps ?? 0);
	const [relative, relativeL2] = [10 * (entry.tolerance_rel ?? 0), 10 * (entry.tolerance_rel_l2 ?? 0)];
	if (points > 0 && relative > 1e-5)
		return { norm: "relativeL2", limit: Math.max(relativeL2, 1e-4, 1 / (20 * points)) };
	const kinks = (entry["fraction_over_1e-4"] ?? 0) > 0 || relative > 1e-3;
	return kinks
		? { norm: "relativeL2", limit: Math.max(relativeL2, 1e-4) }
		: { norm: "relative", limit: Math.max(relative, 1e-4) };
}
