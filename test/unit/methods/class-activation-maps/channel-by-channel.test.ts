import assert from "node:assert/strict";
import { runMethod, runToEnd } from "../../../../src/core/methods/run-method";
import type { ModelSession } from "../../../../src/core/session/model-session";
import type { ParameterValue } from "../../../../src/shared/methods";
import type { ExplanationResult } from "../../../../src/shared/result";
import { float32, type Tensor } from "../../../../src/shared/tensor";
import { parsePlace, parseUnitAddress } from "../../../../src/shared/unit-parser";
import { assertClose } from "../../rules/close";
import { residualNetwork } from "../../rules/networks";
import { SmallModel, sessionOf, tensor } from "../../rules/small-model";
import { pooledClassifier, visionTransformer } from "./networks";

const request = (x: Tensor, unit = "predictions[1]", parameters: Record<string, ParameterValue> = {}, at?: string) => ({
	inputs: { x },
	unit: parseUnitAddress(unit),
	parameters,
	...(at !== undefined && { at: parsePlace(at) }),
});

const scoreOf = async (session: ModelSession, x: Tensor, unit = "predictions[1]") =>
	(await session.unitValue({ x }, parseUnitAddress(unit)))[0]!;

const exampleOf = ({ shape, data }: Tensor, example: number) => {
	const size = data.length / shape[0]!;
	return float32([1, ...shape.slice(1)], data.slice(example * size, (example + 1) * size));
};

/** Resized with the corners on each other, one pixel at a time. */
function alignedCorners(plane: readonly number[], side: number, to: number): number[] {
	const at = (row: number, column: number) => plane[Math.min(side - 1, row) * side + Math.min(side - 1, column)]!;
	return Array.from({ length: to * to }, (_, index) => {
		const [y, x] = [Math.floor(index / to), index % to].map((i) => (i * (side - 1)) / (to - 1)) as [number, number];
		const [row, column] = [Math.floor(y), Math.floor(x)];
		const [dy, dx] = [y - row, x - column];
		const upper = at(row, column) * (1 - dx) + at(row, column + 1) * dx;
		const lower = at(row + 1, column) * (1 - dx) + at(row + 1, column + 1) * dx;
		return upper * (1 - dy) + lower * dy;
	});
}

describe("Score-CAM", () => {
	const x = tensor([2, 6, 6, 2], 11);

	it("weights channels by the softmax of the unit's values on the input seen through each of them", async () => {
		const session = await sessionOf(residualNetwork());
		const [value] = await session.forward({ x }, [{ layer: "sum" }]);
		const expected: number[] = [];
		for (const example of [0, 1]) {
			const input = exampleOf(x, example).data;
			const channels = [0, 1, 2, 3].map((channel) =>
				Array.from({ length: 9 }, (_, at) => value!.data[(example * 9 + at) * 4 + channel]!),
			);
			const scores: number[] = [];
			for (const plane of channels) {
				const mask = alignedCorners(plane, 3, 6);
				const [low, high] = [Math.min(...mask), Math.max(...mask)];
				const seen = input.map((pixel, at) => pixel * ((mask[Math.floor(at / 2)]! - low) / (high - low + 1e-8)));
				scores.push(await scoreOf(session, float32([1, 6, 6, 2], seen)));
			}
			const powers = scores.map(Math.exp);
			const sum = powers.reduce((a, b) => a + b, 0);
			for (let at = 0; at < 9; at++)
				expected.push(channels.reduce((map, plane, k) => map + (powers[k]! / sum) * plane[at]!, 0));
		}
		const { maps } = await runToEnd(session, "score-cam", request(x, "predictions[1]", {}, "sum"));
		assert.deepEqual(maps[0]?.tensor.shape, [2, 3, 3, 1]);
		assertClose(maps[0]?.tensor.data ?? [], expected);
	});

	it("comes in parts, and is the same whatever fits the memory", async () => {
		const whole = await runToEnd(await sessionOf(residualNetwork()), "score-cam", request(x));
		let last: ExplanationResult | undefined;
		const progress: number[] = [];
		for await (last of runMethod(await sessionOf(residualNetwork(), { memoryBudget: 1 }), "score-cam", request(x))) {
			progress.push(last.progress);
			assert.ok(last.maps[0]!.tensor.data.every(Number.isFinite));
		}
		assertClose(
			progress,
			[1, 2, 3, 4, 5, 6, 7, 8].map((count) => count / 8),
		);
		assertClose(last?.maps[0]?.tensor.data ?? [], whole.maps[0]?.tensor.data ?? []);
	});

	it("lays the grid of tokens over the picture", async () => {
		const session = await sessionOf(visionTransformer());
		const picture = tensor([1, 6, 8, 1], 3);
		const { maps } = await runToEnd(session, "score-cam", request(picture, "predictions[2]", {}, "encoded"));
		assert.deepEqual(maps[0]?.tensor.shape, [1, 3, 4, 1]);
	});

	it("leaves inputs alone whose positions are others, and is refused where there are none", async () => {
		const model = new SmallModel();
		const [picture, steps] = [model.input("picture", [4, 4, 1], { channelAxis: 3 }), model.input("steps", [5])];
		const conv = model.layer("conv", "Conv2D", picture, {
			params: { kernel: tensor([3, 3, 1, 2], 1) },
			attrs: { padding: "same" },
			channelAxis: 3,
		});
		const flat = model.layer("flat", "Flatten", conv, { channelAxis: 1 });
		const joined = model.layer("joined", "Concat", [flat, steps], { attrs: { axis: 1 }, channelAxis: 1 });
		const kernel = tensor([37, 2], 5);
		model.output(model.layer("predictions", "Dense", joined, { params: { kernel }, channelAxis: 1 }));
		const session = await sessionOf(model);
		const given = { inputs: { picture: tensor([1, 4, 4, 1], 2), steps: tensor([1, 5], 3) }, parameters: {} };
		assert.equal((await runToEnd(session, "score-cam", given)).maps[0]?.at, "conv");
		await assert.rejects(
			runToEnd(session, "score-cam", { ...given, at: { layer: "joined" } }),
			/no input has as many axes of them: picture \[4, 4, 1\], steps \[5\]/,
		);
		await assert.rejects(runToEnd(session, "score-cam", { ...given, at: "input" }), /feature maps of a layer/);
	});
});

describe("Ablation-CAM", () => {
	/** The network without some channels of its convolution: their kernels and biases are 0. */
	const without = (channel: number | undefined) => {
		const model = pooledClassifier().build();
		const { weights } = model;
		return {
			...model,
			weights: {
				list: () => weights.list(),
				info: (name: string) => weights.info(name),
				fingerprint: async (name: string) => `${await weights.fingerprint(name)} ${channel}`,
				close: () => weights.close(),
				async read(name: string) {
					const { dtype, shape, data } = await weights.read(name);
					const isConv = name.startsWith("conv/");
					return { dtype, shape, data: isConv ? data.map((w, at) => (at % 4 === channel ? 0 : w)) : data };
				},
			},
		};
	};
	const x = tensor([2, 6, 6, 2], 4);

	for (const relative of [true, false]) {
		it(`weights channels by ${relative ? "the share that the unit loses" : "what the unit loses"} without them`, async () => {
			const session = await sessionOf(without(undefined));
			const [value] = await session.forward({ x }, [{ layer: "conv" }]);
			const expected: number[] = [];
			for (const example of [0, 1]) {
				const own = exampleOf(x, example);
				const score = await scoreOf(session, own);
				const weights: number[] = [];
				for (let channel = 0; channel < 4; channel++) {
					const drop = score - (await scoreOf(await sessionOf(without(channel)), own));
					weights.push(relative ? drop / score : drop);
				}
				for (let at = 0; at < 16; at++)
					expected.push(weights.reduce((map, w, k) => map + w * value!.data[(example * 16 + at) * 4 + k]!, 0));
			}
			const { maps, provenance } = await runToEnd(session, "ablation-cam", request(x, "predictions[1]", { relative }));
			assert.equal(maps[0]?.at, "conv");
			assertClose(maps[0]?.tensor.data ?? [], expected, 1e-4);
			const negative = (await session.unitValue({ x }, parseUnitAddress("predictions[1]"))).some((score) => score < 0);
			assert.equal(
				provenance.notices?.some((notice) => /turns the map's sign/.test(notice)) ?? false,
				relative && negative,
			);
		});
	}

	it("ablates a channel of tokens, the class token too", async () => {
		const session = await sessionOf(visionTransformer());
		const picture = tensor([1, 6, 8, 1], 3);
		const [value] = await session.forward({ x: picture }, [{ layer: "encoded" }]);
		const { maps } = await runToEnd(
			session,
			"ablation-cam",
			request(picture, "predictions[2]", { relative: false }, "encoded"),
		);
		// The class reads the class token with its kernel: without a channel it loses that channel's product.
		const kernel = tensor([4, 3], 9).data;
		const expected = Array.from({ length: 12 }, (_, at) =>
			[0, 1, 2, 3].reduce((map, k) => map + value!.data[k]! * kernel[k * 3 + 2]! * value!.data[(at + 1) * 4 + k]!, 0),
		);
		assertClose(maps[0]?.tensor.data ?? [], expected, 1e-4);
	});

	it("explains a difference of which one part does not depend on the layer", async () => {
		const session = await sessionOf(residualNetwork());
		const unit = "predictions[1] - conv2[0]:mean";
		const inputs = tensor([1, 6, 6, 2], 11);
		const { maps, provenance } = await runToEnd(
			session,
			"ablation-cam",
			request(inputs, unit, { relative: false }, "sum"),
		);
		assert.ok(Math.abs(provenance.unitValue! - (await scoreOf(session, inputs, unit))) < 1e-5);
		const alone = await runToEnd(
			session,
			"ablation-cam",
			request(inputs, "predictions[1]", { relative: false }, "sum"),
		);
		assertClose(maps[0]?.tensor.data ?? [], alone.maps[0]?.tensor.data ?? []);
	});

	it("is refused at a layer that the unit does not depend on", async () => {
		const session = await sessionOf(residualNetwork());
		await assert.rejects(
			runToEnd(session, "ablation-cam", request(tensor([1, 6, 6, 2], 1), "conv1[1]", {}, "conv2")),
			/does not depend on "conv2"/,
		);
	});
});
