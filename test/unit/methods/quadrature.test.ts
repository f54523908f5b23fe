import assert from "node:assert/strict";
import { QUADRATURES, quadrature } from "../../../src/core/methods/gradients/quadrature";

describe("Quadrature", () => {
	it("gausslegendre integrates polynomials up to degree 2n - 1 exactly", () => {
		for (const n of [1, 2, 5, 13, 50]) {
			const { points, weights } = quadrature("gausslegendre", n);
			for (let degree = 0; degree < 2 * n; degree++) {
				const sum = points.reduce((total, point, at) => total + (weights[at] as number) * point ** degree, 0);
				assert.ok(Math.abs(sum - 1 / (degree + 1)) < 1e-13, `n ${n}, degree ${degree}: ${sum}`);
			}
		}
	});

	it("gausslegendre has the known nodes of order 2 and 3", () => {
		const two = quadrature("gausslegendre", 2).points;
		assert.ok(Math.abs((two[0] as number) - (1 - Math.sqrt(1 / 3)) / 2) < 1e-15);
		assert.ok(Math.abs((quadrature("gausslegendre", 3).weights[1] as number) - 4 / 9) < 1e-15);
	});

	it("the Riemann rules are those of Captum", () => {
		assert.deepEqual(quadrature("riemann_left", 4), {
			points: [0, 0.25, 0.5, 0.75],
			weights: [0.25, 0.25, 0.25, 0.25],
		});
		assert.deepEqual(quadrature("riemann_right", 4).points, [0.25, 0.5, 0.75, 1]);
		assert.deepEqual(quadrature("riemann_middle", 4).points, [0.125, 0.375, 0.625, 0.875]);
		assert.deepEqual(quadrature("riemann_trapezoid", 4), {
			points: [0, 1 / 3, 2 / 3, 1],
			weights: [0.125, 0.25, 0.25, 0.125],
		});
	});

	it("riemann_include_endpoints is the plain mean over both ends and what is between, as in iNNvestigate", () => {
		assert.deepEqual(quadrature("riemann_include_endpoints", 3), {
			points: [0, 0.5, 1],
			weights: [1 / 3, 1 / 3, 1 / 3],
		});
	});

	it("the weights sum to 1, but for Captum's trapezoid, where they sum to (n - 1) / n", () => {
		for (const name of QUADRATURES) {
			const sum = quadrature(name, 50).weights.reduce((total, weight) => total + weight, 0);
			assert.ok(Math.abs(sum - (name === "riemann_trapezoid" ? 0.98 : 1)) < 1e-12, name);
		}
	});
});
