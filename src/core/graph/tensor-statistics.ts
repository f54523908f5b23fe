import type { Histogram, TensorStatistics } from "../../shared/model";
import type { TensorData } from "../../shared/tensor";

const BINS = 64;

/** Statistics over the finite values; mean and deviation in double precision, the deviation that of the population. */
export function tensorStatistics(data: TensorData): TensorStatistics {
	let nan = 0;
	let infinite = 0;
	let zeros = 0;
	let sum = 0;
	let squares = 0;
	let min = Number.POSITIVE_INFINITY;
	let max = Number.NEGATIVE_INFINITY;
	for (let index = 0; index < data.length; index++) {
		const value = data[index] as number;
		if (!Number.isFinite(value)) {
			if (Number.isNaN(value)) nan++;
			else infinite++;
			continue;
		}
		if (value === 0) zeros++;
		sum += value;
		squares += value * value;
		if (value < min) min = value;
		if (value > max) max = value;
	}
	const finite = data.length - nan - infinite;
	const mean = finite > 0 ? sum / finite : 0;
	const low = finite > 0 ? min : 0;
	const high = finite > 0 ? max : 0;
	return {
		count: data.length,
		mean,
		std: Math.sqrt(centralMoment(data, mean, finite)),
		min: low,
		max: high,
		norm: Math.sqrt(squares),
		sparsity: data.length > 0 ? zeros / data.length : 0,
		nan,
		infinite,
		histogram: histogram(data, low, high),
	};
}

/** A second pass: squares minus the squared mean would cancel. */
function centralMoment(data: TensorData, mean: number, finite: number): number {
	if (finite === 0) return 0;
	let total = 0;
	for (let index = 0; index < data.length; index++) {
		const value = data[index] as number;
		if (Number.isFinite(value)) total += (value - mean) ** 2;
	}
	return total / finite;
}

function histogram(data: TensorData, min: number, max: number): Histogram {
	// One value only: a bin around it, wide enough that its edges differ in double precision.
	const span = max > min ? max - min : Math.max(Math.abs(min), 1) * 1e-6;
	const start = max > min ? min : min - span / 2;
	const counts = new Array<number>(BINS).fill(0);
	for (let index = 0; index < data.length; index++) {
		const value = data[index] as number;
		if (!Number.isFinite(value)) continue;
		const bin = Math.min(BINS - 1, Math.max(0, Math.floor(((value - start) / span) * BINS)));
		counts[bin] = (counts[bin] as number) + 1;
	}
	return { edges: Array.from({ length: BINS + 1 }, (_, edge) => start + (span * edge) / BINS), counts };
}
