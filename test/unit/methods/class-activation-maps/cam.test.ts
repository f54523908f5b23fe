import assert from "node:assert/strict";
import { runToEnd } from "../../../../src/core/methods/run-method";
import type { ParameterValue } from "../../../../src/shared/methods";
import type { Tensor } from "../../../../src/shared/tensor";
import { parsePlace, parseUnitAddress } from "../../../../src/shared/unit-parser";
import { assertClose, sumOf } from "../../rules/close";
import { residualNetwork } from "../../rules/networks";
import { SmallModel, sessionOf, tensor } from "../../rules/small-model";
import { pooledClassifier } from "./networks";

const request = (x: Tensor, unit: string, parameters: Record<string, ParameterValue> = {}, at?: string) => ({
	inputs: { x },
	unit: parseUnitAddress(unit),
	parameters,
	...(at !== undefined && { at: parsePlace(at) }),
});

describe("CAM", () => {
	const x = tensor([2, 6, 6, 2], 4);

	it("weights feature maps by the classifier's weights, through a normalisation in between", async () => {
		const session = await sessionOf(pooledClassifier());
		const [value] = await session.forward({ x }, [{ layer: "conv" }]);
		const [kernel, gamma, variance] = [tensor([4, 3], 8).data, tensor([4], 3).data, [0.5, 1, 2, 0.25]];
		const weights = [0, 1, 2, 3].map((k) => (kernel[k * 3 + 1]! * gamma[k]!) / Math.sqrt(variance[k]! + 1e-3));
		const expected = Array.from({ length: 32 }, (_, at) =>
			weights.reduce((map, w, k) => map + w * value!.data[at * 4 + k]!, 0),
		);
		const { maps } = await runToEnd(session, "cam", request(x, "predictions[1]"));
		assert.deepEqual([maps[0]?.at, maps[0]?.tensor.shape], ["conv", [2, 4, 4, 1]]);
		assertClose(maps[0]?.tensor.data ?? [], expected);
	});

	it("is Grad-CAM times the number of positions, for any weighted sum of classes, in either layout", async () => {
		for (const channelsFirst of [false, true]) {
			const session = await sessionOf(pooledClassifier({ channelsFirst }));
			const input = channelsFirst ? tensor([2, 2, 6, 6], 4) : x;
			for (const unit of ["predictions[0]", "predictions[2] - predictions[0]", "average[1]", "predictions"]) {
				const [cam, gradCam] = await Promise.all(
					["cam", "grad-cam"].map((method) => runToEnd(session, method, request(input, unit))),
				);
				assertClose(
					cam!.maps[0]!.tensor.data,
					gradCam!.maps[0]!.tensor.data.map((value) => 16 * value),
				);
			}
		}
	});

	it("has a mean that tells classes apart as their logits do, up to the bias", async () => {
		const session = await sessionOf(pooledClassifier());
		const mean = async (unit: string) =>
			sumOf((await runToEnd(session, "cam", request(tensor([1, 6, 6, 2], 4), unit))).maps[0]!.tensor.data) / 16;
		const zero = await session
			.cutAt({ layer: "conv" }, { x })
			.unitValue(
				{ conv: { dtype: "float32", shape: [1, 4, 4, 4], data: new Float32Array(64) } },
				parseUnitAddress("predictions[1]"),
			);
		const value = await session.unitValue({ x: tensor([1, 6, 6, 2], 4) }, parseUnitAddress("predictions[1]"));
		assertClose([await mean("predictions[1]")], [value[0]! - zero[0]!], 1e-4);
	});

	it("is the channel itself where classes are the averaged channels", async () => {
		const model = new SmallModel();
		const conv = model.layer("conv", "Conv2D", model.input("x", [5, 5, 1], { channelAxis: 3 }), {
			params: { kernel: tensor([3, 3, 1, 3], 2) },
			attrs: { padding: "same" },
			activation: "Relu",
			channelAxis: 3,
		});
		model.output(model.layer("scores", "GlobalAvgPool", conv, { channelAxis: 1, activation: "Softmax" }));
		const session = await sessionOf(model);
		const input = tensor([1, 5, 5, 1], 3);
		const [value] = await session.forward({ x: input }, [{ layer: "conv" }]);
		const { maps } = await runToEnd(session, "cam", request(input, "scores[2]"));
		assertClose(
			maps[0]?.tensor.data ?? [],
			Array.from({ length: 25 }, (_, at) => value!.data[at * 3 + 2]!),
		);
	});

	it("is refused where the unit is no average of the layer", async () => {
		const session = await sessionOf(residualNetwork());
		const input = tensor([1, 6, 6, 2], 11);
		const refused = (unit: string, at?: string) =>
			assert.rejects(runToEnd(session, "cam", request(input, unit, {}, at)), /is not a weighted sum of the channels/);
		await refused("predictions[1]", "conv1");
		await refused("predictions[1]^post");
		await refused("conv2[1]:max", "conv2");
		await refused("sum[1]@1,1", "sum");
		await assert.rejects(
			runToEnd(session, "cam", request(input, "conv1[0]", {}, "sum")),
			/is not a weighted sum|does not depend/,
		);
		assert.equal((await runToEnd(session, "cam", request(input, "sum[1]:mean"))).maps[0]?.at, "sum");
	});
});

describe("Guided Grad-CAM", () => {
	const x = tensor([2, 6, 6, 2], 11);

	it("is guided backpropagation where Grad-CAM is positive, resized by either mode", async () => {
		const session = await sessionOf(residualNetwork());
		const unit = "predictions[1]";
		const guided = (await runToEnd(session, "guided-backprop", request(x, unit))).maps[0]!.tensor.data;
		for (const [mode, upsample] of [
			["nearest", "nearest"],
			["bilinear", "linear"],
			["bicubic", "cubic"],
		] as const) {
			// ReLU first, then resizing: so the map of Grad-CAM is made, and so is it here.
			const parameters = { relu_attributions: true, upsample };
			const mask = (await runToEnd(session, "grad-cam", request(x, unit, parameters, "sum"))).maps[0]!.tensor.data;
			const expected = guided.map((value, at) => value * mask[Math.floor(at / 2)]!);
			for (const layer of ["sum", "auto"]) {
				const { maps } = await runToEnd(
					session,
					"guided-grad-cam",
					request(x, unit, { interpolate_mode: mode, layer }),
				);
				assert.deepEqual([maps[0]?.at, maps[0]?.tensor.shape], ["x", [2, 6, 6, 2]]);
				assertClose(maps[0]?.tensor.data ?? [], expected, 1e-5, mode);
			}
		}
	});

	it("refuses a mode for other axes, and a layer that does not exist", async () => {
		const session = await sessionOf(residualNetwork());
		const run = (parameters: Record<string, string>) =>
			runToEnd(session, "guided-grad-cam", request(x, "predictions[1]", parameters));
		await assert.rejects(run({ interpolate_mode: "trilinear" }), /trilinear is for 3 axes .* has 2/);
		await assert.rejects(run({ layer: "conv9" }), /no layer "conv9"/);
	});
});
