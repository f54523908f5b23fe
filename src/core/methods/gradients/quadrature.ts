import type { ParameterDescription } from "../../../shared/methods";

/** Points in [0, 1] and their weights: the integral of f is about the sum of weight * f(point). */
export interface Quadrature {
	readonly points: readonly number[];
	readonly weights: readonly number[];
}

export const QUADRATURES = [
	"gausslegendre",
	"riemann_left",
	"riemann_right",
	"riemann_middle",
	"riemann_trapezoid",
	"riemann_include_endpoints",
] as const;
export type QuadratureName = (typeof QUADRATURES)[number];

/** How the integral along a path is approximated, by Captum's names. */
export const pathParameters = (rule: QuadratureName = "gausslegendre"): ParameterDescription[] => [
	{
		name: "n_steps",
		type: "integer",
		default: 50,
		min: 2,
		max: 10_000,
		help: "Points of the integral (Captum: n_steps).",
	},
	{
		name: "method",
		type: "choice",
		default: rule,
		choices: QUADRATURES,
		help: "How the integral is approximated (Captum: method).",
	},
];

/**
 * Captum's rules (0.9, `approximation_methods.py`). `riemann_trapezoid` is kept as it is there: n points of linspace(0, 1)
 * with weights 1/n, halved at the ends, which sum to (n - 1) / n, so that it is not complete. The others sum to 1.
 * `riemann_include_endpoints` is iNNvestigate's: the plain mean over linspace(0, 1).
 * @param n number of points, at least 1 (2 where both ends are points)
 */
export function quadrature(name: QuadratureName, n: number): Quadrature {
	if (name === "gausslegendre") return gaussLegendre(n);
	const index = Array.from({ length: n }, (_, i) => i);
	switch (name) {
		case "riemann_left":
			return { points: index.map((i) => i / n), weights: index.map(() => 1 / n) };
		case "riemann_right":
			return { points: index.map((i) => (i + 1) / n), weights: index.map(() => 1 / n) };
		case "riemann_middle":
			return { points: index.map((i) => (i + 0.5) / n), weights: index.map(() => 1 / n) };
		case "riemann_include_endpoints":
			return { points: index.map((i) => i / (n - 1)), weights: index.map(() => 1 / n) };
		case "riemann_trapezoid":
			return {
				points: index.map((i) => i / (n - 1)),
				weights: index.map((i) => (i === 0 || i === n - 1 ? 0.5 : 1) / n),
			};
	}
}

/** Gauss-Legendre nodes and weights on [0, 1]: roots of the Legendre polynomial by Newton's method. */
function gaussLegendre(n: number): Quadrature {
	const points: number[] = [];
	const weights: number[] = [];
	for (let i = 0; i < n; i++) {
		let x = -Math.cos((Math.PI * (i + 0.75)) / (n + 0.5));
		let slope = 1;
		for (let step = 0; step < 100; step++) {
			const [value, before] = legendre(n, x);
			slope = (n * (x * value - before)) / (x * x - 1);
			const change = value / slope;
			x -= change;
			if (Math.abs(change) < 1e-16) break;
		}
		points.push((1 + x) / 2);
		weights.push(1 / ((1 - x * x) * slope * slope));
	}
	return { points, weights };
}

/** P_n(x) and P_(n-1)(x). */
function legendre(n: number, x: number): [number, number] {
	let before = 0;
	let value = 1;
	for (let k = 1; k <= n; k++) [before, value] = [value, ((2 * k - 1) * x * value - (k - 1) * before) / k];
	return [value, before];
}
