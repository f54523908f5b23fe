import assert from "node:assert/strict";
import type { MethodRequest } from "../../../src/core/methods/method";
import { runMethod, runToEnd } from "../../../src/core/methods/run-method";
import { gradientComposite } from "../../../src/core/rules/composites";
import type { ModelSession } from "../../../src/core/session/model-session";
import { float32, type Tensor } from "../../../src/shared/tensor";
import { parsePlace, parseUnitAddress } from "../../../src/shared/unit-parser";
import { assertClose, sumOf } from "../rules/close";
import { residualNetwork } from "../rules/networks";
import { SmallModel, sessionOf, tensor } from "../rules/small-model";

const x = tensor([1, 6, 6, 2], 11);
const ask = (unit: string, more: Partial<MethodRequest> = {}): MethodRequest => ({
	inputs: { x },
	unit: parseUnitAddress(unit),
	parameters: {},
	...more,
});
const gradientOf = async (session: ModelSession, unit: string, at: "input" | string = "input", input: Tensor = x) => {
	const { maps } = await session.backward(
		{
			composite: gradientComposite,
			unit: parseUnitAddress(unit),
			at: [at === "input" ? at : parsePlace(at)],
			start: "one",
			passes: [],
		},
		{ x: input },
	);
	return maps[0] ?? assert.fail();
};

describe("Saliency and gradient x input", () => {
	it("are the gradient's magnitude, the gradient, and the gradient times the input", async () => {
		const session = await sessionOf(residualNetwork());
		const { tensor: gradient } = await gradientOf(session, "predictions[1]");
		const map = async (method: string, parameters = {}) =>
			(await runToEnd(session, method, ask("predictions[1]", { parameters }))).maps[0]?.tensor.data;
		assert.deepEqual(await map("saliency"), gradient.data.map(Math.abs));
		assert.deepEqual(await map("saliency", { abs: false }), gradient.data);
		assert.deepEqual(
			await map("gradient-x-input"),
			Float32Array.from(gradient.data, (g, at) => g * (x.data[at] as number)),
		);
	});
});

describe("Integrated gradients", () => {
	it("sum to f(x) - f(baseline)", async () => {
		const session = await sessionOf(residualNetwork());
		for (const [unit, parameters] of [
			["predictions[0]", {}],
			["conv2[1]", { baselines: "mean" }],
			["predictions[2] - predictions[0]", { baselines: "constant", baseline_value: 0.5 }],
		] as const) {
			// At a kink the quadrature is off by up to one step (1/500) of the jump in the gradient: some kinks, 1 % of all that is attributed.
			const { provenance, maps } = await runToEnd(
				session,
				"integrated-gradients",
				ask(unit, { parameters: { ...parameters, n_steps: 500 } }),
			);
			const { sum = 0, expected = 1 } = provenance.completeness ?? {};
			const attributed = sumOf(Array.from(maps[0]?.tensor.data ?? [], Math.abs));
			assert.ok(
				Math.abs(sum - expected) < 0.01 * attributed,
				`${unit}: ${JSON.stringify(provenance.completeness)}, ${attributed} attributed`,
			);
			assert.ok(Math.abs(sumOf(maps[0]?.tensor.data ?? []) - (provenance.completeness?.sum ?? 0)) < 1e-4);
		}
	});

	it("are exact for a polynomial whose gradient the quadrature integrates exactly", async () => {
		const model = new SmallModel();
		const [a, c] = [model.input("x", [2]), model.input("y", [2])];
		model.output(
			model.layer("product", "Mul", [model.layer("square", "Mul", [a, a], { channelAxis: 1 }), c], { channelAxis: 1 }),
		);
		const session = await sessionOf(model);
		const inputs = { x: float32([1, 2], [2, -1]), y: float32([1, 2], [3, 5]) };
		const { maps } = await runToEnd(session, "integrated-gradients", {
			inputs,
			unit: parseUnitAddress("product"),
			parameters: { n_steps: 2 },
		});
		// The integral over a of 2 a x * a y * x is 2/3 x^2 y, of a^2 x^2 * y is 1/3 x^2 y.
		assertClose(maps[0]?.tensor.data ?? [], [8, 10 / 3], 1e-6);
		assertClose(maps[1]?.tensor.data ?? [], [4, 5 / 3], 1e-6);
	});

	it("at a layer run between its values, and sum to the same difference where nothing goes around it", async () => {
		const session = await sessionOf(residualNetwork());
		const { maps, provenance } = await runToEnd(
			session,
			"integrated-gradients",
			ask("predictions[1]", { at: { layer: "pool" }, parameters: { n_steps: 200 } }),
		);
		assert.deepEqual([maps[0]?.at, maps[0]?.tensor.shape], ["pool", [1, 3, 3, 4]]);
		const whole = await runToEnd(
			session,
			"integrated-gradients",
			ask("predictions[1]", { parameters: { n_steps: 2 } }),
		);
		assertClose([provenance.completeness?.expected ?? 0], [whole.provenance.completeness?.expected ?? 1], 1e-5);
		const attributed = sumOf(Array.from(maps[0]?.tensor.data ?? [], Math.abs));
		assert.ok(
			Math.abs((provenance.completeness?.sum ?? 0) - (provenance.completeness?.expected ?? 1)) < 0.01 * attributed,
		);
	});

	it("at a layer hold the ways around it", async () => {
		const model = new SmallModel();
		const input = model.input("x", [2]);
		const doubled = model.layer("doubled", "MulConstant", input, { attrs: { constant: 2 }, channelAxis: 1 });
		model.output(model.layer("product", "Mul", [doubled, input], { channelAxis: 1 }));
		const inputs = { x: float32([1, 2], [3, -1]) };
		const { maps } = await runToEnd(await sessionOf(model), "integrated-gradients", {
			inputs,
			at: { layer: "doubled" },
			unit: parseUnitAddress("product"),
			parameters: { n_steps: 3 },
		});
		assertClose(maps[0]?.tensor.data ?? [], [18, 2], 1e-6);
	});

	it("at an embedding run from the token 0, or another, to the tokens of the input", async () => {
		const model = new SmallModel();
		const tokens = model.input("tokens", [2], { dtype: "int32" });
		const embeddings = float32([3, 2], [1, 2, 3, 4, 5, 6]);
		const embedded = model.layer("embedding", "Embedding", tokens, { params: { embeddings }, channelAxis: 2 });
		model.output(model.layer("squares", "Mul", [embedded, embedded], { channelAxis: 2 }));
		const session = await sessionOf(model);
		const run = (parameters: Record<string, string | number>) =>
			runToEnd(session, "integrated-gradients", {
				inputs: { tokens: { dtype: "int32", shape: [1, 2], data: Int32Array.of(1, 2) } },
				at: { layer: "embedding" },
				unit: parseUnitAddress("squares"),
				parameters: { n_steps: 3, ...parameters },
			});
		// The integral of 2 e along the way is the difference of the squares.
		assertClose((await run({})).maps[0]?.tensor.data ?? [], [9 - 1, 16 - 4, 25 - 1, 36 - 4], 1e-5);
		const fromOne = await run({ baselines: "constant", baseline_value: 1 });
		assertClose(fromOne.maps[0]?.tensor.data ?? [], [0, 0, 25 - 9, 36 - 16], 1e-5);
		await assert.rejects(run({ baselines: "mean" }), /which have no mean/);
		await assert.rejects(run({ baselines: "constant", baseline_value: 0.5 }), /which have no value 0.5/);
	});

	it("leave inputs that are held as they are", async () => {
		const model = new SmallModel();
		model.output(model.layer("product", "Mul", [model.input("x", [1]), model.input("y", [1])], { channelAxis: 1 }));
		const session = await sessionOf(model);
		const inputs = { x: float32([1, 1], [2]), y: float32([1, 1], [3]) };
		const { maps } = await runToEnd(session, "integrated-gradients", {
			inputs,
			held: ["y"],
			unit: parseUnitAddress("product"),
			parameters: {},
		});
		assert.deepEqual(
			maps.map((map) => map.at),
			["x"],
		);
		assertClose(maps[0]?.tensor.data ?? [], [6], 1e-6);
	});

	it("are the same whatever fits the memory, and come in parts", async () => {
		const whole = await runToEnd(
			await sessionOf(residualNetwork()),
			"integrated-gradients",
			ask("predictions[0]", { parameters: { n_steps: 5 } }),
		);
		const progress: number[] = [];
		let last: Float32Array | undefined;
		for await (const result of runMethod(
			await sessionOf(residualNetwork(), { memoryBudget: 1 }),
			"integrated-gradients",
			ask("predictions[0]", { parameters: { n_steps: 5 } }),
		)) {
			progress.push(result.progress);
			last = result.maps[0]?.tensor.data as Float32Array;
		}
		assertClose(progress, [0.2, 0.4, 0.6, 0.8, 1]);
		assertClose(last ?? [], whole.maps[0]?.tensor.data ?? [], 1e-5);
	});
});

describe("SmoothGrad", () => {
	it("without noise is the gradient", async () => {
		const session = await sessionOf(residualNetwork());
		const { maps } = await runToEnd(
			session,
			"smoothgrad",
			ask("predictions[1]", { parameters: { stdevs: 0, nt_samples: 4 } }),
		);
		assertClose(maps[0]?.tensor.data ?? [], (await gradientOf(session, "predictions[1]")).tensor.data, 1e-5);
	});
	it("gives the same map for the same seed, whatever fits the memory, and another for another", async () => {
		const run = async (seed: number, memoryBudget?: number) =>
			(
				await runToEnd(
					await sessionOf(residualNetwork(), { memoryBudget }),
					"smoothgrad",
					ask("predictions[1]", { seed }),
				)
			).maps[0]?.tensor.data ?? [];
		const first = await run(1);
		assertClose(await run(1, 1), first, 1e-5);
		assert.notDeepEqual(await run(2), first);
	});
	it("of a linear model is its gradient, whatever the noise", async () => {
		const model = new SmallModel();
		const kernel = tensor([3, 1], 1);
		model.output(model.layer("dense", "Dense", model.input("x", [3]), { params: { kernel }, channelAxis: 1 }));
		const { maps } = await runToEnd(await sessionOf(model), "smoothgrad", {
			inputs: { x: float32([1, 3], [1, 5, -2]) },
			unit: parseUnitAddress("dense[0]"),
			parameters: {},
		});
		assertClose(maps[0]?.tensor.data ?? [], kernel.data, 1e-6);
	});
});

describe("Grad-CAM", () => {
	it("weights each channel by its mean gradient and sums, at low resolution", async () => {
		const session = await sessionOf(residualNetwork());
		const { tensor: gradient, activation } = await gradientOf(session, "predictions[1]", "sum");
		const expected = new Array<number>(9).fill(0);
		for (let channel = 0; channel < 4; channel++) {
			let weight = 0;
			for (let at = 0; at < 9; at++) weight += (gradient.data[at * 4 + channel] as number) / 9;
			for (let at = 0; at < 9; at++)
				expected[at] = (expected[at] as number) + weight * (activation.data[at * 4 + channel] as number);
		}
		const { maps } = await runToEnd(session, "grad-cam", ask("predictions[1]", { at: { layer: "sum" } }));
		assert.deepEqual(maps[0]?.tensor.shape, [1, 3, 3, 1]);
		assertClose(maps[0]?.tensor.data ?? [], expected);
		const positive = await runToEnd(
			session,
			"grad-cam",
			ask("predictions[1]", { at: { layer: "sum" }, parameters: { relu_attributions: true } }),
		);
		assertClose(
			positive.maps[0]?.tensor.data ?? [],
			expected.map((value) => Math.max(0, value)),
		);
	});
	it("takes the last layer with positions that is no pooling when none is named", async () => {
		const session = await sessionOf(residualNetwork());
		assert.equal((await runToEnd(session, "grad-cam", ask("predictions[1]"))).maps[0]?.at, "sum");
		assert.equal((await runToEnd(session, "grad-cam", ask("conv1[1]"))).maps[0]?.at, "conv1");
	});
	it("reads channels-first maps in their own layout", async () => {
		const model = new SmallModel();
		const relu = model.layer("relu", "Relu", model.input("x", [2, 2, 2], { channelAxis: 1 }), { channelAxis: 1 });
		const flat = model.layer("flat", "Flatten", relu, { channelAxis: 1 });
		model.output(
			model.layer("dense", "Dense", flat, {
				params: { kernel: float32([8, 1], [1, 2, 3, 4, -1, -1, -1, -1]) },
				channelAxis: 1,
			}),
		);
		const { maps } = await runToEnd(await sessionOf(model), "grad-cam", {
			inputs: { x: float32([1, 2, 2, 2], [1, 2, 3, 4, 5, 6, 7, 8]) },
			at: { layer: "relu" },
			unit: parseUnitAddress("dense[0]"),
			parameters: {},
		});
		assert.deepEqual(maps[0]?.tensor.shape, [1, 1, 2, 2]);
		assertClose(maps[0]?.tensor.data ?? [], [2.5 - 5, 5 - 6, 7.5 - 7, 10 - 8]);
	});
	it("is refused where no layer has positions", async () => {
		const model = new SmallModel();
		model.output(
			model.layer("dense", "Dense", model.input("x", [3]), { params: { kernel: tensor([3, 2], 1) }, channelAxis: 1 }),
		);
		await assert.rejects(
			runToEnd(await sessionOf(model), "grad-cam", { inputs: { x: float32([1, 3], [1, 2, 3]) }, parameters: {} }),
			/no layer before the unit has positions/,
		);
	});
});

describe("Occlusion", () => {
	it("averages the effects of the windows over each element, clipped at the border, as Captum does", async () => {
		const session = await sessionOf(residualNetwork());
		const [window, stride] = [4, 3];
		const { maps } = await runToEnd(
			session,
			"occlusion",
			ask("predictions[1]", {
				parameters: { sliding_window_shapes: "4x4", strides: "3x3", baselines: "constant", baseline_value: 0.25 },
			}),
		);
		const [whole] = await session.unitValue({ x }, parseUnitAddress("predictions[1]"));
		const sums = new Array<number>(72).fill(0);
		const counts = new Array<number>(72).fill(0);
		const positions = Math.ceil((6 - window) / stride) + 1;
		assert.equal(positions, 2);
		for (let row = 0; row < positions; row++)
			for (let column = 0; column < positions; column++) {
				const covered: number[] = [];
				for (let y = row * stride; y < Math.min(6, row * stride + window); y++)
					for (let at = column * stride; at < Math.min(6, column * stride + window); at++)
						covered.push((y * 6 + at) * 2, (y * 6 + at) * 2 + 1);
				const data = x.data.slice() as Float32Array;
				for (const at of covered) data[at] = 0.25;
				const [value] = await session.unitValue({ x: float32([1, 6, 6, 2], data) }, parseUnitAddress("predictions[1]"));
				for (const at of covered) {
					sums[at] = (sums[at] as number) + (whole as number) - (value as number);
					counts[at] = (counts[at] as number) + 1;
				}
			}
		assertClose(
			maps[0]?.tensor.data ?? [],
			sums.map((sum, at) => sum / Math.max(1, counts[at] as number)),
			1e-5,
		);
	});
	it("takes windows over all axes, one input at a time", async () => {
		const model = new SmallModel();
		model.output(
			model.layer(
				"sum",
				"Add",
				[model.input("x", [3]), model.input("y", [2])].map((value, at) =>
					model.layer(`dense${at}`, "Dense", value, {
						params: { kernel: float32(at === 0 ? [3, 1] : [2, 1], at === 0 ? [1, 2, 3] : [4, 5]) },
						channelAxis: 1,
					}),
				),
				{ channelAxis: 1 },
			),
		);
		const inputs = { x: float32([2, 3], [1, 1, 1, 2, 2, 2]), y: float32([2, 2], [1, 1, 3, 3]) };
		const { maps } = await runToEnd(await sessionOf(model), "occlusion", {
			inputs,
			unit: parseUnitAddress("sum[0]"),
			parameters: { sliding_window_shapes: "x=2; y=1", strides: "1" },
		});
		assertClose(maps[0]?.tensor.data ?? [], [3, 4, 5, 6, 8, 10]);
		assertClose(maps[1]?.tensor.data ?? [], [4, 5, 12, 15]);
	});
});

describe("LRP", () => {
	it("starts with the unit's value, which its map sums to where there is no bias", async () => {
		const { biasFreeNetwork } = await import("../rules/networks");
		const { provenance } = await runToEnd(await sessionOf(biasFreeNetwork()), "lrp", ask("predictions[1]"));
		assert.equal(provenance.completeness?.expected, provenance.unitValue);
		assert.ok(Math.abs(provenance.completeness?.gap ?? 1) < 1e-3);
		assert.deepEqual(provenance.passes, ["merge-bias", "fold-batch-norm"]);
	});
	it("takes rules by name for kinds of layers", async () => {
		const session = await sessionOf(residualNetwork());
		const map = async (parameters: Record<string, string | number>) =>
			(await runToEnd(session, "lrp", ask("predictions[1]", { parameters: { canonise: "none", ...parameters } })))
				.maps[0]?.tensor.data;
		assert.deepEqual(
			await map({ composite: "EpsilonPlus", first: "Flat" }),
			await map({ composite: "EpsilonPlusFlat" }),
		);
		assert.deepEqual(
			await map({ composite: "EpsilonPlus", convolution: "AlphaBeta", alpha: 2, beta: 1 }),
			await map({ composite: "EpsilonAlpha2Beta1" }),
		);
		assert.deepEqual(
			await map({ composite: "EpsilonPlus", convolution: "Gamma", first: "ZBox", low: "-1", high: "1" }),
			await map({ composite: "EpsilonGammaBox", low: "-1,-1", high: "1,1" }),
		);
	});
	it("says which box it took when none is given", async () => {
		const { provenance } = await runToEnd(
			await sessionOf(residualNetwork()),
			"lrp",
			ask("predictions[1]", { parameters: { composite: "EpsilonGammaBox" } }),
		);
		assert.equal(provenance.notices?.length, 2);
		const known = await runToEnd(
			await sessionOf(residualNetwork()),
			"lrp",
			ask("predictions[1]", {
				parameters: { composite: "EpsilonGammaBox" },
				preprocess: { scale: 1 / 127.5, mean: [1] },
			}),
		);
		assert.equal(known.provenance.notices, undefined);
	});
});
