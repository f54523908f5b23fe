import assert from "node:assert/strict";
import { runToEnd } from "../../../src/core/methods/run-method";
import { deconvnet, guidedBackprop, rectGrad } from "../../../src/core/rules/composites";
import { excitationComposite } from "../../../src/core/rules/lrp-composites/excitation";
import type { Composite } from "../../../src/core/rules/rule";
import type { ModelSession } from "../../../src/core/session/model-session";
import { float32, type Tensor } from "../../../src/shared/tensor";
import { parseUnitAddress } from "../../../src/shared/unit-parser";
import type { Place } from "../../../src/shared/units";
import { assertClose, sumOf } from "./close";
import { biasFreeNetwork, residualNetwork } from "./networks";
import { numbers, SmallModel, sessionOf, tensor } from "./small-model";

async function mapsAt(
	session: ModelSession,
	composite: Composite,
	unit: string,
	inputs: Record<string, Tensor>,
	at: readonly (Place | "input")[] = ["input"],
): Promise<Tensor[]> {
	const { maps } = await session.backward(
		{ composite, unit: parseUnitAddress(unit), at, start: "one", passes: [] },
		inputs,
	);
	return maps.map((map) => map.tensor);
}

const W = [tensor([5, 6], 1), tensor([6, 7], 2), tensor([7, 3], 3)] as const;
const B = [tensor([6], 4), tensor([7], 5), tensor([3], 6)] as const;

/** Three dense layers, ReLU behind the first two. */
function perceptron(): SmallModel {
	const model = new SmallModel();
	let value = model.input("x", [5]);
	for (const [index, name] of ["one", "two", "out"].entries())
		value = model.layer(name, "Dense", value, {
			params: { kernel: W[index] as Tensor, bias: B[index] as Tensor },
			...(name !== "out" && { activation: "Relu" }),
			channelAxis: 1,
		});
	return model.output(value);
}

const weight = (layer: number, from: number, to: number) => {
	const { shape, data } = W[layer] as Tensor;
	return data[from * (shape[1] as number) + to] as number;
};

/** Activations of every layer for one example, the input first. */
function activations(x: readonly number[]): number[][] {
	const values = [[...x]];
	for (const layer of [0, 1, 2]) {
		const before = values[layer] as number[];
		const sums = Array.from(B[layer]?.data ?? [], (bias, to) =>
			before.reduce((sum, value, from) => sum + value * weight(layer, from, to), bias),
		);
		values.push(layer === 2 ? sums : sums.map((value) => Math.max(0, value)));
	}
	return values;
}

describe("RectGrad", () => {
	const x = numbers(15, 7);
	/** What passes a ReLU: products above the percentile of nearest rank. */
	function passed(outputs: readonly number[], gradient: readonly number[], percentile: number): number[] {
		const products = outputs.map((value, at) => value * (gradient[at] as number));
		const ranked = [...products].sort((a, c) => c - a);
		// The most important one passes whatever the percentile.
		const threshold = ranked[Math.max(1, Math.round((products.length - 1) * (1 - percentile / 100)))] as number;
		return gradient.map((g, at) => ((products[at] as number) > threshold ? g : 0));
	}
	const back = (layer: number, gradient: readonly number[]) =>
		Array.from({ length: (W[layer] as Tensor).shape[0] as number }, (_, from) =>
			gradient.reduce((sum, g, to) => sum + g * weight(layer, from, to), 0),
		);

	for (const percentile of [20, 60, 98])
		it(`passes what is above percentile ${percentile} of each layer, example by example`, async () => {
			const session = await sessionOf(perceptron());
			const [map] = await mapsAt(session, rectGrad(percentile), "out[1]", { x: float32([3, 5], x) });
			const expected = [0, 1, 2].flatMap((example) => {
				const values = activations(x.slice(example * 5, example * 5 + 5));
				const top = back(2, [0, 1, 0]);
				const middle = back(1, passed(values[2] as number[], top, percentile));
				return back(0, passed(values[1] as number[], middle, percentile));
			});
			assertClose(map?.data ?? [], expected);
		});

	it("lets fewer ways through the higher the percentile is", async () => {
		const session = await sessionOf(residualNetwork());
		const inputs = { x: tensor([2, 6, 6, 2], 8) };
		const counts = await Promise.all(
			[50, 80, 95].map(async (percentile) => {
				const [map] = await mapsAt(session, rectGrad(percentile), "predictions[1]", inputs);
				return [...(map?.data ?? [])].filter((value) => value !== 0).length;
			}),
		);
		assert.ok((counts[0] as number) > (counts[2] as number), counts.join());
	});
});

describe("Excitation backpropagation", () => {
	/** Probabilities of the layer below, by the definition: each neuron chooses among what excites it. */
	function choose(layer: number, values: readonly number[], above: readonly number[], sign: 1 | -1 = 1): number[] {
		const below = new Array<number>(values.length).fill(0);
		for (const [to, probability] of above.entries()) {
			const shares = values.map((value, from) => Math.max(0, sign * value * weight(layer, from, to)));
			const all = shares.reduce((sum, share) => sum + share, 0);
			if (all === 0) continue;
			for (const [from, share] of shares.entries()) below[from] = (below[from] as number) + (share / all) * probability;
		}
		return below;
	}
	const x = numbers(10, 17).map(Math.abs);

	for (const contrastive of [false, true])
		it(`${contrastive ? "contrastive: " : ""}equals its definition, neuron by neuron`, async () => {
			const session = await sessionOf(perceptron());
			const composite = excitationComposite(contrastive, { bias: false });
			const [map] = await mapsAt(session, composite, "out[2]", { x: float32([2, 5], x) });
			const expected = [0, 1].flatMap((example) => {
				const values = activations(x.slice(example * 5, example * 5 + 5));
				const unit = [0, 0, 1];
				const excited = choose(2, values[2] as number[], unit);
				const opposite = choose(2, values[2] as number[], unit, -1);
				const top = contrastive ? excited.map((value, at) => value - (opposite[at] as number)) : excited;
				return choose(0, values[0] as number[], choose(1, values[1] as number[], top));
			});
			assertClose(map?.data ?? [], expected, 1e-4);
		});

	it("is a probability at every layer: not negative, and 1 in sum; the contrastive one sums to 0", async () => {
		const session = await sessionOf(biasFreeNetwork());
		const inputs = { x: float32([1, 6, 6, 2], numbers(72, 19).map(Math.abs)) };
		const places = [{ layer: "average" }, { layer: "sum" }, { layer: "conv1" }, "input"] as const;
		for (const map of await mapsAt(session, excitationComposite(false), "predictions[0]", inputs, places)) {
			assert.ok(map.data.every((value) => value >= 0));
			assertClose([sumOf(map.data)], [1], 1e-3);
		}
		for (const map of await mapsAt(session, excitationComposite(true), "predictions[0]", inputs, places)) {
			assert.ok(Math.abs(sumOf(map.data)) < 1e-3);
			assert.ok(Math.max(...map.data.map(Math.abs)) > 1e-3);
		}
	});

	it("contrasts in the layer of the unit, wherever that is", async () => {
		const session = await sessionOf(perceptron());
		const inputs = { x: float32([1, 5], x.slice(0, 5)) };
		const { maps } = await runToEnd(session, "excitation-backprop", {
			inputs,
			unit: parseUnitAddress("two[3]"),
			parameters: { contrastive: true },
		});
		const values = activations(x.slice(0, 5));
		const unit = [0, 0, 0, 1, 0, 0, 0];
		const opposite = choose(1, values[1] as number[], unit, -1);
		const top = choose(1, values[1] as number[], unit).map((value, at) => value - (opposite[at] as number));
		assertClose(maps[0]?.tensor.data ?? [], choose(0, values[0] as number[], top), 1e-4);
	});
});

describe("Max pooling on the way back", () => {
	it("goes through the switches of the forward pass in DeconvNet and guided backpropagation", async () => {
		const model = new SmallModel();
		const relu = model.layer("relu", "Relu", model.input("x", [4, 4, 1], { channelAxis: 3 }), { channelAxis: 3 });
		const attrs = { window: [2, 2], strides: [2, 2], padding: "valid" };
		model.output(model.layer("pool", "MaxPool", relu, { attrs, channelAxis: 3 }));
		const session = await sessionOf(model);
		const x = float32([1, 4, 4, 1], [1, 2, 8, 7, 4, 3, 6, 5, 0.5, 0.25, 0.1, 0.2, 0.75, 0.6, 0.9, 0.3]);
		for (const composite of [deconvnet, guidedBackprop]) {
			const [map] = await mapsAt(session, composite, "pool", { x });
			// 1 at the largest of each window of two by two.
			assert.deepEqual([...(map?.data ?? [])], [0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0]);
		}
	});
});
