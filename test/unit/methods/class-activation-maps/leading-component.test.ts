import assert from "node:assert/strict";
import { leadingComponent } from "../../../../src/core/methods/class-activation-maps/features/leading-component";
import { runToEnd } from "../../../../src/core/methods/run-method";
import { parseUnitAddress } from "../../../../src/shared/unit-parser";
import { assertClose } from "../../rules/close";
import { residualNetwork } from "../../rules/networks";
import { numbers, sessionOf, tensor } from "../../rules/small-model";

type Matrix = number[][];

/** The projection by a cyclic Jacobi decomposition of the covariance, which shares nothing with Lanczos' method. */
function byJacobi(rows: Matrix): number[] {
	const columns = rows[0]!.length;
	const means = Array.from({ length: columns }, (_, c) => rows.reduce((sum, row) => sum + row[c]!, 0) / rows.length);
	const centred = rows.map((row) => row.map((value, c) => value - means[c]!));
	const matrix = Array.from({ length: columns }, (_, i) =>
		Array.from({ length: columns }, (_, j) => centred.reduce((sum, row) => sum + row[i]! * row[j]!, 0)),
	);
	const vectors = matrix.map((_, i) => matrix.map((_, j) => Number(i === j)));
	for (let sweep = 0; sweep < 60; sweep++) {
		for (let p = 0; p < columns; p++) {
			for (let q = p + 1; q < columns; q++) {
				if (matrix[p]![q] === 0) continue;
				const angle = 0.5 * Math.atan2(2 * matrix[p]![q]!, matrix[q]![q]! - matrix[p]![p]!);
				const [c, s] = [Math.cos(angle), Math.sin(angle)];
				const rotate = (a: number, b: number): [number, number] => [c * a - s * b, s * a + c * b];
				for (const row of [...matrix, ...vectors]) [row[p], row[q]] = rotate(row[p]!, row[q]!);
				const [above, below] = [matrix[p]!, matrix[q]!];
				for (let k = 0; k < columns; k++) [above[k], below[k]] = rotate(above[k]!, below[k]!);
			}
		}
	}
	const best = matrix.map((row, i) => row[i]!).reduce((top, value, i, all) => (value > all[top]! ? i : top), 0);
	const projection = centred.map((row) => row.reduce((sum, value, c) => sum + value * vectors[c]![best]!, 0));
	const largest = Math.max(...projection.map(Math.abs));
	const first = projection.find((value) => Math.abs(value) > largest * (1 - 1e-7)) ?? 0;
	return first < 0 ? projection.map((value) => -value) : projection;
}

const byColumn = (rows: Matrix) => rows[0]!.flatMap((_, c) => rows.map((row) => row[c]!));

describe("The leading component", () => {
	for (const [rows, columns] of [
		[9, 4],
		[4, 9],
		[25, 25],
		[64, 12],
		[1, 5],
		[2, 1],
	] as const) {
		it(`of ${rows} positions and ${columns} channels is that of a Jacobi decomposition`, () => {
			for (let seed = 1; seed < 6; seed++) {
				const values = numbers(rows * columns, seed);
				const matrix = Array.from({ length: rows }, (_, r) => values.slice(r * columns, (r + 1) * columns));
				assertClose(leadingComponent(byColumn(matrix), rows), byJacobi(matrix), 1e-6, `seed ${seed}`);
			}
		});
	}
	it("is found where it hardly exceeds the second, and where columns are of very different size", () => {
		const values = numbers(30 * 6, 3);
		const matrix = Array.from({ length: 30 }, (_, r) =>
			values.slice(r * 6, (r + 1) * 6).map((value, c) => value * [1e-6, 1e4, 1, 1, 0, 9.9e3][c]!),
		);
		assertClose(leadingComponent(byColumn(matrix), 30), byJacobi(matrix), 1e-6);
	});
	it("has its largest magnitude above 0", () => {
		for (let seed = 0; seed < 20; seed++) {
			const component = leadingComponent(numbers(48, seed), 8);
			assert.ok(Math.max(...component) >= -Math.min(...component));
		}
	});
	it("is 0 where nothing varies", () => {
		assert.deepEqual([...leadingComponent([3, 3, 3, 5, 5, 5], 3)], [0, 0, 0]);
		assert.deepEqual([...leadingComponent([], 0)], []);
	});
});

describe("Eigen-CAM and Eigen-Grad-CAM", () => {
	it("project activations, and activations times gradients, example by example", async () => {
		const session = await sessionOf(residualNetwork());
		const inputs = { x: tensor([2, 6, 6, 2], 7) };
		const unit = parseUnitAddress("predictions[0]");
		const [value] = await session.forward(inputs, [{ layer: "sum" }]);
		const gradient = (
			await runToEnd(session, "saliency", { inputs, unit, at: { layer: "sum" }, parameters: { abs: false } })
		).maps[0]!.tensor;
		const matrixOf = (data: ArrayLike<number>, example: number) =>
			Array.from({ length: 9 }, (_, at) => Array.from({ length: 4 }, (_, c) => data[example * 36 + at * 4 + c]!));
		const product = value!.data.map((activation, at) => activation * gradient.data[at]!);
		for (const [method, data] of [
			["eigen-cam", value!.data],
			["eigen-grad-cam", product],
		] as const) {
			const { maps, provenance } = await runToEnd(session, method, { inputs, unit, parameters: {} });
			assert.deepEqual([maps[0]?.at, maps[0]?.tensor.shape], ["sum", [2, 3, 3, 1]]);
			for (const example of [0, 1])
				assertClose(
					maps[0]!.tensor.data.slice(example * 9, example * 9 + 9),
					byJacobi(matrixOf(data, example)),
					1e-5,
					method,
				);
			assert.equal(provenance.unit, method === "eigen-cam" ? undefined : "predictions[0]");
		}
	});
});
