import assert from "node:assert/strict";
import type { MethodRequest } from "../../../src/core/methods/method";
import { GridMask } from "../../../src/core/methods/perturbation/masks/grid-mask";
import { MaskSurface } from "../../../src/core/methods/perturbation/masks/mask-surface";
import { runMethod, runToEnd } from "../../../src/core/methods/run-method";
import { float32, type Tensor } from "../../../src/shared/tensor";
import { parseUnitAddress } from "../../../src/shared/unit-parser";
import { fixture } from "../data/fixtures";
import { assertClose, sumOf } from "../rules/close";
import { residualNetwork } from "../rules/networks";
import { SmallModel, sessionOf, tensor } from "../rules/small-model";

const unit = parseUnitAddress("out[0]");

/** The weighted sum of a vector's elements. */
function linear(weights: readonly number[]): SmallModel {
	const model = new SmallModel();
	const kernel = float32([weights.length, 1], weights);
	model.output(model.layer("out", "Dense", model.input("x", [weights.length]), { params: { kernel }, channelAxis: 1 }));
	return model;
}

const SIDE = 16;
/** Rows 4 to 7 and columns 9 to 12 of a picture. */
const inPatch = (row: number, column: number) => row >= 4 && row < 8 && column >= 9 && column < 13;
const patch = Array.from({ length: SIDE * SIDE }, (_, at) => inPatch(Math.floor(at / SIDE), at % SIDE));

/** Looks at a patch of a picture alone. */
function patchReader(): SmallModel {
	const model = new SmallModel();
	const flat = model.layer("flat", "Flatten", model.input("x", [SIDE, SIDE, 1], { channelAxis: 3 }), {
		channelAxis: 1,
	});
	const kernel = float32(
		[SIDE * SIDE, 1],
		patch.map((inside) => (inside ? 1 / 16 : 0)),
	);
	model.output(model.layer("out", "Dense", flat, { params: { kernel }, channelAxis: 1 }));
	return model;
}
const white = float32([1, SIDE, SIDE, 1], new Float32Array(SIDE * SIDE).fill(1));

const mapOf = async (model: SmallModel, method: string, x: Tensor, parameters: MethodRequest["parameters"], seed = 0) =>
	(await runToEnd(await sessionOf(model), method, { inputs: { x }, unit, parameters, seed })).maps[0]!.tensor;

const meanWhere = (values: ArrayLike<number>, where: (at: number) => boolean) => {
	const chosen = Array.from(values).filter((_, at) => where(at));
	return sumOf(chosen) / chosen.length;
};

describe("RISE", () => {
	it("enlarges its coarse masks as scikit-image does, and takes the part from the shift on", () => {
		interface Case {
			extents: number[];
			cells: number[];
			shifts: number[];
			grid: number[];
			mask: number[];
		}
		for (const { extents, cells, shifts, grid, mask } of fixture<{ cases: Case[] }>("grid-masks.json").cases)
			assertClose(new GridMask(extents, cells).enlarge(Float32Array.from(grid), shifts), mask, 1e-6);
	});
	it("of a linear model is on average w x (1 - p1) + p1 sum of w x", async () => {
		const weights = [3, -1, 0.5, 2];
		const x = float32([2, 4], [1, 2, 3, 4, -1, 0, 2, 1]);
		const [samples, seen] = [20_000, 0.3];
		const { data } = await mapOf(linear(weights), "rise", x, { N: samples, p1: seen });
		for (let example = 0; example < 2; example++) {
			const parts = weights.map((weight, at) => weight * x.data[example * 4 + at]!);
			const total = sumOf(parts);
			// A sample is at most the sum of magnitudes over p1, and differs from 0 with the probability p1.
			const error = sumOf(parts.map(Math.abs)) / Math.sqrt(samples * seen);
			for (const [at, part] of parts.entries()) {
				const expected = part * (1 - seen) + seen * total;
				assert.ok(Math.abs(data[example * 4 + at]! - expected) < 4 * error, `${data[example * 4 + at]} ${expected}`);
			}
		}
	});
	it("is strongest where the unit looks", async () => {
		const { data, shape } = await mapOf(patchReader(), "rise", white, { N: 600 });
		assert.deepEqual(shape, [1, SIDE, SIDE, 1]);
		assert.ok(meanWhere(data, (at) => patch[at]!) > 1.2 * meanWhere(data, (at) => !patch[at]));
	});
	it("is the same for the same seed, whatever fits the memory, and comes in parts from the first few masks on", async () => {
		const request = {
			inputs: { x: tensor([2, 6, 6, 2], 11) },
			unit: parseUnitAddress("predictions[1]"),
			parameters: { N: 50, s: 3 },
			seed: 4,
		};
		const whole = await runToEnd(await sessionOf(residualNetwork()), "rise", request);
		const progress: number[] = [];
		let last: Tensor | undefined;
		for await (const result of runMethod(await sessionOf(residualNetwork(), { memoryBudget: 1 }), "rise", request)) {
			progress.push(result.progress);
			last = result.maps[0]!.tensor;
		}
		assertClose(last!.data, whole.maps[0]!.tensor.data, 1e-5);
		assert.equal(progress.length, 50);
		assert.notDeepEqual(
			(await runToEnd(await sessionOf(residualNetwork()), "rise", { ...request, seed: 5 })).maps[0]!.tensor.data,
			whole.maps[0]!.tensor.data,
		);
	});
	it("keeps or replaces tokens, which cannot be blended", async () => {
		const model = new SmallModel();
		const tokens = model.input("tokens", [3], { dtype: "int32" });
		const embedded = model.layer("embedding", "Embedding", tokens, {
			params: { embeddings: float32([4, 1], [0, 1, 2, 4]) },
			channelAxis: 2,
		});
		model.output(model.layer("out", "GlobalAvgPool", embedded, { channelAxis: 1 }));
		const { maps } = await runToEnd(await sessionOf(model), "rise", {
			inputs: { tokens: { dtype: "int32", shape: [1, 3], data: Int32Array.of(3, 1, 0) } },
			unit,
			parameters: { N: 4000 },
		});
		// The embeddings are 4/3, 1/3 and 0 of the mean, and those of the baseline token 0.
		const [first, second, third] = Array.from(maps[0]!.tensor.data) as [number, number, number];
		assertClose([first - second, second - third], [0.5, 1 / 6], 0.2);
	});
});

describe("Sobol indices", () => {
	it("of a sum are the shares of the variance", async () => {
		const weights = [3, -1, 0.5, 2];
		const x = float32([1, 4], [1, 2, 3, 1]);
		const { data } = await mapOf(linear(weights), "sobol", x, { nb_design: 1024 });
		const parts = weights.map((weight, at) => (weight * x.data[at]!) ** 2);
		// The root of the number of designs: 3 %.
		assertClose(
			data,
			parts.map((part) => part / sumOf(parts)),
			0.03,
		);
	});
	it("of a product count the interplay: 4/7 for each of two factors", async () => {
		const model = new SmallModel();
		const [a, b] = [model.input("a", [1]), model.input("b", [1])];
		model.output(model.layer("out", "Mul", [a, b], { channelAxis: 1 }));
		for (const sampler of ["sobol", "latin-hypercube"]) {
			const { maps } = await runToEnd(await sessionOf(model), "sobol", {
				inputs: { a: float32([1, 1], [2]), b: float32([1, 1], [-3]) },
				unit,
				parameters: { nb_design: 2048, sampler },
			});
			assertClose([maps[0]!.tensor.data[0]!, maps[1]!.tensor.data[0]!], [4 / 7, 4 / 7], 0.05);
		}
	});
	it("are 0 where the unit does not look, and the cells of a picture are a grid", async () => {
		const { data } = await mapOf(patchReader(), "sobol", white, { grid_size: 4 });
		for (let row = 0; row < SIDE; row++)
			for (let column = 0; column < SIDE; column++) {
				const value = data[row * SIDE + column]!;
				assert.equal(value > 0, row >= 4 && row < 8 && column >= 8, `${row},${column}: ${value}`);
			}
	});
	it("refuse more cells than the sequence has dimensions", async () => {
		await assert.rejects(mapOf(patchReader(), "sobol", white, { grid_size: 12 }), /144 cells need 288/);
		const { data } = await mapOf(patchReader(), "sobol", white, {
			grid_size: 12,
			nb_design: 2,
			sampler: "latin-hypercube",
		});
		assert.ok(data.every(Number.isFinite));
	});
});

describe("Bubbles", () => {
	it("find the place that the unit looks at, and show the input there alone", async () => {
		for (const response of ["value", "correct"]) {
			const result = await runToEnd(await sessionOf(patchReader()), "bubbles", {
				inputs: { x: white },
				unit,
				parameters: { n_samples: 1500, sigma: 0.08, response, criterion: 0.3 },
			});
			assert.deepEqual(
				result.maps.map(({ title }) => title),
				["proportion", "diagnostic image"],
			);
			const [proportion, image] = result.maps.map(({ tensor: map }) => map.data);
			assert.ok(
				meanWhere(proportion!, (at) => patch[at]!) > 1.5 * meanWhere(proportion!, (at) => !patch[at]),
				response,
			);
			assert.ok(meanWhere(image!, (at) => patch[at]!) > 0.7, response);
			assert.ok(meanWhere(image!, (at) => !patch[at]) < 0.15, response);
		}
	});
	it("give each place its mean response: for a sum of places alone, what a single aperture shows", async () => {
		// Two elements, one of which is seen at a time: the mean response is the weight of that element.
		const { data } = await mapOf(linear([3, -1]), "bubbles", float32([1, 2], [1, 2]), { n_samples: 50 });
		assertClose(data, [3, -2], 1e-6);
	});
});

describe("An optimised mask", () => {
	it("is enlarged by a linear map whose transpose takes gradients back", () => {
		const input = {
			name: "x",
			tensor: float32([1, 20, 9, 1], new Float32Array(180)),
			reference: float32([1, 20, 9, 1], new Float32Array(180)),
			channelAxis: 3,
			extents: [20, 9],
			isVector: false,
			isDiscrete: false,
			positions: 180,
		};
		const surface = new MaskSurface(input, 2);
		assert.deepEqual(surface.cells, [10, 7]);
		const [cells, positions] = [tensor([70], 1).data as Float32Array, tensor([180], 2).data as Float32Array];
		const dot = (a: ArrayLike<number>, b: ArrayLike<number>) => sumOf(Array.from(a, (value, at) => value * b[at]!));
		assertClose([dot(surface.enlarge(cells), positions)], [dot(cells, surface.gather(positions))], 1e-5);
		assertClose(surface.enlarge(new Float32Array(70).fill(0.3)), new Array(180).fill(0.3));
	});
	it("takes away what the unit looks at, or keeps it", async () => {
		for (const game of ["deletion", "preservation"]) {
			const { data } = await mapOf(patchReader(), "meaningful-perturbation", white, {
				game,
				baselines: "zero",
				mask_scale: 2,
				l1_lambda: 0.0005,
				num_iters: 150,
			});
			assert.ok(meanWhere(data, (at) => patch[at]!) > 0.6, `${game}: ${meanWhere(data, (at) => patch[at]!)}`);
			assert.ok(meanWhere(data, (at) => !patch[at]) < 0.25, `${game}: ${meanWhere(data, (at) => !patch[at])}`);
			assert.ok(data.every((value) => value >= 0 && value <= 1));
		}
	});
	it("is flat when differences cost everything", async () => {
		const { data } = await mapOf(patchReader(), "meaningful-perturbation", white, {
			baselines: "zero",
			tv_lambda: 1e5,
			tv_beta: 2,
			lr: 1e-3,
			num_iters: 60,
		});
		assert.ok(Math.max(...data) - Math.min(...data) < 0.02);
	});
	it("means the same for a unit and for a multiple of it", async () => {
		const x = tensor([1, 5], 3);
		const parameters = { num_iters: 40 };
		const weights = [1, -2, 0.5, 3, 0.1];
		const one = await mapOf(linear(weights), "meaningful-perturbation", x, parameters);
		const many = await mapOf(linear(weights.map((weight) => 50 * weight)), "meaningful-perturbation", x, parameters);
		assertClose(many.data, one.data, 1e-4);
	});
	it("of a fixed area keeps that share of the cells, where the unit looks", async () => {
		const { data } = await mapOf(patchReader(), "extremal-perturbation", white, {
			area: 0.1,
			baselines: "zero",
			mask_scale: 1,
		});
		const share = sumOf(data) / data.length;
		assert.ok(Math.abs(share - 0.1) < 0.02, `${share}`);
		assert.ok(meanWhere(data, (at) => patch[at]!) > 0.8);
	});
	it("is refused for tokens alone", async () => {
		const model = new SmallModel();
		const tokens = model.input("tokens", [3], { dtype: "int32" });
		model.output(
			model.layer("out", "Embedding", tokens, {
				params: { embeddings: float32([4, 1], [0, 1, 2, 4]) },
				channelAxis: 2,
			}),
		);
		await assert.rejects(
			runToEnd(await sessionOf(model), "meaningful-perturbation", {
				inputs: { tokens: { dtype: "int32", shape: [1, 3], data: Int32Array.of(3, 1, 0) } },
				unit: parseUnitAddress("out"),
				parameters: {},
			}),
			/whole numbers, which cannot be blended/,
		);
	});
});
