import type { Tensor } from "../../../src/shared/tensor";
import { residualNetwork } from "../rules/networks";
import { SmallModel, tensor } from "../rules/small-model";

/** A small model of one kind, two examples for it, and one address of every form that a unit can have there. */
export interface KindOfModel {
	readonly kind: string;
	readonly model: () => SmallModel;
	readonly inputs: Readonly<Record<string, Tensor>>;
	readonly units: readonly string[];
	/** A layer that every unit depends on. */
	readonly firstLayer: string;
	/** A layer between the inputs and the unit that is above it. */
	readonly layer: string;
	readonly aboveLayer: string;
	/** The layer has positions, so that methods which weight maps have something to weight. */
	readonly spatial: boolean;
}

const image: KindOfModel = {
	kind: "an image",
	model: residualNetwork,
	inputs: { x: tensor([2, 6, 6, 2], 11) },
	units: [
		"predictions[1]",
		"predictions[1]^post",
		"conv2[2]@1,1",
		"conv2[2]",
		"conv2[2]:mean",
		"conv2[2]:max",
		"conv2",
		"conv2@1,2",
		"norm1^pre[1]@2,2",
		"predictions[1] - predictions[0]",
		"predictions[1] - conv2[0]:mean",
	],
	firstLayer: "conv1",
	layer: "pool",
	aboveLayer: "predictions[1]",
	spatial: true,
};

const vector: KindOfModel = {
	kind: "a vector",
	model: () => {
		const model = new SmallModel();
		const x = model.input("x", [5]);
		const hidden = model.layer("hidden", "Dense", x, {
			params: { kernel: tensor([5, 6], 3), bias: tensor([6], 4) },
			activation: "Relu",
			channelAxis: 1,
		});
		const more = model.layer("more", "Dense", hidden, {
			params: { kernel: tensor([6, 4], 5), bias: tensor([4], 6) },
			activation: "Relu",
			channelAxis: 1,
		});
		return model.output(
			model.layer("out", "Dense", more, {
				params: { kernel: tensor([4, 3], 8), bias: tensor([3], 9) },
				activation: "Softmax",
				channelAxis: 1,
			}),
		);
	},
	inputs: { x: tensor([2, 5], 21) },
	units: ["out[2]", "out[2]^post", "hidden[1]", "hidden^pre[1]", "hidden", "hidden:max", "out[2] - out[0]"],
	firstLayer: "hidden^pre",
	layer: "hidden",
	aboveLayer: "out[2]",
	spatial: false,
};

const sequence: KindOfModel = {
	kind: "a sequence",
	model: () => {
		const model = new SmallModel();
		const x = model.input("x", [7, 3], { channelAxis: 2 });
		const conv = model.layer("conv", "Conv1D", x, {
			params: { kernel: tensor([3, 3, 4], 3), bias: tensor([4], 4) },
			attrs: { padding: "same" },
			activation: "Relu",
			channelAxis: 2,
		});
		const steps = model.layer("steps", "Dense", conv, {
			params: { kernel: tensor([4, 4], 15), bias: tensor([4], 6) },
			activation: "Relu",
			channelAxis: 2,
		});
		const mean = model.layer("mean", "GlobalAvgPool", steps, { channelAxis: 1 });
		return model.output(
			model.layer("out", "Dense", mean, {
				params: { kernel: tensor([4, 2], 12), bias: tensor([2], 9) },
				activation: "Softmax",
				channelAxis: 1,
			}),
		);
	},
	inputs: { x: tensor([2, 7, 3], 31) },
	units: [
		"out[1]",
		"out[1]^post",
		"steps[1]@4",
		"steps[1]",
		"steps[1]:mean",
		"steps[1]:max",
		"steps@3",
		"out[1] - out[0]",
	],
	firstLayer: "conv^pre",
	layer: "conv",
	aboveLayer: "out[1]",
	spatial: true,
};

const twoInputs: KindOfModel = {
	kind: "an image and a vector",
	model: () => {
		const model = new SmallModel();
		const picture = model.input("picture", [4, 4, 2], { channelAxis: 3 });
		const facts = model.input("facts", [3]);
		const conv = model.layer("conv", "Conv2D", picture, {
			params: { kernel: tensor([3, 3, 2, 3], 3), bias: tensor([3], 4) },
			attrs: { padding: "same" },
			activation: "Relu",
			channelAxis: 3,
		});
		const flat = model.layer("flat", "Flatten", conv, { channelAxis: 1 });
		const joined = model.layer("joined", "Concat", [flat, facts], { attrs: { axis: 1 }, channelAxis: 1 });
		const hidden = model.layer("hidden", "Dense", joined, {
			params: { kernel: tensor([51, 5], 5), bias: tensor([5], 6) },
			activation: "Relu",
			channelAxis: 1,
		});
		return model.output(
			model.layer("out", "Dense", hidden, {
				params: { kernel: tensor([5, 2], 8), bias: tensor([2], 9) },
				channelAxis: 1,
			}),
		);
	},
	inputs: { picture: tensor([2, 4, 4, 2], 41), facts: tensor([2, 3], 42) },
	units: ["out[1]", "hidden[0]", "hidden", "hidden:max", "out[0] - out[1]", "conv[1]:max"],
	firstLayer: "conv^pre",
	layer: "conv",
	aboveLayer: "out[1]",
	spatial: true,
};

export const KINDS: readonly KindOfModel[] = [image, vector, sequence, twoInputs];
