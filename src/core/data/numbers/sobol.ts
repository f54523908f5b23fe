import { SOBOL_DIRECTIONS } from "./sobol-numbers";

/** Dimensions that there are direction numbers for. */
export const SOBOL_DIMENSIONS = 256;

const BITS = 32;

/**
 * Sobol's sequence: points that fill the unit cube evenly, equal to `scipy.stats.qmc.Sobol(dimensions, scramble=False)`.
 * Begins with 0 in every dimension; powers of two are good numbers of points.
 * @param dimensions 1 to 256
 */
export function* sobolSequence(dimensions: number): Generator<Float64Array, void, void> {
	if (!(dimensions >= 1 && dimensions <= SOBOL_DIMENSIONS))
		throw new RangeError(`Sobol's sequence has 1 to ${SOBOL_DIMENSIONS} dimensions here, not ${dimensions}`);
	const directions = Array.from({ length: dimensions }, (_, dimension) => directionsOf(dimension));
	const point = new Uint32Array(dimensions);
	for (let index = 0; index < 2 ** BITS; index++) {
		yield Float64Array.from(point, (bits) => bits / 2 ** BITS);
		// Antonov and Saleev's order: one bit of the Gray code changes from point to point.
		const changed = lowestZero(index);
		for (const [dimension, numbers] of directions.entries())
			point[dimension] = (point[dimension] as number) ^ (numbers[changed] as number);
	}
}

function lowestZero(index: number): number {
	let bit = 0;
	while ((index >>> bit) & 1) bit++;
	return bit;
}

let rows: readonly (readonly number[])[] | undefined;

function directionsOf(dimension: number): Uint32Array {
	if (dimension === 0) return Uint32Array.from({ length: BITS }, (_, bit) => 2 ** (BITS - 1 - bit));
	rows ??= SOBOL_DIRECTIONS.trim()
		.split(/\s+/)
		.map((row) => row.split(",").map((number) => Number.parseInt(number, 36)));
	const [polynomial, ...initial] = rows[dimension - 1] as [number, ...number[]];
	const degree = initial.length;
	const numbers = new Uint32Array(BITS);
	for (let bit = 0; bit < BITS; bit++) {
		if (bit < degree) {
			numbers[bit] = (initial[bit] as number) << (BITS - 1 - bit);
			continue;
		}
		const earlier = numbers[bit - degree] as number;
		let number = earlier ^ (earlier >>> degree);
		for (let power = 1; power < degree; power++)
			if ((polynomial >>> (degree - power)) & 1) number ^= numbers[bit - power] as number;
		numbers[bit] = number;
	}
	return numbers;
}
