import assert from "node:assert/strict";

/** Element by element within `tolerance` of the largest expected magnitude: float32 sums of a few dozen terms lose 1e-6. */
export function assertClose(
	actual: ArrayLike<number>,
	expected: ArrayLike<number>,
	tolerance = 1e-5,
	message = "",
): void {
	assert.equal(actual.length, expected.length, `${message} lengths`);
	let largest = 1e-6;
	for (let at = 0; at < expected.length; at++) largest = Math.max(largest, Math.abs(expected[at] as number));
	for (let at = 0; at < expected.length; at++) {
		const difference = Math.abs((actual[at] as number) - (expected[at] as number));
		assert.ok(
			difference <= tolerance * largest,
			`${message} [${at}]: ${actual[at]} instead of ${expected[at]} (largest ${largest})`,
		);
	}
}

export const sumOf = (values: ArrayLike<number>): number =>
	Array.from(values).reduce((total, value) => total + value, 0);
