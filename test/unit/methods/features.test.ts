import assert from "node:assert/strict";
import type { MethodRequest } from "../../../src/core/methods/method";
import { Moments } from "../../../src/core/methods/perturbation/features/regression";
import { runMethod, runToEnd } from "../../../src/core/methods/run-method";
import type { ModelSession } from "../../../src/core/session/model-session";
import { float32, type Tensor } from "../../../src/shared/tensor";
import { parsePlace, parseUnitAddress } from "../../../src/shared/unit-parser";
import { assertClose, sumOf } from "../rules/close";
import { residualNetwork } from "../rules/networks";
import { SmallModel, sessionOf, tensor } from "../rules/small-model";

const ints = (shape: number[], data: number[]): Tensor => ({ dtype: "int32", shape, data: Int32Array.from(data) });

/** Five features through a layer of ReLU: an interplay of all of them, but feature 4 counts for nothing. */
function network(): SmallModel {
	const model = new SmallModel();
	const kernel = tensor([5, 8], 3);
	for (let at = 32; at < 40; at++) kernel.data[at] = 0;
	// Features 0 and 1 are alike.
	for (let at = 0; at < 8; at++) kernel.data[8 + at] = kernel.data[at]!;
	const hidden = model.layer("hidden", "Dense", model.input("x", [5]), {
		params: { kernel, bias: tensor([8], 4) },
		activation: "Relu",
		channelAxis: 1,
	});
	return model.output(model.layer("out", "Dense", hidden, { params: { kernel: tensor([8, 2], 5) }, channelAxis: 1 }));
}
const x = float32([1, 5], [1.5, 1.5, -2, 0.7, 3]);
const baseline = float32([1, 5], [0.2, 0.2, 0.5, -1, 1]);
const unit = parseUnitAddress("out[1]");
const ask = (parameters: MethodRequest["parameters"] = {}, more: Partial<MethodRequest> = {}): MethodRequest => ({
	inputs: { x },
	baselines: { x: baseline },
	unit,
	parameters,
	...more,
});

/** The unit with the features of a set from the input and the others from the baseline. */
async function game(session: ModelSession): Promise<(present: readonly number[]) => number> {
	const known = new Map<string, number>();
	for (let set = 0; set < 32; set++) {
		const present = [0, 1, 2, 3, 4].filter((feature) => (set >> feature) & 1);
		const data = Float32Array.from(baseline.data, (value, at) => (present.includes(at) ? x.data[at]! : value));
		known.set(present.join(), (await session.unitValue({ x: float32([1, 5], data) }, unit))[0]!);
	}
	return (present) => known.get([...present].sort((a, b) => a - b).join())!;
}

function permutations(items: readonly number[]): number[][] {
	if (items.length === 0) return [[]];
	return items.flatMap((item) => permutations(items.filter((other) => other !== item)).map((rest) => [item, ...rest]));
}

/** Shapley values by their definition: the mean gain over all orders. */
async function definition(session: ModelSession): Promise<number[]> {
	const value = await game(session);
	const orders = permutations([0, 1, 2, 3, 4]);
	const sums = [0, 0, 0, 0, 0];
	for (const order of orders)
		for (const [place, feature] of order.entries())
			sums[feature]! += value(order.slice(0, place + 1)) - value(order.slice(0, place));
	return sums.map((sum) => sum / orders.length);
}

const mapOf = async (session: ModelSession, method: string, request: MethodRequest) =>
	(await runToEnd(session, method, request)).maps[0]!.tensor.data;

describe("Shapley values", () => {
	it("are the mean gain of a feature over all orders", async () => {
		const session = await sessionOf(network());
		assertClose(await mapOf(session, "shapley-values", ask()), await definition(session), 1e-5);
	});
	it("are symmetric, efficient, and nothing for a dummy", async () => {
		const { maps, provenance } = await runToEnd(await sessionOf(network()), "shapley-values", ask());
		const values = maps[0]!.tensor.data;
		assertClose([values[0]!], [values[1]!], 1e-5);
		assert.ok(Math.abs(values[4]!) < 1e-6, `${values[4]}`);
		const { expected, gap } = provenance.completeness!;
		assertClose([sumOf(values)], [expected], 1e-5);
		assert.ok(Math.abs(gap) < 1e-5, `${gap}`);
	});
	it("of segments are complete though the map repeats them over their elements", async () => {
		const session = await sessionOf(network());
		const masks = { x: ints([1, 5], [7, 7, 3, 3, 5]) };
		const { maps, provenance } = await runToEnd(session, "shapley-values", ask({}, { masks }));
		const values = maps[0]!.tensor.data;
		assert.deepEqual([values[0], values[2]], [values[1], values[3]]);
		assertClose([values[0]! + values[2]! + values[4]!], [provenance.completeness!.expected], 1e-5);
		assert.ok(Math.abs(provenance.completeness!.gap) < 1e-5);
	});
	it("refuse more features than can be enumerated, and say what to do", async () => {
		const request = { inputs: { x: tensor([1, 6, 6, 2], 11) }, parameters: { feature_mask: "elements" } };
		await assert.rejects(
			runToEnd(await sessionOf(residualNetwork()), "shapley-values", request),
			/72 features take 2\^72 forward passes/,
		);
	});
});

describe("Shapley value sampling", () => {
	it("comes near the values with many orders, is efficient with any number, and the seed decides it", async () => {
		const session = await sessionOf(network());
		const exact = await definition(session);
		const many = await mapOf(session, "shapley-value-sampling", ask({ n_samples: 3000 }));
		// 3000 of the 120 orders: the standard error is 2 % of the spread of a gain over orders, which is at most all of it.
		assertClose(many, exact, 0.06);
		const few = await runToEnd(session, "shapley-value-sampling", ask({ n_samples: 3 }));
		assert.ok(Math.abs(few.provenance.completeness!.gap) < 1e-5);
		assert.deepEqual(await mapOf(session, "shapley-value-sampling", ask({ n_samples: 3 })), few.maps[0]!.tensor.data);
		assert.notDeepEqual(
			await mapOf(session, "shapley-value-sampling", ask({ n_samples: 3 }, { seed: 5 })),
			few.maps[0]!.tensor.data,
		);
	});
	it("is the same whatever fits the memory", async () => {
		const whole = await mapOf(await sessionOf(network()), "shapley-value-sampling", ask());
		const one = await mapOf(await sessionOf(network(), { memoryBudget: 1 }), "shapley-value-sampling", ask());
		assertClose(one, whole, 1e-5);
	});
});

describe("KernelSHAP", () => {
	it("over all coalitions gives the Shapley values", async () => {
		const session = await sessionOf(network());
		const { maps, provenance } = await runToEnd(session, "kernel-shap", ask({ n_samples: 32 }));
		assertClose(maps[0]!.tensor.data, await definition(session), 1e-5);
		assert.ok(Math.abs(provenance.completeness!.gap) < 1e-6);
	});
	it("over random coalitions comes near, and is efficient with fewer coalitions than features", async () => {
		const session = await sessionOf(network());
		const exact = await definition(session);
		const estimates = await Promise.all(
			[1, 2, 3, 4, 5, 6].map((seed) => mapOf(session, "kernel-shap", ask({ n_samples: 31 }, { seed }))),
		);
		const mean = exact.map((_, at) => sumOf(estimates.map((one) => one[at]!)) / estimates.length);
		assertClose(mean, exact, 0.1);
		const few = await runToEnd(session, "kernel-shap", ask({ n_samples: 4 }));
		assert.match(few.provenance.notices?.join() ?? "", /4 samples do not determine the values of 5 features/);
		const enough = await runToEnd(session, "kernel-shap", ask({ n_samples: 31 }));
		assert.equal(enough.provenance.notices, undefined);
		assert.ok(Math.abs(few.provenance.completeness!.gap) < 1e-6);
	});
	it("is exact for a linear model from as many random coalitions as features", async () => {
		const kernel = float32([6, 1], [1, -2, 3, 0.5, 0, 4]);
		const model = new SmallModel();
		model.output(model.layer("out", "Dense", model.input("x", [6]), { params: { kernel }, channelAxis: 1 }));
		const inputs = { x: float32([2, 6], [1, 1, 1, 1, 1, 1, 2, 0, -1, 3, 5, 1]) };
		const values = await mapOf(await sessionOf(model), "kernel-shap", {
			inputs,
			unit: parseUnitAddress("out[0]"),
			parameters: { n_samples: 40 },
		});
		assertClose(
			values,
			inputs.x.data.map((value, at) => value * kernel.data[at % 6]!),
			1e-5,
		);
	});
});

describe("LIME", () => {
	const kernel = float32([4, 1], [3, -1, 0.5, 2]);
	const model = () => {
		const small = new SmallModel();
		return small.output(
			small.layer("out", "Dense", small.input("x", [4]), {
				params: { kernel, bias: float32([1], [7]) },
				channelAxis: 1,
			}),
		);
	};
	const inputs = { x: float32([2, 4], [1, 2, 3, 4, -1, 0.5, 2, 1]) };
	const run = async (parameters: MethodRequest["parameters"]) =>
		mapOf(await sessionOf(model()), "lime", { inputs, unit: parseUnitAddress("out[0]"), parameters });
	it("on a linear model gives its weights times the input, whatever the distance", async () => {
		const expected = inputs.x.data.map((value, at) => value * kernel.data[at % 4]!);
		for (const distance_mode of ["cosine", "euclidean"])
			assertClose(await run({ interpretable_model: "linear", distance_mode, kernel_width: 3 }), expected, 1e-5);
	});
	it("shrinks with the penalty, and lasso drops what counts little", async () => {
		const lasso = await run({ alpha: 0.2, n_samples: 400 });
		assert.equal(lasso[5], 0);
		const strong = sumOf((await run({ interpretable_model: "ridge", alpha: 100 })).map(Math.abs));
		assert.ok(strong < sumOf((await run({ interpretable_model: "ridge", alpha: 0.01 })).map(Math.abs)));
	});
	it("refuses more features than a regression bears", async () => {
		const large = new SmallModel();
		const flat = large.layer("flat", "Flatten", large.input("x", [48, 48, 1], { channelAxis: 3 }), { channelAxis: 1 });
		large.output(large.layer("out", "Dense", flat, { params: { kernel: tensor([2304, 1], 1) }, channelAxis: 1 }));
		await assert.rejects(
			runToEnd(await sessionOf(large), "lime", {
				inputs: { x: tensor([1, 48, 48, 1], 2) },
				parameters: { feature_mask: "elements" },
			}),
			/2304 features are too many for a linear model/,
		);
	});
});

describe("Linear regression from moments", () => {
	const rows = Array.from({ length: 30 }, (_, row) => Array.from(tensor([4], row + 1).data));
	const values = rows.map(([a = 0, b = 0, c = 0, d = 0]) => 2 * a - b + 0.1 * c * d + 3);
	const weights = rows.map((_, row) => 0.2 + (row % 3));
	const fill = () => {
		const moments = new Moments(4);
		for (const [row, values_] of rows.entries()) moments.add(values_, values[row]!, weights[row]!);
		return moments;
	};
	/** Gradient of the weighted squared error by each coefficient, the intercept at its best. */
	function gradient(coefficients: ArrayLike<number>): number[] {
		const total = sumOf(weights);
		const residuals = rows.map((row, at) => values[at]! - sumOf(row.map((value, i) => value * coefficients[i]!)));
		const intercept = sumOf(residuals.map((value, at) => value * weights[at]!)) / total;
		return [0, 1, 2, 3].map((i) =>
			sumOf(residuals.map((value, at) => -weights[at]! * (value - intercept) * rows[at]![i]!)),
		);
	}
	it("leaves no gradient", () => {
		for (const slope of gradient(fill().linear())) assert.ok(Math.abs(slope) < 1e-6, `${slope}`);
		const ridge = fill().ridge(2.5);
		for (const [i, slope] of gradient(ridge).entries()) assert.ok(Math.abs(slope + 2.5 * ridge[i]!) < 1e-6);
	});
	it("of lasso meets the conditions of the optimum: the slope is the penalty where a coefficient is not 0", () => {
		const alpha = 0.05;
		const lasso = fill().lasso(alpha);
		const penalty = alpha * sumOf(weights);
		assert.ok(lasso.some((value) => value === 0) && lasso.some((value) => value !== 0));
		for (const [i, slope] of gradient(lasso).entries()) {
			if (lasso[i] === 0) assert.ok(Math.abs(slope) <= penalty * (1 + 1e-9));
			else assert.ok(Math.abs(slope + Math.sign(lasso[i]!) * penalty) < 1e-6 * penalty, `${slope} ${penalty}`);
		}
	});
	it("of too few rows is the solution of the smallest norm", () => {
		const moments = new Moments(4);
		for (const row of [0, 1]) moments.add(rows[row]!, values[row]!, 1);
		const found = moments.throughOrigin();
		for (const row of [0, 1]) assertClose([sumOf(rows[row]!.map((value, i) => value * found[i]!))], [values[row]!]);
		// It lies in the span of the rows: nothing is left when both are projected out.
		const [a, b] = [rows[0]!, rows[1]!];
		const dot = (p: ArrayLike<number>, q: ArrayLike<number>) => sumOf(Array.from(p, (value, i) => value * q[i]!));
		const across = b.map((value, i) => value - (dot(a, b) / dot(a, a)) * a[i]!);
		const rest = Array.from(
			found,
			(value, i) =>
				value - (dot(found, a) / dot(a, a)) * a[i]! - (dot(found, across) / dot(across, across)) * across[i]!,
		);
		for (const value of rest) assert.ok(Math.abs(value) < 1e-6, `${value}`);
	});
});

describe("Feature ablation", () => {
	it("takes each feature away and writes the loss to all its elements, over several inputs", async () => {
		const model = new SmallModel();
		const weigh = (name: string, input: string, weights: number[]) =>
			model.layer(name, "Dense", input, { params: { kernel: float32([weights.length, 1], weights) }, channelAxis: 1 });
		model.output(
			model.layer(
				"sum",
				"Add",
				[weigh("a", model.input("x", [3]), [1, 2, 3]), weigh("b", model.input("y", [2]), [4, 5])],
				{
					channelAxis: 1,
				},
			),
		);
		const session = await sessionOf(model);
		const request: MethodRequest = {
			inputs: { x: float32([2, 3], [1, 1, 1, 2, 2, 2]), y: float32([2, 2], [1, 1, 3, 3]) },
			unit: parseUnitAddress("sum[0]"),
			parameters: {},
		};
		const each = await runToEnd(session, "feature-ablation", request);
		assertClose(each.maps[0]!.tensor.data, [1, 2, 3, 2, 4, 6]);
		assertClose(each.maps[1]!.tensor.data, [4, 5, 12, 15]);
		// 9 in both inputs is one feature; the examples have masks of their own.
		const masks = { x: ints([2, 3], [0, 9, 9, 1, 1, 9]), y: ints([2], [9, 4]) };
		const joint = await runToEnd(session, "feature-ablation", { ...request, masks });
		assertClose(joint.maps[0]!.tensor.data, [1, 9, 9, 6, 6, 18]);
		assertClose(joint.maps[1]!.tensor.data, [9, 5, 18, 15]);
	});
	it("at a layer ablates its channels, its positions, or what a mask numbers", async () => {
		const session = await sessionOf(residualNetwork());
		const inputs = { x: tensor([1, 6, 6, 2], 11) };
		const at = parsePlace("pool");
		const unit = parseUnitAddress("predictions[1]");
		const [value] = await session.forward(inputs, [at]);
		const cut = session.cutAt(at, inputs);
		const [whole] = await session.unitValue(inputs, unit);
		const lossWithout = async (gone: (index: number) => boolean) => {
			const data = Float32Array.from(value!.data, (element, index) => (gone(index) ? 0 : element));
			const around = Object.fromEntries(
				Object.entries(inputs).filter(([name]) => cut.graph.inputs.some((port) => port.name === name)),
			);
			return whole! - (await cut.unitValue({ ...around, pool: float32([1, 3, 3, 4], data) }, unit))[0]!;
		};
		const map = (parameters: MethodRequest["parameters"], masks?: MethodRequest["masks"]) =>
			mapOf(session, "feature-ablation", { inputs, unit, at, parameters, ...(masks && { masks }) });
		const channels = await map({ feature_mask: "channels" });
		assertClose([channels[2]!, channels[34]!], new Array(2).fill(await lossWithout((index) => index % 4 === 2)), 1e-5);
		const positions = await map({ feature_mask: "positions" });
		assertClose(
			[positions[16]!, positions[19]!],
			new Array(2).fill(await lossWithout((index) => index >> 2 === 4)),
			1e-5,
		);
		const masked = await map({}, { pool: ints([3, 3], [0, 0, 0, 1, 1, 1, 0, 0, 0]) });
		assertClose(
			[masked[12]!, masked[23]!],
			new Array(2).fill(await lossWithout((index) => index >= 12 && index < 24)),
			1e-5,
		);
	});
	it("cuts a picture into a grid whose cells differ by at most one element, and into superpixels", async () => {
		const session = await sessionOf(residualNetwork());
		const map = (parameters: MethodRequest["parameters"]) =>
			mapOf(session, "feature-ablation", {
				inputs: { x: tensor([1, 6, 6, 2], 11) },
				unit: parseUnitAddress("predictions[1]"),
				parameters,
			});
		const grid = await map({ feature_mask: "grid", cells: "4x2" });
		const rows = [0, 0, 1, 2, 2, 3];
		for (let row = 0; row < 6; row++)
			for (let column = 0; column < 6; column++) {
				const alike = (rows.indexOf(rows[row]!) * 6 + Math.floor(column / 3) * 3) * 2;
				assert.equal(grid[(row * 6 + column) * 2 + 1], grid[alike]);
			}
		assert.equal(new Set(grid).size, 8);
		const superpixels = new Set(await map({ feature_mask: "slic", n_segments: 4, compactness: 0.5 }));
		assert.ok(superpixels.size > 1 && superpixels.size <= 8, `${superpixels.size}`);
		const regions = await map({ feature_mask: "felzenszwalb", scale: 5, min_size: 4, sigma: 0.5 });
		const counts = new Map<number, number>();
		for (const value of regions) counts.set(value, (counts.get(value) ?? 0) + 1);
		assert.ok(counts.size > 1 && Math.min(...counts.values()) >= 2 * 4, `${[...counts.values()]}`);
	});
	it("refuses masks that do not fit, before anything runs", async () => {
		const session = await sessionOf(network());
		const refuse = (mask: Tensor, reason: RegExp, name = "x") =>
			assert.rejects(runToEnd(session, "feature-ablation", ask({}, { masks: { [name]: mask } })), reason);
		await refuse(ints([4], [0, 1, 2, 3]), /\[4\], but the input has \[1, 5\]/);
		await refuse(ints([0], []), /holds no element/);
		await refuse(float32([5], [0, 1, 2, 0.5, 1]), /holds 0.5 where whole numbers/);
		await refuse(ints([5], [0, 0, 0, 0, 0]), /a mask for "y", but what is explained is x/, "y");
	});
	it("stops between batches when told, and comes in parts that begin small", async () => {
		const session = await sessionOf(residualNetwork(), { memoryBudget: 1e6 });
		const stop = new AbortController();
		const progress: number[] = [];
		const request = {
			inputs: { x: tensor([1, 6, 6, 2], 11) },
			parameters: { feature_mask: "elements" },
			signal: stop.signal,
		};
		await assert.rejects(async () => {
			for await (const result of runMethod(session, "feature-ablation", request)) {
				progress.push(result.progress);
				if (progress.length === 2) stop.abort();
			}
		}, /cancelled/);
		assertClose(progress, [1 / 72, 3 / 72]);
	});
});

describe("Feature permutation", () => {
	it("takes a feature from the other example of two", async () => {
		const session = await sessionOf(network());
		const both = { x: float32([2, 5], [1, 2, 3, 4, 5, -1, 0, 2, 1, 1]) };
		const whole = await session.unitValue(both, unit);
		const { maps } = await runToEnd(session, "feature-permutation", { inputs: both, unit, parameters: {} });
		for (let feature = 0; feature < 5; feature++) {
			const data = both.x.data.slice() as Float32Array;
			[data[feature], data[5 + feature]] = [data[5 + feature]!, data[feature]!];
			const swapped = await session.unitValue({ x: float32([2, 5], data) }, unit);
			assertClose(
				[maps[0]!.tensor.data[feature]!, maps[0]!.tensor.data[5 + feature]!],
				[whole[0]! - swapped[0]!, whole[1]! - swapped[1]!],
				1e-5,
			);
		}
	});
	it("needs several examples", async () => {
		await assert.rejects(
			runToEnd(await sessionOf(network()), "feature-permutation", { inputs: { x }, unit, parameters: {} }),
			/there is only one/,
		);
	});
});
