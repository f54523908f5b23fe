import assert from "node:assert/strict";
import type { OpenedModel } from "../../../src/core/formats/format";
import { canonise } from "../../../src/core/graph/passes";
import { float32 } from "../../../src/shared/tensor";
import { assertClose } from "../rules/close";
import { residualNetwork } from "../rules/networks";
import { SmallModel, sessionOf, tensor } from "../rules/small-model";

const normParams = (count: number) => ({
	gamma: tensor([count], 3),
	beta: tensor([count], 4),
	moving_mean: tensor([count], 5),
	moving_variance: float32(
		[count],
		tensor([count], 6).data.map((v) => 0.5 + v * v),
	),
});

/** One linear layer of this op with a normalisation behind it. */
function pair(
	op: string,
	shape: number[],
	kernel: number[],
	channels: number,
	attrs: Record<string, string | number | boolean> = {},
	axis = shape.length,
	bias = true,
): SmallModel {
	const model = new SmallModel();
	const linear = model.layer("linear", op, model.input("x", shape), {
		params: { kernel: tensor(kernel, 1), ...(bias && { bias: tensor([channels], 2) }) },
		attrs,
		channelAxis: axis,
	});
	return model.output(
		model.layer("norm", "BatchNormalization", linear, {
			params: normParams(channels),
			attrs: { axis, epsilon: 1e-3 },
			channelAxis: axis,
		}),
	);
}

const CASES: [string, SmallModel, number[]][] = [
	["a convolution", pair("Conv2D", [5, 5, 2], [3, 3, 2, 4], 4, { padding: "same" }), [5, 5, 2]],
	["a convolution without bias", pair("Conv2D", [5, 5, 2], [3, 3, 2, 4], 4, {}, 3, false), [5, 5, 2]],
	[
		"a convolution, channels first",
		pair("Conv2D", [2, 5, 5], [3, 3, 2, 4], 4, { dataFormat: "channels_first" }, 1),
		[2, 5, 5],
	],
	["a convolution over time", pair("Conv1D", [6, 2], [3, 2, 4], 4, {}, 2), [6, 2]],
	[
		"a depthwise convolution with two kernels a channel",
		pair("DepthwiseConv2D", [5, 5, 3], [3, 3, 3, 2], 6),
		[5, 5, 3],
	],
	[
		"a transposed convolution",
		pair("Conv2DTranspose", [3, 3, 2], [3, 3, 4, 2], 4, { strides: 2, padding: "same" }),
		[3, 3, 2],
	],
	["a dense layer", pair("Dense", [5], [5, 4], 4, {}, 1), [5]],
	["a dense layer over time", pair("Dense", [3, 5], [5, 4], 4, {}, 2), [3, 5]],
];

const isFolded = ({ graph }: OpenedModel) => !graph.nodes.some((node) => node.op === "BatchNormalization");

describe("Folding batch normalisation", () => {
	for (const [name, model, shape] of CASES) {
		it(`into ${name} leaves the values as they are`, async () => {
			const original = model.build();
			const folded = canonise(original, ["fold-batch-norm"]);
			assert.ok(isFolded(folded));
			assert.deepEqual(folded.graph.passes, ["fold-batch-norm"]);
			const x = tensor([2, ...shape], 9);
			const [before] = await (await sessionOf(original)).forward({ x });
			const [after] = await (await sessionOf(folded)).forward({ x });
			assert.deepEqual(after?.shape, before?.shape);
			assertClose(after?.data ?? [], before?.data ?? [], 1e-5);
		});
	}

	it("is not done where another layer reads the value before it", async () => {
		const model = new SmallModel();
		const linear = model.layer("linear", "Dense", model.input("x", [3]), {
			params: { kernel: tensor([3, 3], 1) },
			channelAxis: 1,
		});
		const norm = model.layer("norm", "BatchNormalization", linear, {
			params: normParams(3),
			attrs: { axis: 1 },
			channelAxis: 1,
		});
		model.output(model.layer("sum", "Add", [linear, norm], { channelAxis: 1 }));
		assert.ok(!isFolded(canonise(model.build(), ["fold-batch-norm"])));
	});

	it("is not done behind an activation, or over another axis than the channels", () => {
		const behind = new SmallModel();
		const dense = behind.layer("linear", "Dense", behind.input("x", [3]), {
			params: { kernel: tensor([3, 3], 1) },
			activation: "Relu",
			channelAxis: 1,
		});
		behind.output(
			behind.layer("norm", "BatchNormalization", dense, { params: normParams(3), attrs: { axis: 1 }, channelAxis: 1 }),
		);
		assert.ok(!isFolded(canonise(behind.build(), ["fold-batch-norm"])));
		assert.ok(!isFolded(canonise(pairOverRows(), ["fold-batch-norm"])));
	});

	it("changes relevance, not gradients", async () => {
		const session = await sessionOf(residualNetwork());
		const { gradientComposite } = await import("../../../src/core/rules/composites");
		const x = tensor([1, 6, 6, 2], 11);
		const request = {
			composite: gradientComposite,
			unit: { unit: { place: { layer: "predictions" }, channel: 0 } },
			at: ["input" as const],
			start: "one" as const,
		};
		const plain = await session.backward({ ...request, passes: [] }, { x });
		const folded = await session.backward({ ...request, passes: ["fold-batch-norm"] }, { x });
		assertClose(folded.maps[0]?.tensor.data ?? [], plain.maps[0]?.tensor.data ?? [], 1e-4);
	});

	it("leaves the value that is explained as it is", async () => {
		const session = await sessionOf(residualNetwork());
		const x = tensor([1, 6, 6, 2], 11);
		const { gradientComposite } = await import("../../../src/core/rules/composites");
		const unit = { unit: { place: { layer: "conv1" }, channel: 1 } };
		const request = { composite: gradientComposite, unit, at: ["input" as const], start: "value" as const };
		const folded = await session.backward({ ...request, passes: ["fold-batch-norm"] }, { x });
		assertClose(folded.unitValue, await session.unitValue({ x }, unit), 1e-6);
		const plain = await session.backward({ ...request, passes: [] }, { x });
		assertClose(folded.maps[0]?.tensor.data ?? [], plain.maps[0]?.tensor.data ?? [], 1e-5);
	});

	it("of an unknown name is refused", () => {
		assert.throws(
			() => canonise(residualNetwork().build(), ["fold-batchnorm"]),
			/no canonisation pass "fold-batchnorm"/,
		);
	});
});

/** A convolution of maps with as many rows as channels, normalised over its rows. */
function pairOverRows(): OpenedModel {
	const model = new SmallModel();
	const linear = model.layer("linear", "Conv2D", model.input("x", [4, 4, 2]), {
		params: { kernel: tensor([1, 1, 2, 4], 1) },
		channelAxis: 3,
	});
	return model
		.output(
			model.layer("norm", "BatchNormalization", linear, { params: normParams(4), attrs: { axis: 1 }, channelAxis: 3 }),
		)
		.build();
}
