import assert from "node:assert/strict";
import type { MethodRequest } from "../../../../src/core/methods/method";
import { runToEnd } from "../../../../src/core/methods/run-method";
import { gradientComposite } from "../../../../src/core/rules/composites";
import type { ModelSession } from "../../../../src/core/session/model-session";
import type { ParameterValue } from "../../../../src/shared/methods";
import type { Tensor } from "../../../../src/shared/tensor";
import { parsePlace, parseUnitAddress } from "../../../../src/shared/unit-parser";
import { assertClose } from "../../rules/close";
import { residualNetwork } from "../../rules/networks";
import { sessionOf, tensor } from "../../rules/small-model";
import { pooledClassifier, visionTransformer } from "./networks";

const run = (
	session: ModelSession,
	method: string,
	x: Tensor,
	parameters: Record<string, ParameterValue> = {},
	more: Partial<MethodRequest> = {},
) => runToEnd(session, method, { inputs: { x }, unit: parseUnitAddress("predictions[1]"), parameters, ...more });

/** Activation and gradient of the class 1 at a layer: `[example][channel][position]`, channels last. */
async function planes(session: ModelSession, place: string, x: Tensor) {
	const { maps } = await session.backward(
		{
			composite: gradientComposite,
			unit: parseUnitAddress("predictions[1]"),
			at: [parsePlace(place)],
			start: "one",
			passes: [],
		},
		{ x },
	);
	const { tensor: gradient, activation } = maps[0] ?? assert.fail();
	const channels = gradient.shape.at(-1)!;
	const examples = gradient.shape[0]!;
	const positions = gradient.data.length / channels / examples;
	const split = ({ data }: Tensor) =>
		Array.from({ length: examples }, (_, example) =>
			Array.from({ length: channels }, (_, channel) =>
				Array.from({ length: positions }, (_, at) => data[(example * positions + at) * channels + channel]!),
			),
		);
	return { gradients: split(gradient), activations: split(activation) };
}

const total = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);
const relu = (value: number) => Math.max(0, value);

type Part = (gradients: readonly number[], activations: readonly number[], at: number) => number;

/** What one channel contributes to one position, as the papers have it. */
const FORMULAS: Readonly<Record<string, Part>> = {
	"grad-cam": (g, a, at) => (total([...g]) / g.length) * a[at]!,
	"grad-cam-plus-plus": (g, a, at) => {
		const alpha = (value: number) =>
			value === 0 ? 0 : value ** 2 / (2 * value ** 2 + total([...a]) * value ** 3 + 1e-6);
		return total(g.map((value) => relu(value) * alpha(value))) * a[at]!;
	},
	"x-grad-cam": (g, a, at) => total(g.map((value, i) => (value * a[i]!) / (total([...a]) + 1e-7))) * a[at]!,
	"hires-cam": (g, a, at) => g[at]! * a[at]!,
	"layer-cam": (g, a, at) => relu(g[at]!) * a[at]!,
};

describe("Class activation maps by gradients", () => {
	const x = tensor([2, 6, 6, 2], 11);
	for (const [method, part] of Object.entries(FORMULAS)) {
		it(`${method} is its formula, channel by channel, for each example`, async () => {
			const session = await sessionOf(residualNetwork());
			for (const place of ["sum", "norm1"]) {
				const { gradients, activations } = await planes(session, place, x);
				const expected = gradients.flatMap((channels, example) =>
					channels[0]!.map((_, at) => total(channels.map((g, k) => part(g, activations[example]![k]!, at)))),
				);
				const { maps } = await run(session, method, x, {}, { at: parsePlace(place) });
				const side = place === "sum" ? 3 : 6;
				assert.deepEqual(maps[0]?.tensor.shape, [2, side, side, 1]);
				assertClose(maps[0]?.tensor.data ?? [], expected, 1e-5, place);
			}
		});
	}

	it("are the same, turned, for a model that has channels first", async () => {
		const [last, first] = [
			await sessionOf(pooledClassifier()),
			await sessionOf(pooledClassifier({ channelsFirst: true })),
		];
		const input = tensor([1, 6, 6, 2], 5);
		const turned = new Float32Array(72);
		for (let at = 0; at < 36; at++)
			for (const channel of [0, 1]) turned[channel * 36 + at] = input.data[at * 2 + channel]!;
		for (const method of [...Object.keys(FORMULAS), "eigen-cam", "eigen-grad-cam"]) {
			const expected = (await run(last, method, input)).maps[0]!;
			const found = (await run(first, method, { dtype: "float32", shape: [1, 2, 6, 6], data: turned })).maps[0]!;
			assert.deepEqual([expected.tensor.shape, expected.channelAxis], [[1, 4, 4, 1], 3]);
			assert.deepEqual([found.tensor.shape, found.channelAxis], [[1, 1, 4, 4], 1]);
			assertClose(found.tensor.data, expected.tensor.data, 1e-5, method);
		}
	});

	it("take the last layer with positions that is no pooling when none is named", async () => {
		const session = await sessionOf(residualNetwork());
		assert.equal((await run(session, "hires-cam", x)).maps[0]?.at, "sum");
		const unit = parseUnitAddress("conv1[1]");
		assert.equal((await run(session, "hires-cam", x, {}, { unit })).maps[0]?.at, "conv1");
	});

	it("make the tool's picture when they are asked to: ReLU, 0 to 1, the size of the input", async () => {
		const session = await sessionOf(residualNetwork());
		const small = (await run(session, "hires-cam", x)).maps[0]!;
		const rectified = (await run(session, "hires-cam", x, { relu: true })).maps[0]!;
		assertClose(rectified.tensor.data, Array.from(small.tensor.data, relu));
		const { maps, quantity } = await run(session, "hires-cam", x, {
			relu: true,
			normalize: "min-max",
			upsample: "linear",
		});
		assert.deepEqual([maps[0]?.at, maps[0]?.tensor.shape, quantity], ["x", [2, 6, 6, 1], "unsigned"]);
		for (const example of [0, 1]) {
			const values = maps[0]!.tensor.data.slice(example * 36, (example + 1) * 36);
			assert.deepEqual([Math.min(...values), Math.max(...values) > 0.9999], [0, true]);
		}
		const sized = (await run(session, "hires-cam", x, { upsample: "nearest", size: "9x3" })).maps[0]!;
		assert.deepEqual([sized.at, sized.tensor.shape], ["sum", [2, 9, 3, 1]]);
		assert.equal(sized.tensor.data[27 + 3 * 3 + 2], small.tensor.data[9 + 3 + 2]);
		await assert.rejects(run(session, "hires-cam", x, { upsample: "linear", size: "9" }), /2 axes of positions/);
		await assert.rejects(run(session, "hires-cam", x, { upsample: "linear", size: "9x0" }), /the parameter size/);
	});

	it("sum to what gradient x activation sums to (HiRes-CAM), and Grad-CAM equals it where gradients do not vary", async () => {
		const session = await sessionOf(pooledClassifier());
		const input = tensor([1, 6, 6, 2], 5);
		const hires = (await run(session, "hires-cam", input)).maps[0]!.tensor.data;
		assertClose((await run(session, "grad-cam", input)).maps[0]!.tensor.data, hires);
	});
});

describe("Class activation maps of tokens", () => {
	const x = tensor([2, 6, 8, 1], 3);

	it("lie on the grid of patches, the class token left out", async () => {
		const session = await sessionOf(visionTransformer());
		const { gradients, activations } = await planes(session, "embedded", x);
		const { maps } = await run(session, "hires-cam", x, {}, { at: parsePlace("embedded") });
		assert.deepEqual([maps[0]?.tensor.shape, maps[0]?.channelAxis], [[2, 3, 4, 1], 3]);
		const expected = gradients.flatMap((channels, example) =>
			Array.from({ length: 12 }, (_, at) =>
				total(channels.map((g, k) => g[at + 1]! * activations[example]![k]![at + 1]!)),
			),
		);
		assertClose(maps[0]?.tensor.data ?? [], expected);
	});

	it("weight channels by their mean over patches (Grad-CAM with a reshaping of tokens)", async () => {
		const session = await sessionOf(visionTransformer());
		const { gradients, activations } = await planes(session, "embedded", x);
		const expected = gradients.flatMap((channels, example) =>
			Array.from({ length: 12 }, (_, at) =>
				total(channels.map((g, k) => (total(g.slice(1)) / 12) * activations[example]![k]![at + 1]!)),
			),
		);
		const { maps } = await run(session, "grad-cam", x, {}, { at: parsePlace("embedded") });
		assertClose(maps[0]?.tensor.data ?? [], expected);
	});

	it("are made at the last layer whose patches still tell the class something", async () => {
		const { maps } = await run(await sessionOf(visionTransformer()), "grad-cam", x);
		assert.equal(maps[0]?.at, "value");
		assert.ok(maps[0]?.tensor.data.some((value) => value !== 0));
	});

	it("are resized to the picture", async () => {
		const { maps } = await run(await sessionOf(visionTransformer()), "layer-cam", x, { upsample: "linear" });
		assert.deepEqual([maps[0]?.at, maps[0]?.tensor.shape], ["x", [2, 6, 8, 1]]);
	});
});
