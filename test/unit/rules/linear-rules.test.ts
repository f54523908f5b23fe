import { lrpComposite } from "../../../src/core/rules/composites";
import { alphaBeta, epsilon, flat, gamma, wSquare, zBox, zPlus } from "../../../src/core/rules/lrp";
import { LRP_RULES } from "../../../src/core/rules/lrp-composites/rules";
import { captumAlpha1Beta0, captumGamma, epsilonOfScale, signedGamma } from "../../../src/core/rules/lrp-variants";
import type { Composite, Rule } from "../../../src/core/rules/rule";
import { float32 } from "../../../src/shared/tensor";
import { assertClose } from "./close";
import {
	type Connections,
	convolutionConnections,
	denseConnections,
	type SlowRule,
	slowRelevance,
} from "./connections";
import { numbers, SmallModel, sessionOf, tensor } from "./small-model";

const up = (value: number) => Math.max(0, value);
const down = (value: number) => Math.min(0, value);
const keep = (b: number) => b;
const none = () => 0;

/** Each rule beside its definition, connection by connection. */
const RULES: { name: string; rule: Rule; slow: SlowRule }[] = [
	{ name: "epsilon 1e-6", rule: epsilon(), slow: { contribution: (x, w) => x * w, bias: keep, epsilon: 1e-6 } },
	{ name: "epsilon 0.25", rule: epsilon(0.25), slow: { contribution: (x, w) => x * w, bias: keep, epsilon: 0.25 } },
	{
		name: "epsilon without bias",
		rule: epsilon(0.1, { bias: false }),
		slow: { contribution: (x, w) => x * w, bias: none, epsilon: 0.1 },
	},
	{ name: "z-plus", rule: zPlus(), slow: { contribution: (x, w) => up(x * w), bias: up, epsilon: 1e-6 } },
	{
		name: "z-plus without bias",
		rule: zPlus({ bias: false }),
		slow: { contribution: (x, w) => up(x * w), bias: none, epsilon: 1e-6 },
	},
	{ name: "w-square", rule: wSquare(), slow: { contribution: (_x, w) => w * w, bias: (b) => b * b, epsilon: 1e-6 } },
	{
		name: "w-square without bias",
		rule: wSquare({ bias: false }),
		slow: { contribution: (_x, w) => w * w, bias: none, epsilon: 1e-6 },
	},
	{ name: "flat", rule: flat(), slow: { contribution: () => 1, bias: none, epsilon: 1e-6 } },
	{
		name: "z-box -2..3",
		rule: zBox(-2, 3),
		slow: { contribution: (x, w) => x * w + 2 * up(w) - 3 * down(w), bias: none, epsilon: 1e-6 },
	},
	{
		name: "Z",
		rule: LRP_RULES.Z?.make({}) as Rule,
		slow: { contribution: (x, w) => x * w, bias: keep, epsilon: 1e-6 },
	},
	...[true, false].flatMap((withBias) => {
		const options = withBias ? {} : { bias: false };
		const suffix = withBias ? "" : " without bias";
		const signed = (x: number, w: number) => x * (w + 0.5 * up(w));
		return [
			{
				name: `signed gamma${suffix}`,
				rule: signedGamma(0.5, options),
				slow: { contribution: signed, bias: withBias ? (b: number) => b + 0.5 * up(b) : none, epsilon: 1e-6 },
			},
			{
				name: `Captum's gamma${suffix}`,
				rule: captumGamma(0.5, options),
				slow: { contribution: signed, bias: withBias ? keep : none, epsilon: 1e-6 },
			},
			{
				name: `Captum's alpha 1, beta 0${suffix}`,
				rule: captumAlpha1Beta0(options),
				slow: { contribution: (x: number, w: number) => x * up(w), bias: withBias ? keep : none, epsilon: 1e-6 },
			},
		];
	}),
	...[0.25, 2].map((g) => ({
		name: `gamma ${g}`,
		rule: gamma(g),
		slow: {
			contribution: (x: number, w: number, z: number) => x * w + g * (z > 0 ? up(x * w) : down(x * w)),
			bias: (b: number, z: number) => b + g * (z > 0 ? up(b) : down(b)),
			passes: (z: number) => z !== 0,
			epsilon: 1e-6,
		},
	})),
];

interface Layer {
	name: string;
	model(input: (model: SmallModel) => string, model: SmallModel): SmallModel;
	shape: number[];
	outputShape: number[];
	connections: Connections;
}

const denseKernel = tensor([5, 4], 1);
const denseBias = float32([4], [0.5, -0.75, 0.25, 0]);
const convKernel = tensor([3, 3, 2, 3], 2);
const convBias = float32([3], [0.5, -1, 0.125]);

const LAYERS: Layer[] = [
	{
		name: "a dense layer",
		model: (input, model) =>
			model.output(
				model.layer("layer", "Dense", input(model), {
					params: { kernel: denseKernel, bias: denseBias },
					channelAxis: 1,
				}),
			),
		shape: [5],
		outputShape: [4],
		connections: denseConnections(denseKernel.data, 5, 4, denseBias.data),
	},
	{
		name: "a convolution with SAME padding and stride 2",
		model: (input, model) =>
			model.output(
				model.layer("layer", "Conv2D", input(model), {
					params: { kernel: convKernel, bias: convBias },
					attrs: { strides: [2, 2], padding: "same" },
					channelAxis: 3,
				}),
			),
		shape: [6, 6, 2],
		outputShape: [3, 3, 3],
		// TensorFlow pads 6 cells with kernel 3 and stride 2 by one cell, behind.
		connections: convolutionConnections(
			convKernel.data,
			{ height: 6, width: 6, channels: 2, kernel: 3, filters: 3, stride: 2, before: 0, after: 1 },
			convBias.data,
		),
	},
];

const one = (rule: Rule): Composite => lrpComposite("one rule", { convolution: rule, dense: rule });

describe("LRP rules equal their definition, connection by connection", () => {
	for (const layer of LAYERS) {
		const size = layer.shape.reduce((product, extent) => product * extent, 1);
		for (const { name, rule, slow } of RULES) {
			it(`${name} through ${layer.name}`, async () => {
				const session = await sessionOf(layer.model((model) => model.input("x", layer.shape), new SmallModel()));
				const x = tensor([2, ...layer.shape], 7);
				const start = tensor([2, ...layer.outputShape], 8);
				const { maps } = await session.backward(
					{ composite: one(rule), unit: { unit: { place: { layer: "layer" } } }, at: ["input"], start, passes: [] },
					{ x },
				);
				const outputs = layer.connections.outputs;
				const expected = [0, 1].flatMap((example) =>
					slowRelevance(
						layer.connections,
						x.data.subarray(example * size, (example + 1) * size),
						start.data.subarray(example * outputs, (example + 1) * outputs),
						slow,
					),
				);
				// Outputs near 0 divide by small numbers: 1e-4 of the largest covers float32 sums of up to 18 terms there.
				assertClose(maps[0]?.tensor.data ?? [], expected, 1e-4);
			});
		}
		for (const [alpha, beta] of [
			[2, 1],
			[1, 0],
		] as const) {
			it(`alpha-beta ${alpha}, ${beta} through ${layer.name}`, async () => {
				const session = await sessionOf(layer.model((model) => model.input("x", layer.shape), new SmallModel()));
				const x = tensor([1, ...layer.shape], 9);
				const start = tensor([1, ...layer.outputShape], 10);
				const { maps } = await session.backward(
					{
						composite: one(alphaBeta(alpha, beta)),
						unit: { unit: { place: { layer: "layer" } } },
						at: ["input"],
						start,
						passes: [],
					},
					{ x },
				);
				const positive = slowRelevance(layer.connections, x.data, start.data, {
					contribution: (v, w) => up(v * w),
					bias: up,
					epsilon: 1e-6,
				});
				const negative = slowRelevance(layer.connections, x.data, start.data, {
					contribution: (v, w) => down(v * w),
					bias: down,
					epsilon: 1e-6,
				});
				assertClose(
					maps[0]?.tensor.data ?? [],
					positive.map((p, at) => alpha * p - beta * (negative[at] ?? 0)),
					1e-4,
				);
			});
		}
	}

	it("an epsilon of the output's scale is the epsilon rule with that number, example by example", async () => {
		const layer = LAYERS[1] as Layer;
		const size = layer.shape.reduce((product, extent) => product * extent, 1);
		const session = await sessionOf(layer.model((model) => model.input("x", layer.shape), new SmallModel()));
		const x = float32([2, ...layer.shape], [...numbers(size, 12), ...numbers(size, 13).map((value) => 5 * value)]);
		const start = tensor([2, ...layer.outputShape], 14);
		const at = { unit: { unit: { place: { layer: "layer" } } }, at: ["input" as const], start, passes: [] };
		const { maps } = await session.backward({ composite: one(epsilonOfScale(0.25)), ...at }, { x });
		const outputs = layer.connections.outputs;
		const [values] = await session.forward({ x }, [{ layer: "layer" }]);
		const expected = [0, 1].flatMap((example) => {
			const z = [...(values?.data ?? [])].slice(example * outputs, (example + 1) * outputs);
			const scale = Math.sqrt(z.reduce((sum, value) => sum + value * value, 0) / outputs);
			return slowRelevance(
				layer.connections,
				x.data.subarray(example * size, (example + 1) * size),
				start.data.subarray(example * outputs, (example + 1) * outputs),
				{ contribution: (v, w) => v * w, bias: keep, epsilon: 0.25 * scale + 1e-6 },
			);
		});
		assertClose(maps[0]?.tensor.data ?? [], expected, 1e-4);
	});

	it("a rule that splits its input by sign gives the same behind a ReLU, where the negative part is skipped", async () => {
		const values = numbers(10, 3).map(Math.abs);
		const x = float32([2, 5], values);
		const start = tensor([2, 4], 4);
		const plain = new SmallModel();
		plain.output(
			plain.layer("layer", "Dense", plain.input("x", [5]), {
				params: { kernel: denseKernel, bias: denseBias },
				channelAxis: 1,
			}),
		);
		const behind = new SmallModel();
		const rectified = behind.layer("relu", "Relu", behind.input("x", [5]), { channelAxis: 1 });
		behind.output(
			behind.layer("layer", "Dense", rectified, { params: { kernel: denseKernel, bias: denseBias }, channelAxis: 1 }),
		);
		for (const rule of [zPlus(), gamma(0.5), alphaBeta(2, 1)]) {
			const request = {
				composite: one(rule),
				unit: { unit: { place: { layer: "layer" } } },
				at: ["input" as const],
				start,
				passes: [],
			};
			const a = await (await sessionOf(plain)).backward(request, { x });
			const b = await (await sessionOf(behind)).backward(request, { x });
			assertClose(b.maps[0]?.tensor.data ?? [], a.maps[0]?.tensor.data ?? [], 1e-6, rule.id);
		}
	});

	it("boxes may have one bound for each channel", async () => {
		const model = new SmallModel();
		model.output(
			model.layer("layer", "Conv2D", model.input("x", [3, 3, 2]), {
				params: { kernel: convKernel },
				attrs: { padding: "valid" },
				channelAxis: 3,
			}),
		);
		const session = await sessionOf(model);
		const x = tensor([1, 3, 3, 2], 5);
		const start = tensor([1, 1, 1, 3], 6);
		const request = (rule: Rule) => ({
			composite: one(rule),
			unit: { unit: { place: { layer: "layer" } } },
			at: ["input" as const],
			start,
			passes: [],
		});
		const { maps } = await session.backward(request(zBox([-1, -2], [1, 3])), { x });
		const connections = convolutionConnections(
			convKernel.data,
			{ height: 3, width: 3, channels: 2, kernel: 3, filters: 3, stride: 1, before: 0, after: 0 },
			[0, 0, 0],
		);
		const low = [-1, -2];
		const high = [1, 3];
		const total = new Array<number>(3).fill(0);
		const part = ({ from, weight }: { from: number; weight: number }) =>
			(x.data[from] as number) * weight -
			(low[from % 2] as number) * up(weight) -
			(high[from % 2] as number) * down(weight);
		for (const connection of connections.list)
			total[connection.to] = (total[connection.to] as number) + part(connection);
		const expected = new Array<number>(18).fill(0);
		for (const connection of connections.list)
			expected[connection.from] =
				(expected[connection.from] as number) +
				(part(connection) / (total[connection.to] as number)) * (start.data[connection.to] as number);
		assertClose(maps[0]?.tensor.data ?? [], expected, 1e-4);
	});
});
