import assert from "node:assert/strict";
import { gaussianBlur } from "../../../src/core/data/numbers/gaussian-blur";
import type { MethodRequest } from "../../../src/core/methods/method";
import { inpaint } from "../../../src/core/methods/perturbation/inpaint";
import { runToEnd } from "../../../src/core/methods/run-method";
import { float32 } from "../../../src/shared/tensor";
import { parseUnitAddress } from "../../../src/shared/unit-parser";
import { assertClose } from "../rules/close";
import { residualNetwork } from "../rules/networks";
import { SmallModel, sessionOf, tensor } from "../rules/small-model";

const x = tensor([1, 6, 6, 2], 11);
const unit = parseUnitAddress("predictions[1]");
const ask = (parameters: MethodRequest["parameters"]): MethodRequest => ({ inputs: { x }, unit, parameters });

/** What the unit loses when the input becomes another, by forward passes of its own. */
async function effectOf(covered: Float32Array): Promise<number> {
	const session = await sessionOf(residualNetwork());
	const [whole] = await session.unitValue({ x }, unit);
	const [value] = await session.unitValue({ x: float32([1, 6, 6, 2], covered) }, unit);
	return whole! - value!;
}

describe("What covers a window", () => {
	const sixBySix = { sliding_window_shapes: "6x6", strides: "6x6" };
	it("is the blurred input, equal to a plain convolution with a repeated border", async () => {
		const sigma = 0.8;
		const radius = Math.floor(4 * sigma + 0.5);
		const weights = Array.from({ length: 2 * radius + 1 }, (_, k) => Math.exp(-((k - radius) ** 2) / (2 * sigma ** 2)));
		const total = weights.reduce((a, b) => a + b) ** 2;
		const clamp = (at: number) => Math.min(5, Math.max(0, at));
		const expected = Array.from({ length: 72 }, (_, index) => {
			const [row, column, channel] = [Math.floor(index / 12), Math.floor(index / 2) % 6, index % 2];
			let sum = 0;
			for (const [dy, a] of weights.entries())
				for (const [dx, b] of weights.entries())
					sum += a * b * x.data[(clamp(row + dy - radius) * 6 + clamp(column + dx - radius)) * 2 + channel]!;
			return sum / total;
		});
		assertClose(gaussianBlur(x.data, x.shape, [1, 2], sigma, "nearest"), expected, 1e-6);
		const { maps } = await runToEnd(
			await sessionOf(residualNetwork()),
			"occlusion",
			ask({ ...sixBySix, baselines: "blur", blur_sigma: sigma }),
		);
		const effect = await effectOf(Float32Array.from(expected));
		assertClose(maps[0]!.tensor.data, new Array(72).fill(effect), 1e-5);
	});
	it("is noise with the mean and deviation of each channel, the same for the same seed", async () => {
		const session = await sessionOf(residualNetwork());
		const map = async (seed: number) =>
			(await runToEnd(session, "occlusion", { ...ask({ ...sixBySix, baselines: "noise" }), seed })).maps[0]!.tensor
				.data;
		const first = await map(1);
		assert.deepEqual(await map(1), first);
		assert.notDeepEqual(await map(2), first);
	});
	it("continues a plane into the window exactly, also at the border along the plane's level", () => {
		// Planes are harmonic; at a mirroring border only their slope along the border survives.
		const plane = float32(
			[1, 8, 8, 2],
			Float32Array.from({ length: 128 }, (_, at) => {
				const [row, column, channel] = [Math.floor(at / 16), Math.floor(at / 2) % 8, at % 2];
				return channel === 0 ? 2 * row - column : column;
			}),
		);
		const means = float32([1, 8, 8, 2], new Float32Array(128).fill(50));
		const fill = inpaint(plane, means, [0, 1]);
		assertClose(fill({ begin: [2, 3, 0], end: [5, 7, 2] }).data, plane.data, 2e-3);
		// What an earlier window left behind does not last.
		assertClose(fill({ begin: [1, 1, 0], end: [3, 2, 1] }).data, plane.data, 2e-3);
		const atBorder = fill({ begin: [0, 2, 1], end: [4, 6, 2] });
		assertClose(atBorder.data, plane.data, 2e-3);
		assertClose(fill({ begin: [0, 0, 0], end: [8, 8, 2] }).data, means.data);
	});
	it("needs neighbours to be blurred or continued", async () => {
		const model = new SmallModel();
		model.output(
			model.layer("dense", "Dense", model.input("x", [3]), { params: { kernel: tensor([3, 1], 1) }, channelAxis: 1 }),
		);
		const session = await sessionOf(model);
		for (const baselines of ["blur", "inpaint"])
			await assert.rejects(
				runToEnd(session, "occlusion", { inputs: { x: float32([1, 3], [1, 2, 3]) }, parameters: { baselines } }),
				/"x" has no axis of positions/,
			);
	});
});

describe("Occlusion", () => {
	it("counts the loss as a share of the unit when asked to", async () => {
		const session = await sessionOf(residualNetwork());
		const run = async (change: string) =>
			await runToEnd(session, "occlusion", ask({ sliding_window_shapes: "2", change }));
		const absolute = await run("absolute");
		const value = absolute.provenance.unitValue!;
		assertClose(
			(await run("relative")).maps[0]!.tensor.data,
			absolute.maps[0]!.tensor.data.map((effect) => effect / Math.abs(value)),
			1e-5,
		);
	});
	it("has no share of a unit that is 0", async () => {
		const model = new SmallModel();
		const kernel = float32([2, 1], [1, -1]);
		model.output(model.layer("out", "Dense", model.input("x", [2]), { params: { kernel }, channelAxis: 1 }));
		const inputs = { x: float32([1, 2], [3, 3]) };
		const request = { inputs, parameters: { sliding_window_shapes: "1", change: "relative" } };
		await assert.rejects(runToEnd(await sessionOf(model), "occlusion", request), /the unit is 0 on example 0/);
	});
	it("divides by the window's size when asked to, as DeepExplain does", async () => {
		const session = await sessionOf(residualNetwork());
		const run = async (divide_by_window: boolean) =>
			(await runToEnd(session, "occlusion", ask({ sliding_window_shapes: "3x3", strides: "3", divide_by_window })))
				.maps[0]!.tensor.data;
		assertClose(
			await run(true),
			(await run(false)).map((effect) => effect / 18),
			1e-5,
		);
	});
	it("covers windows with what surrounds them, each with its own", async () => {
		const session = await sessionOf(residualNetwork());
		const parameters = { sliding_window_shapes: "2x3", strides: "2x3", baselines: "inpaint" };
		const { maps } = await runToEnd(session, "occlusion", ask(parameters));
		const fill = inpaint(x, float32(x.shape, new Float32Array(72)), [0, 1]);
		for (const [top, left] of [
			[0, 0],
			[2, 3],
			[4, 0],
		] as const) {
			const covered = fill({ begin: [top, left, 0], end: [top + 2, left + 3, 2] }).data.slice() as Float32Array;
			assertClose([maps[0]!.tensor.data[(top * 6 + left) * 2]!], [await effectOf(covered)], 1e-3);
		}
	});
	it("of a layer's values covers its positions", async () => {
		const session = await sessionOf(residualNetwork());
		const at = { layer: "pool" };
		const { maps } = await runToEnd(session, "occlusion", {
			...ask({ sliding_window_shapes: "1", strides: "1" }),
			at,
		});
		const ablated = await runToEnd(session, "feature-ablation", { ...ask({ feature_mask: "positions" }), at });
		assertClose(maps[0]!.tensor.data, ablated.maps[0]!.tensor.data, 1e-4);
	});
	it("replaces tokens by the baseline token", async () => {
		const model = new SmallModel();
		const tokens = model.input("tokens", [3], { dtype: "int32" });
		const embeddings = float32([4, 1], [10, 1, 2, 4]);
		model.output(model.layer("embedding", "Embedding", tokens, { params: { embeddings }, channelAxis: 2 }));
		const { maps } = await runToEnd(await sessionOf(model), "occlusion", {
			inputs: { tokens: { dtype: "int32", shape: [1, 3], data: Int32Array.of(1, 2, 3) } },
			unit: parseUnitAddress("embedding"),
			parameters: { sliding_window_shapes: "1", baselines: "constant", baseline_value: 3 },
		});
		assertClose(maps[0]!.tensor.data, [1 - 4, 2 - 4, 0]);
	});
	it("studies several sizes of window, one map each", async () => {
		const session = await sessionOf(residualNetwork());
		const study = await runToEnd(session, "occlusion-study", ask({ sizes: "1,3,10" }));
		assert.deepEqual(
			study.maps.map(({ at, title }) => [at, title]),
			[
				["x", "1x1"],
				["x", "3x3"],
			],
		);
		for (const [index, size] of ["1x1", "3x3"].entries()) {
			const { maps } = await runToEnd(session, "occlusion", ask({ sliding_window_shapes: size }));
			assertClose(study.maps[index]!.tensor.data, maps[0]!.tensor.data);
		}
		assert.match(study.provenance.notices?.join() ?? "", /Windows of 10 do not fit/);
		await assert.rejects(runToEnd(session, "occlusion-study", ask({ sizes: "0,2" })), /whole numbers from 1 up/);
	});
});
