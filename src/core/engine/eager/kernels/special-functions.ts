/** Scalar functions in double precision whose JavaScript built-in is missing or differs from IEEE and TensorFlow. */

const TWO_OVER_SQRT_PI = 2 / Math.sqrt(Math.PI);

/**
 * Error function, relative error below 1e-9 (float32 resolves 6e-8; the polynomial of tfjs is good to 1.5e-7 absolute,
 * too little for GELU's tail). erf(x) = 2/sqrt(pi) exp(-x^2) sum 2^n x^(2n+1) / (2n+1)!! has positive terms only, so
 * that nothing cancels; from 4 on 1 - erf(x) < 1.6e-8 is less than half a float32 step below 1.
 * (Abramowitz and Stegun 7.1.6)
 */
export function erf(x: number): number {
	if (Number.isNaN(x)) return x;
	if (Math.abs(x) >= 4) return Math.sign(x);
	const square = 2 * x * x;
	let term = x;
	let sum = x;
	for (let odd = 3; Math.abs(term) > 1e-10 * Math.abs(sum); odd += 2) {
		term *= square / odd;
		sum += term;
	}
	return TWO_OVER_SQRT_PI * Math.exp(-x * x) * sum;
}

/** Half to even, as IEEE and TensorFlow round. */
export function roundHalfEven(x: number): number {
	return Math.abs(x % 1) === 0.5 ? 2 * Math.round(x / 2) : Math.round(x);
}

/** log(1 + exp(x)) without overflow. */
export function softplus(x: number): number {
	return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}

/** C's pow: unlike JavaScript, 1 to any power (NaN too) and (-1) to an infinite one are 1. */
export function pow(x: number, y: number): number {
	if (x === 1 || (x === -1 && Math.abs(y) === Number.POSITIVE_INFINITY)) return 1;
	return x ** y;
}

/** x / y rounded to float32 before it is floored, as a float32 engine does. */
export function floorDiv(x: number, y: number): number {
	return Math.floor(Math.fround(x / y));
}

/** Remainder with the sign of y. */
export function floorMod(x: number, y: number): number {
	const remainder = x % y;
	return x < 0 === y < 0 || remainder === 0 ? remainder : Math.fround(remainder + y) % y;
}
