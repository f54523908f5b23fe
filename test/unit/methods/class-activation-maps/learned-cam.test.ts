import assert from "node:assert/strict";
import type { DataSet } from "../../../../src/core/data/data-set";
import { fitLogisticRegression } from "../../../../src/core/methods/class-activation-maps/features/logistic-regression";
import type { MethodRequest } from "../../../../src/core/methods/method";
import { runToEnd } from "../../../../src/core/methods/run-method";
import { sliceTensor } from "../../../../src/core/session/inputs";
import { assertClose } from "../../rules/close";
import { numbers, sessionOf, tensor } from "../../rules/small-model";
import { pooledClassifier, visionTransformer } from "./networks";

describe("Logistic regression equals scikit-learn 1.9", () => {
	/** 30 examples of 4 features, shifted along the feature of their class. */
	const data = (labels: readonly number[]) =>
		Float64Array.from(numbers(120, 7), (value, at) => value + (at % 4 === labels[Math.floor(at / 4)] ? 0.8 : 0));
	const cases = [
		[2, 1, [[-1.610713, 0.970899, 0.179698, 0.578579]], [-0.125936]],
		[2, 20, [[-3.195525, 1.449185, -0.246346, 1.57248]], [-0.055588]],
		[
			3,
			1,
			[
				[1.084591, -0.590502, -0.835351, -0.220871],
				[-0.856197, 1.143591, -0.501149, 0.231603],
				[-0.228395, -0.55309, 1.336499, -0.010732],
			],
			[0.230771, -0.208477, -0.022295],
		],
		[
			3,
			20,
			[
				[2.106451, -1.336732, -1.549756, -0.54159],
				[-2.444817, 2.069944, -1.330546, 0.723202],
				[0.338366, -0.733213, 2.880302, -0.181611],
			],
			[0.358123, -0.219535, -0.138588],
		],
	] as const;
	for (const [classes, C, weights, intercepts] of cases) {
		it(`for ${classes} classes and C = ${C}`, () => {
			const labels = Array.from({ length: 30 }, (_, i) => (classes === 2 ? i % 2 : (i * 7 + Math.floor(i / 3)) % 3));
			const found = fitLogisticRegression(data(labels), labels, classes, C, 1000);
			const own = classes === 2 ? found.weights.slice(1) : found.weights;
			assertClose(
				own.flatMap((row) => [...row]),
				weights.flat(),
				2e-6,
			);
			assertClose(classes === 2 ? found.intercepts.slice(1) : found.intercepts, intercepts, 2e-5);
			if (classes === 2)
				assertClose(
					[...found.weights[0]!],
					[...found.weights[1]!].map((weight) => -weight),
				);
		});
	}
});

/** A set held in memory. */
function inMemory(
	examples: ReturnType<typeof tensor>,
	labels: number[],
	classes: string[],
	batches: number[] = [],
): DataSet {
	return {
		count: labels.length,
		labels: Int32Array.from(labels),
		classes,
		async batch(from, to) {
			batches.push(to - from);
			return { x: sliceTensor(examples, from, to) };
		},
	};
}

describe("Learned CAM", () => {
	const examples = tensor([12, 6, 6, 2], 5);
	const labels = Array.from({ length: 12 }, (_, at) => at % 3);
	const set = inMemory(examples, labels, ["a", "b", "c"]);
	const x = tensor([2, 6, 6, 2], 9);
	const run = async (more: Partial<MethodRequest> = {}, memoryBudget?: number) =>
		runToEnd(
			await sessionOf(pooledClassifier(), { ...(memoryBudget !== undefined && { memoryBudget }) }),
			"learned-cam",
			{
				inputs: { x },
				parameters: {},
				dataset: set,
				...more,
			},
		);

	it("maps the weights of a regression on the layer's maps, averaged over positions", async () => {
		const session = await sessionOf(pooledClassifier());
		const planes = async (input: typeof x) => {
			const [value] = await session.forward({ x: input }, [{ layer: "conv" }]);
			return value!.data;
		};
		const pooled = (data: ArrayLike<number>, example: number) =>
			[0, 1, 2, 3].map((k) =>
				Array.from({ length: 16 }, (_, at) => data[(example * 16 + at) * 4 + k]! / 16).reduce((a, b) => a + b),
			);
		const all = await planes(examples);
		const features = labels.flatMap((_, example) => pooled(all, example));
		const { weights } = fitLogisticRegression(features, labels, 3, 10, 1000);
		const own = await planes(x);
		const expected = Array.from({ length: 32 }, (_, at) =>
			[...weights[1]!].reduce((sum, w, k) => sum + w * own[at * 4 + k]!, 0),
		);
		const { maps, provenance } = await run({ parameters: { class: "b", C: 10 } });
		assert.deepEqual([maps[0]?.at, maps[0]?.tensor.shape], ["conv", [2, 4, 4, 1]]);
		assertClose(maps[0]?.tensor.data ?? [], expected);
		assert.match(provenance.notices![0]!, /^Learned from 12 examples of 3 classes, [\d.]+ % of which .* mapped: b\.$/);
	});
	it("takes, for each example, the class that the regression takes it for", async () => {
		const { maps: all } = await run();
		const each = await Promise.all(
			["a", "b", "c"].map(async (name) => (await run({ parameters: { class: name } })).maps[0]!),
		);
		for (const example of [0, 1]) {
			const own = (data: ArrayLike<number>) =>
				Array.from(data)
					.slice(example * 16, example * 16 + 16)
					.join();
			assert.ok(
				each.some((map) => own(map.tensor.data) === own(all[0]!.tensor.data)),
				`example ${example}`,
			);
		}
	});
	it("reads the set in batches that fit, with the same result", async () => {
		const batches: number[] = [];
		const small = await run({ dataset: inMemory(examples, labels, ["a", "b", "c"], batches) }, 1);
		assert.deepEqual(batches, new Array(12).fill(1));
		assertClose(small.maps[0]!.tensor.data, (await run()).maps[0]!.tensor.data, 1e-4);
	});
	it("works at any layer, tokens too", async () => {
		const pictures = tensor([6, 6, 8, 1], 8);
		const { maps } = await runToEnd(await sessionOf(visionTransformer()), "learned-cam", {
			inputs: { x: tensor([1, 6, 8, 1], 3) },
			at: { layer: "encoded" },
			parameters: {},
			dataset: inMemory(pictures, [0, 1, 0, 1, 0, 1], ["a", "b"]),
		});
		assert.deepEqual(maps[0]?.tensor.shape, [1, 3, 4, 1]);
	});
	it("is refused without a set, and for a class that the set does not have", async () => {
		const session = await sessionOf(pooledClassifier());
		await assert.rejects(
			runToEnd(session, "learned-cam", { inputs: { x }, parameters: {} }),
			/a labelled data set is needed, and none is given/,
		);
		await assert.rejects(run({ parameters: { class: "d" } }), /the data set has no class "d"/);
	});
});
