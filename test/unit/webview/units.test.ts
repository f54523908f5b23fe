import assert from "node:assert/strict";
import type { Prediction } from "../../../src/shared/protocol";
import { addressOf, barOf } from "../../../webview/header/scores";
import { addressProblem, joinAddress, splitAddress, unitOptions } from "../../../webview/units/options";

const labels = ["cat", "dog", "tabby cat", "fish"];
const prediction: Prediction = {
	output: "out",
	layer: "predictions",
	kind: "logit",
	top: [
		{ index: 2, label: "tabby cat", value: 6 },
		{ index: 1, label: "dog", value: -2 },
	],
	count: 4,
};
const layers = ["conv", "block/conv 2", "predictions"];

describe("the units that are offered", () => {
	it("are the best classes until something is typed", () => {
		assert.deepEqual(
			unitOptions([prediction], labels, layers, "").map(({ address }) => address),
			["predictions[2]", "predictions[1]"],
		);
	});

	it("are then all classes and layers that fit, the best classes first, each once", () => {
		assert.deepEqual(
			unitOptions([prediction], labels, layers, "cat").map(({ title }) => title),
			["tabby cat", "cat"],
		);
		assert.deepEqual(
			unitOptions([prediction], labels, layers, "conv").map(({ address }) => address),
			["conv", '"block/conv 2"'],
		);
	});

	it("are found by index where there are no labels", () => {
		const [option] = unitOptions([{ ...prediction, top: [] }], undefined, [], "predictions[3]");
		assert.equal(option?.address, "predictions[3]");
	});
});

describe("an address as it is written", () => {
	it("is told with a caret where it does not follow the grammar", () => {
		const problem = addressProblem("conv[12", layers);
		assert.equal(problem?.where, "conv[12\n       ^");
	});

	it("is told with a caret where its layer is unknown", () => {
		assert.match(addressProblem("predictions[1] - convv[1]", layers)?.where ?? "", /\n {17}\^$/);
	});

	it("is let through where it is right", () => {
		assert.equal(addressProblem("conv[17]@4,9", layers), undefined);
		assert.equal(addressProblem("predictions[1] - predictions[2]", layers), undefined);
	});

	it("is split at its minus and joined again", () => {
		const address = 'predictions[1] - predictions["tabby cat"]';
		const { unit, minus } = splitAddress(address);
		assert.deepEqual([unit, minus], ["predictions[1]", 'predictions["tabby cat"]']);
		assert.equal(joinAddress(unit ?? "", minus), address);
		assert.equal(joinAddress("conv[1]", undefined), "conv[1]");
		assert.deepEqual(splitAddress("conv["), { unit: "conv[", minus: undefined });
	});
});

describe("bars of predictions", () => {
	it("fill their track by probability", () => {
		assert.deepEqual(barOf({ ...prediction, kind: "probability" }, 0.25), { start: 0, extent: 0.25 });
	});

	it("share one scale with its zero where values have a sign", () => {
		assert.deepEqual(barOf(prediction, 6), { start: 0.25, extent: 0.75 });
		assert.deepEqual(barOf(prediction, -2), { start: 0, extent: 0.25 });
	});

	it("are empty for NaN", () => {
		assert.deepEqual(barOf(prediction, Number.NaN), { start: 0, extent: 0 });
		assert.equal(addressOf(prediction, { index: 3, value: 0 }), "predictions[3]");
	});
});
