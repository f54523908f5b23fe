/** What is promised of gradient methods, whatever the model. */
import assert from "node:assert/strict";
import type { MethodRequest } from "../../../src/core/methods/method";
import { runToEnd } from "../../../src/core/methods/run-method";
import { float32, type Tensor } from "../../../src/shared/tensor";
import { parseUnitAddress } from "../../../src/shared/unit-parser";
import { assertClose, sumOf } from "../rules/close";
import { SmallModel, sessionOf, tensor } from "../rules/small-model";

/** Methods that are a function of the model's gradients alone, at the inputs. */
const GRADIENT_METHODS: readonly [string, MethodRequest["parameters"]][] = [
	["saliency", { abs: false }],
	["gradient-x-input", {}],
	["integrated-gradients", { n_steps: 20 }],
	["gradient-shap", { n_samples: 10, stdevs: 0.1 }],
	["smoothgrad", { nt_samples: 10 }],
	["smoothgrad-squared", { nt_samples: 10 }],
	["vargrad", { nt_samples: 10 }],
	["guided-ig", { x_steps: 20 }],
	["blur-ig", { steps: 10, max_sigma: 3 }],
	["xrai", { steps: 10, min_pixel_diff: 1, dilation_rad: 0 }],
];
/** Those that are linear in the unit: neither squares nor a path that the unit itself chooses. */
const LINEAR = new Set([
	"saliency",
	"gradient-x-input",
	"integrated-gradients",
	"gradient-shap",
	"smoothgrad",
	"blur-ig",
]);

const inputs = { x: tensor([2, 4, 4, 2], 51) };

const map = async (model: SmallModel, method: string, parameters: MethodRequest["parameters"], unit: string) =>
	Array.from(
		(await runToEnd(await sessionOf(model), method, { inputs, unit: parseUnitAddress(unit), parameters })).maps[0]!
			.tensor.data,
	);

const kernel = tensor([3, 3, 2, 3], 1);
const bias = tensor([3], 2);
const weights = tensor([48, 2], 3);

/** Convolution, ReLU, a dense layer of two outputs; `mixed` is 2 a - 3 b. */
function plain(): SmallModel {
	const model = new SmallModel();
	const conv = convolution(model, "conv", model.input("x", [4, 4, 2], { channelAxis: 3 }), kernel, bias);
	const relu = model.layer("relu", "Relu", conv, { channelAxis: 3 });
	const flat = model.layer("flat", "Flatten", relu, { channelAxis: 1 });
	const out = model.layer("out", "Dense", flat, { params: { kernel: weights }, channelAxis: 1 });
	const mix = float32([2, 1], [2, -3]);
	return model.output(model.layer("mixed", "Dense", out, { params: { kernel: mix }, channelAxis: 1 }));
}

/**
 * The same function as another network: each channel is there twice with a third and two thirds of its outgoing weights,
 * the input passes relu(x + 8) - 8, and the bias is added afterwards.
 */
function rewritten(): SmallModel {
	const model = new SmallModel();
	const x = model.input("x", [4, 4, 2], { channelAxis: 3 });
	const constant = (name: string, op: string, value: string, number: number) =>
		model.layer(name, op, value, { attrs: { constant: number }, channelAxis: 3 });
	const positive = model.layer("positive", "Relu", constant("up", "AddConstant", x, 8), { channelAxis: 3 });
	const same = constant("down", "SubConstant", positive, 8);
	const twice = (of: Tensor, inner: number): Tensor => {
		const data = new Float32Array(of.data.length * 2);
		for (const [at, value] of of.data.entries())
			for (const copy of [0, 1]) data[Math.floor(at / inner) * inner * 2 + copy * inner + (at % inner)] = value;
		return float32([...of.shape.slice(0, -1), inner * 2], data);
	};
	const conv = convolution(model, "wide", same, twice(kernel, 3));
	const shift = convolution(model, "shift", conv, float32([1, 1, 6, 6], identity(6)), twice(bias, 3));
	const relu = model.layer("relu", "Relu", shift, { channelAxis: 3 });
	const flat = model.layer("flat", "Flatten", relu, { channelAxis: 1 });
	const split = new Float32Array(96 * 2);
	for (let position = 0; position < 16; position++)
		for (let channel = 0; channel < 6; channel++)
			for (let out = 0; out < 2; out++)
				split[(position * 6 + channel) * 2 + out] =
					weights.data[(position * 3 + (channel % 3)) * 2 + out]! * (channel < 3 ? 1 / 3 : 2 / 3);
	return model.output(
		model.layer("out", "Dense", flat, { params: { kernel: float32([96, 2], split) }, channelAxis: 1 }),
	);
}

const identity = (n: number) => Array.from({ length: n * n }, (_, at) => (at % (n + 1) === 0 ? 1 : 0));

function convolution(model: SmallModel, name: string, input: string, kernels: Tensor, biases?: Tensor): string {
	const params = { kernel: kernels, ...(biases && { bias: biases }) };
	return model.layer(name, "Conv2D", input, { params, attrs: { padding: "same" }, channelAxis: 3 });
}

/** f = x1 x2 + x3: symmetric in the first two. */
function symmetric(): SmallModel {
	const model = new SmallModel();
	const x = model.input("x", [3]);
	const first = (name: string, column: number) =>
		model.layer(name, "Dense", x, {
			params: {
				kernel: float32(
					[3, 1],
					[0, 1, 2].map((row) => (row === column ? 1 : 0)),
				),
			},
			channelAxis: 1,
		});
	const product = model.layer("product", "Mul", [first("a", 0), first("b", 1)], { channelAxis: 1 });
	return model.output(model.layer("sum", "Add", [product, first("c", 2)], { channelAxis: 1 }));
}

describe("Axioms of gradient methods", function () {
	this.timeout(60_000);
	for (const [method, parameters] of GRADIENT_METHODS) {
		it(`${method} depends on the function alone, not on the network that computes it`, async () => {
			const [one, other] = [
				await map(plain(), method, parameters, "out[1]"),
				await map(rewritten(), method, parameters, "out[1]"),
			];
			assert.ok(one.some((value) => value !== 0));
			assertClose(other, one, 1e-4);
		});
	}
	for (const [method, parameters] of GRADIENT_METHODS.filter(([name]) => LINEAR.has(name))) {
		it(`${method} is linear: the map of 2 a - 3 b is 2 map(a) - 3 map(b)`, async () => {
			const [a, b, mixed] = await Promise.all(
				["out[0]", "out[1]", "mixed[0]"].map((unit) => map(plain(), method, parameters, unit)),
			);
			assertClose(
				mixed!,
				a!.map((value, at) => 2 * value - 3 * b![at]!),
				1e-4,
			);
			const difference = await map(plain(), method, parameters, "out[0] - out[1]");
			assertClose(
				difference,
				a!.map((value, at) => value - b![at]!),
				1e-4,
			);
		});
	}
	for (const method of ["integrated-gradients", "gradient-x-input", "saliency"]) {
		it(`${method} treats symmetric inputs alike`, async () => {
			const session = await sessionOf(symmetric());
			const { maps } = await runToEnd(session, method, {
				inputs: { x: float32([1, 3], [0.75, 0.75, -2]) },
				unit: parseUnitAddress("sum[0]"),
				parameters: {},
			});
			const { data } = maps[0]!.tensor;
			assert.ok(Math.abs(data[0]! - data[1]!) < 1e-6 && data[0] !== 0);
		});
	}
	for (const [method, parameters] of [
		["integrated-gradients", { n_steps: 2000 }],
		["guided-ig", { x_steps: 4000 }],
		["gradient-shap", { n_samples: 4000 }],
		["blur-ig", { steps: 4000, max_sigma: 2, grad_step: 1e-3 }],
	] as const) {
		it(`${method} is complete, each example by itself`, async () => {
			const session = await sessionOf(plain());
			for (const example of [0, 1]) {
				const one = { x: float32([1, 4, 4, 2], inputs.x.data.slice(example * 32, (example + 1) * 32)) };
				const { maps, provenance } = await runToEnd(session, method, {
					inputs: one,
					unit: parseUnitAddress("out[1]"),
					parameters,
				});
				const { sum, expected } = provenance.completeness!;
				const attributed = sumOf(Array.from(maps[0]!.tensor.data, Math.abs));
				assert.ok(Math.abs(sum - expected) < 0.02 * attributed, `${sum}, not ${expected}, ${attributed} attributed`);
			}
		});
	}
});
