/** Methods that look at many points of the input, against loops over single gradients. */
import assert from "node:assert/strict";
import { Random } from "../../../src/core/data/numbers/random";
import { quadrature } from "../../../src/core/methods/gradients/quadrature";
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
const UNIT = "predictions[1]";
const ask = (parameters: MethodRequest["parameters"], more: Partial<MethodRequest> = {}): MethodRequest => ({
	inputs: { x },
	unit: parseUnitAddress(UNIT),
	parameters,
	...more,
});

async function gradientAt(session: ModelSession, input: ArrayLike<number>, at = "input", unit = UNIT) {
	const { maps } = await session.backward(
		{
			composite: gradientComposite,
			unit: parseUnitAddress(unit),
			at: [at === "input" ? at : parsePlace(at)],
			start: "one",
			passes: [],
		},
		{ x: float32(x.shape, input) },
	);
	const [{ tensor: gradient, activation }] = maps as [(typeof maps)[number]];
	return { gradient: Array.from(gradient.data), activation: Array.from(activation.data) };
}

const mapOf = async (session: ModelSession, method: string, request: MethodRequest) =>
	Array.from((await runToEnd(session, method, request)).maps[0]!.tensor.data);

const added = (into: number[], terms: readonly number[], weight: number) => {
	for (const [at, term] of terms.entries()) into[at] = (into[at] ?? 0) + weight * term;
};

describe("SmoothGrad, its square and VarGrad", () => {
	const samples = 7;
	/** Gradients of copies with noise, drawn one after the other. */
	async function noisyGradients(session: ModelSession, deviation: number, seed: number) {
		const random = new Random(seed);
		const gradients: number[][] = [];
		for (let sample = 0; sample < samples; sample++) {
			const noisy = Array.from(x.data, (value) => value + deviation * random.gaussian());
			gradients.push((await gradientAt(session, noisy)).gradient);
		}
		return gradients;
	}
	const absolute = { nt_samples: samples, stdevs: 0.4, stdevs_unit: "absolute" };

	it("are mean, mean square and variance of the gradients of noisy copies", async () => {
		const session = await sessionOf(residualNetwork());
		const gradients = await noisyGradients(session, 0.4, 5);
		const mean = (of: (value: number) => number) =>
			gradients[0]!.map((_, at) => gradients.reduce((sum, own) => sum + of(own[at]!), 0) / samples);
		const means = mean((value) => value);
		const request = ask(absolute, { seed: 5 });
		assertClose(await mapOf(session, "smoothgrad", request), means, 1e-5);
		const squares = mean((value) => value * value);
		assertClose(await mapOf(session, "smoothgrad-squared", request), squares, 1e-5);
		const variances = squares.map((square, at) => square - means[at]! ** 2);
		assertClose(await mapOf(session, "vargrad", request), variances, 1e-5);
		const magnitudes = mean(Math.abs);
		assertClose(await mapOf(session, "smoothgrad", ask({ ...absolute, abs: true }, { seed: 5 })), magnitudes, 1e-5);
	});

	it("count noise in the range of the example where they are told to", async () => {
		const session = await sessionOf(residualNetwork());
		const range = Math.max(...x.data) - Math.min(...x.data);
		const share = await mapOf(session, "vargrad", ask({ nt_samples: 3, stdevs: 0.1 }));
		const same = await mapOf(session, "vargrad", ask({ nt_samples: 3, stdevs: 0.1 * range, stdevs_unit: "absolute" }));
		assertClose(share, same, 1e-4);
	});

	it("give an example the same noise whatever its neighbours are", async () => {
		const session = await sessionOf(residualNetwork());
		const two = tensor([2, 6, 6, 2], 11);
		const both = await mapOf(session, "smoothgrad", ask({ nt_samples: 3 }, { inputs: { x: two } }));
		const second = { x: float32([1, 6, 6, 2], two.data.slice(72)) };
		assertClose(both.slice(72), await mapOf(session, "smoothgrad", ask({ nt_samples: 3 }, { inputs: second })), 1e-5);
	});
});

describe("Conductance and internal influence", () => {
	const baseline = tensor([1, 6, 6, 2], 12);
	const at = { layer: "pool" };
	const between = (share: number) =>
		Array.from(x.data, (value, i) => baseline.data[i]! + share * (value - baseline.data[i]!));

	it("are sums over single gradients at points of the path, as Captum defines them", async () => {
		const session = await sessionOf(residualNetwork());
		const parameters = { n_steps: 6, method: "riemann_middle" };
		const request = ask(parameters, { at, baselines: { x: baseline } });
		const influence: number[] = [];
		const { points, weights } = quadrature("riemann_middle", 6);
		for (const [step, point] of points.entries())
			added(influence, (await gradientAt(session, between(point), "pool")).gradient, weights[step]!);
		assertClose(await mapOf(session, "internal-influence", request), influence, 1e-5);

		const flow: number[] = [];
		const seven = await Promise.all(
			quadrature("riemann_middle", 7).points.map((point) => gradientAt(session, between(point), "pool")),
		);
		for (let step = 0; step < 6; step++) {
			const [here, next] = [seven[step]!, seven[step + 1]!];
			added(
				flow,
				here.gradient.map((gradient, i) => gradient * (next.activation[i]! - here.activation[i]!)),
				1,
			);
		}
		assertClose(await mapOf(session, "conductance", request), flow, 1e-5);
	});

	it("sums to the difference from the baseline at a layer that everything goes through, and promises nothing elsewhere", async () => {
		const session = await sessionOf(residualNetwork());
		const parameters = { n_steps: 800, method: "riemann_include_endpoints" };
		const whole = await runToEnd(session, "conductance", ask(parameters, { at }));
		const { sum, expected } = whole.provenance.completeness!;
		const attributed = sumOf(Array.from(whole.maps[0]!.tensor.data, Math.abs));
		assert.ok(Math.abs(sum - expected) < 0.01 * attributed, `${sum} instead of ${expected}, ${attributed} attributed`);
		const model = new SmallModel();
		const input = model.input("x", [2]);
		const doubled = model.layer("doubled", "MulConstant", input, { attrs: { constant: 2 }, channelAxis: 1 });
		model.output(model.layer("product", "Mul", [doubled, input], { channelAxis: 1 }));
		const around = await runToEnd(await sessionOf(model), "conductance", {
			inputs: { x: float32([1, 2], [3, -1]) },
			unit: parseUnitAddress("product"),
			at: { layer: "doubled" },
			parameters: {},
		});
		assert.equal(around.provenance.completeness, undefined);
	});

	it("of all neurons of a layer that everything goes through are integrated gradients", async () => {
		const session = await sessionOf(residualNetwork());
		const parameters = { n_steps: 5, method: "riemann_right" };
		const whole = await mapOf(session, "integrated-gradients", ask(parameters));
		const sum: number[] = [];
		for (let channel = 0; channel < 4; channel++)
			added(sum, await mapOf(session, "neuron-conductance", ask({ ...parameters, neuron: `pool[${channel}]` })), 1);
		assertClose(sum, whole, 1e-4);
		const positions: number[] = [];
		for (let row = 0; row < 3; row++)
			for (let column = 0; column < 3; column++)
				added(
					positions,
					await mapOf(session, "neuron-conductance", ask({ ...parameters, neuron: `pool[2]@${row},${column}` })),
					1,
				);
		const channel = await mapOf(session, "neuron-conductance", ask({ ...parameters, neuron: "pool[2]" }));
		assertClose(positions, channel, 1e-4);
	});

	it("of a neuron is the product of the gradients on either side, point by point", async () => {
		const session = await sessionOf(residualNetwork());
		const { points, weights } = quadrature("gausslegendre", 4);
		const neuron = "conv2[1]@1,2";
		const expected: number[] = [];
		for (const [step, point] of points.entries()) {
			const input = Array.from(x.data, (value) => value * point);
			const outgoing = (await gradientAt(session, input, "conv2")).gradient[(1 * 3 + 2) * 4 + 1]!;
			const incoming = (await gradientAt(session, input, "input", neuron)).gradient;
			added(expected, incoming, weights[step]! * outgoing);
		}
		const request = (more: MethodRequest["parameters"]) =>
			ask({ n_steps: 4, method: "gausslegendre", neuron, ...more });
		const mean = await mapOf(session, "neuron-conductance", request({ multiply_by_inputs: false }));
		assertClose(mean, expected, 1e-5);
		const factored = expected.map((value, i) => value * x.data[i]!);
		assertClose(await mapOf(session, "neuron-conductance", request({})), factored, 1e-5);
	});

	it("of no neuron or two are refused", async () => {
		const session = await sessionOf(residualNetwork());
		const run = (neuron: string) => runToEnd(session, "neuron-conductance", ask({ neuron }));
		await assert.rejects(run("conv2[0] - conv2[1]"), /a difference of two units, but one neuron/);
		await assert.rejects(run("conv3[0]"), /no layer "conv3"/);
		await assert.rejects(run("conv2[9]"), /4 channels/);
	});
});

describe("GradientSHAP", () => {
	const linear = () => {
		const model = new SmallModel();
		model.output(
			model.layer("dense", "Dense", model.input("x", [3]), {
				params: { kernel: float32([3, 1], [2, -1, 0.5]), bias: float32([1], [7]) },
				channelAxis: 1,
			}),
		);
		return model;
	};
	const references = tensor([5, 3], 3);
	const inputs = { x: tensor([2, 3], 4) };

	it("of a linear model is its weights times the way from the references that were drawn", async () => {
		const session = await sessionOf(linear());
		const result = await runToEnd(session, "gradient-shap", {
			inputs,
			unit: parseUnitAddress("dense[0]"),
			parameters: { n_samples: 200 },
			baselines: { x: references },
			seed: 3,
		});
		const random = new Random(3);
		const mean = [0, 0, 0];
		for (let sample = 0; sample < 200; sample++) {
			random.uniform();
			const which = random.integer(5);
			for (let at = 0; at < 3; at++) mean[at]! += references.data[which * 3 + at]! / 200;
		}
		const weights = [2, -1, 0.5];
		const expected = Array.from(inputs.x.data, (value, at) => weights[at % 3]! * (value - mean[at % 3]!));
		assertClose(result.maps[0]!.tensor.data, expected, 1e-5);
		assert.ok(Math.abs(result.provenance.completeness!.gap) < 1e-5);
	});

	it("comes to the mean of integrated gradients over the references", async () => {
		const session = await sessionOf(residualNetwork());
		const some = tensor([3, 6, 6, 2], 7);
		const expected: number[] = [];
		for (let which = 0; which < 3; which++) {
			const baselines = { x: float32([1, 6, 6, 2], some.data.slice(which * 72, (which + 1) * 72)) };
			added(expected, await mapOf(session, "integrated-gradients", ask({ n_steps: 200 }, { baselines })), 1 / 3);
		}
		const request = ask({ n_samples: 6000 }, { baselines: { x: some } });
		const got = await mapOf(session, "gradient-shap", request);
		const norm = (values: number[]) => Math.sqrt(sumOf(values.map((value) => value * value)));
		// The standard error of the mean of 6,000 draws is about 1 % of the norm here.
		assert.ok(norm(got.map((value, i) => value - expected[i]!)) < 0.05 * norm(expected));
	});

	it("takes one reference for all, sets of another size than the batch at a layer, and refuses others", async () => {
		const session = await sessionOf(residualNetwork());
		const some = tensor([3, 6, 6, 2], 7);
		const two = { x: tensor([2, 6, 6, 2], 11) };
		const request = (baselines: Record<string, Tensor>) => ask({}, { inputs: two, baselines, at: { layer: "pool" } });
		const { maps, provenance } = await runToEnd(session, "gradient-shap", request({ x: some }));
		assert.deepEqual(maps[0]!.tensor.shape, [2, 3, 3, 4]);
		assert.ok(provenance.completeness);
		await assert.rejects(
			runToEnd(session, "gradient-shap", ask({}, { baselines: { x: tensor([3, 6, 2], 7) } })),
			/references of "x" have the shape \[3, 6, 2\]/,
		);
	});
});

describe("Guided integrated gradients", () => {
	it("without leave to deviate are integrated gradients with the left rule", async () => {
		const session = await sessionOf(residualNetwork());
		const guided = await mapOf(session, "guided-ig", ask({ x_steps: 20, max_dist: 0 }));
		const straight = await mapOf(session, "integrated-gradients", ask({ n_steps: 20, method: "riemann_left" }));
		assertClose(guided, straight, 1e-4);
	});
	it("sum to the difference from the baseline", async () => {
		const session = await sessionOf(residualNetwork());
		const { provenance, maps } = await runToEnd(session, "guided-ig", ask({ x_steps: 1000 }));
		const { sum, expected } = provenance.completeness!;
		const attributed = sumOf(Array.from(maps[0]!.tensor.data, Math.abs));
		assert.ok(Math.abs(sum - expected) < 0.02 * attributed);
	});
});

describe("Blur integrated gradients", () => {
	it("sum to the difference from the blurred input, and show nothing of an input that blur does not change", async () => {
		const session = await sessionOf(residualNetwork());
		const parameters = { max_sigma: 3, steps: 2000, grad_step: 1e-3 };
		const { provenance, maps } = await runToEnd(session, "blur-ig", ask(parameters));
		const { sum, expected } = provenance.completeness!;
		const attributed = sumOf(Array.from(maps[0]!.tensor.data, Math.abs));
		assert.ok(Math.abs(sum - expected) < 0.02 * attributed, `${sum} instead of ${expected}, ${attributed}`);
		const nothing = await mapOf(
			session,
			"blur-ig",
			ask({ steps: 5 }, { inputs: { x: float32([1, 6, 6, 2], new Float32Array(72)) } }),
		);
		assert.ok(nothing.every((value) => Math.abs(value) === 0));
	});
});

describe("Partial results", () => {
	it("come after one point, then in growing batches", async () => {
		const session = await sessionOf(residualNetwork());
		for (const [method, parameters] of [
			["integrated-gradients", { n_steps: 21 }],
			["smoothgrad", { nt_samples: 21 }],
			["gradient-shap", { n_samples: 21 }],
		] as const) {
			const progress: number[] = [];
			for await (const result of runMethod(session, method, ask(parameters))) progress.push(result.progress * 21);
			assertClose(progress, [1, 5, 21]);
		}
	});
});
