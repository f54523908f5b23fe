import assert from "node:assert/strict";
import type { LaminaError } from "../../../src/shared/errors";
import { float32 } from "../../../src/shared/tensor";
import { formatUnitAddress, parsePlace, parseUnitAddress } from "../../../src/shared/unit-parser";
import { residualNetwork } from "../rules/networks";
import { SmallModel, sessionOf, tensor } from "../rules/small-model";

const labels = ["tabby, tabby cat", "tusker", "African elephant"];
const x = tensor([1, 6, 6, 2], 11);
const value = async (address: string, options: { labels?: string[] } = { labels }) => {
	const session = await sessionOf(residualNetwork(), options);
	return (await session.unitValue({ x }, parseUnitAddress(address)))[0] as number;
};
const refused = (address: string, code: string, message: RegExp, hint?: RegExp) =>
	assert.rejects(value(address), (error: LaminaError) => {
		assert.equal(error.code, code);
		assert.match(error.message, message);
		if (hint) assert.match(error.hint ?? "", hint);
		return true;
	});

/** A linear dense layer, its softmax as a layer of its own, and the same probabilities in another shape. */
function separateSoftmax(): SmallModel {
	const model = new SmallModel();
	const dense = model.layer("scores", "Dense", model.input("x", [4]), {
		params: { kernel: tensor([4, 3], 1) },
		channelAxis: 1,
	});
	const softmax = model.layer("softmax", "Softmax", dense, { channelAxis: 1 });
	return model.output(model.layer("shaped", "ReshapeExample", softmax, { attrs: { shape: [1, 3] }, channelAxis: 2 }));
}

describe("A unit", () => {
	it("of a classifier is the logit; ^post asks for the probability", async () => {
		const logits = [await value("predictions[0]"), await value("predictions[1]"), await value("predictions[2]")];
		const total = logits.reduce((sum, logit) => sum + Math.exp(logit), 0);
		for (const [index, logit] of logits.entries()) {
			assert.ok(Math.abs((await value(`predictions[${index}]^post`)) - Math.exp(logit) / total) < 1e-5);
			assert.equal(await value(`predictions^pre[${index}]`), logit);
		}
	});

	it("of a softmax that is a layer of its own is the logit before it", async () => {
		const session = await sessionOf(separateSoftmax());
		const input = { x: tensor([1, 4], 2) };
		const of = async (address: string) => (await session.unitValue(input, parseUnitAddress(address)))[0];
		assert.equal(await of("softmax[1]"), await of("scores[1]"));
		assert.equal(await of("shaped[1]"), await of("scores[1]"));
		assert.equal(await of("softmax^pre[1]"), await of("scores[1]"));
		assert.notEqual(await of("softmax[1]^post"), await of("scores[1]"));
	});

	it("of another layer is after its fused activation; ^pre asks for before", async () => {
		const session = await sessionOf(residualNetwork());
		const [after, before] = await session.forward({ x }, [parsePlace("conv2"), parsePlace("conv2^pre")]);
		assert.deepEqual(
			after?.data,
			before?.data.map((v) => Math.max(0, v)),
		);
		const at = (2 * 3 + 1) * 4 + 3;
		assert.ok(Math.abs((await value("conv2[3]@2,1")) - (after?.data[at] as number)) < 1e-6);
		assert.ok(Math.abs((await value("conv2^pre[3]@2,1")) - (before?.data[at] as number)) < 1e-6);
	});

	it("sums, averages or takes the largest over the positions that remain", async () => {
		const session = await sessionOf(residualNetwork());
		const [map] = await session.forward({ x }, [parsePlace("conv1")]);
		const channel = Array.from({ length: 36 }, (_, at) => map?.data[at * 4 + 2] as number);
		const sum = channel.reduce((total, v) => total + v, 0);
		assert.ok(Math.abs((await value("conv1[2]")) - sum) < 1e-4);
		assert.ok(Math.abs((await value("conv1[2]:mean")) - sum / 36) < 1e-5);
		assert.equal(await value("conv1[2]:max"), Math.max(...channel));
	});

	it("is found by its label: as written, in another case, or by one of its names", async () => {
		for (const label of ["tusker", "TUSKER", '"tabby, tabby cat"', "tabby", "african elephant"]) {
			assert.equal(
				await value(`predictions[${label}]`),
				await value(`predictions[${label.includes("tabby") ? 0 : label.toLowerCase() === "tusker" ? 1 : 2}]`),
			);
		}
	});

	it("has positions in the order of the file's axes, channels first too", async () => {
		const model = new SmallModel();
		model.output(model.layer("relu", "Relu", model.input("x", [2, 2, 3], { channelAxis: 1 }), { channelAxis: 1 }));
		const session = await sessionOf(model);
		const input = float32(
			[1, 2, 2, 3],
			Array.from({ length: 12 }, (_, at) => at),
		);
		assert.equal((await session.unitValue({ x: input }, parseUnitAddress("relu[1]@1,2")))[0], 11);
		assert.equal((await session.unitValue({ x: input }, parseUnitAddress("relu@0,2")))[0], 2 + 8);
	});

	it("of a shared layer is that of the call that is named", async () => {
		const model = new SmallModel();
		const [a, c] = [model.input("a", [2]), model.input("b", [2])];
		const first = model.layer("shared", "Dense", a, { params: { kernel: float32([2, 1], [1, 1]) }, channelAxis: 1 });
		model.output(model.layer("sum", "Add", [first, model.callAgain("shared", c)], { channelAxis: 1 }));
		const session = await sessionOf(model);
		const inputs = { a: float32([1, 2], [1, 2]), b: float32([1, 2], [10, 20]) };
		assert.equal((await session.unitValue(inputs, parseUnitAddress("shared[0]")))[0], 3);
		assert.equal((await session.unitValue(inputs, parseUnitAddress("shared#1[0]")))[0], 30);
		await assert.rejects(session.unitValue(inputs, parseUnitAddress("shared#2[0]")), /called 2 times: #0 to #1/);
	});

	it("that is the top one is the class of the largest logit", async () => {
		const session = await sessionOf(residualNetwork());
		const logits = [await value("predictions[0]"), await value("predictions[1]"), await value("predictions[2]")];
		const top = await session.topUnit({ x });
		assert.equal(formatUnitAddress(top), `predictions[${logits.indexOf(Math.max(...logits))}]`);
	});

	it("that is the top one is of the output that no other output is computed from", async () => {
		const model = new SmallModel();
		const relu = model.layer("relu", "Relu", model.input("x", [2]), { channelAxis: 1 });
		model.output(relu);
		model.output(
			model.layer("scores", "Dense", relu, { params: { kernel: float32([2, 2], [1, 3, 2, 1]) }, channelAxis: 1 }),
		);
		const session = await sessionOf(model);
		assert.equal(formatUnitAddress(await session.topUnit({ x: float32([1, 2], [2, 1]) })), "scores[1]");
	});

	it("that does not exist is refused with what was expected", async () => {
		await refused("conv3[0]", "invalid", /no layer "conv3"/, /"conv1"|"conv2"/);
		await refused("conv1[4]", "invalid", /4 channels, 0 to 3, but channel 4/);
		await refused("conv1[2]@6,0", "invalid", /2 numbers, up to 5,5, but @6,0/);
		await refused("conv1[2]@1", "invalid", /2 numbers, up to 5,5, but @1/);
		await refused("predictions[1]@0", "invalid", /no positions/);
		await refused("predictions[tuskar]", "invalid", /no class has the label "tuskar"/, /"tusker"/);
		await refused("conv1[tusker]", "invalid", /labels name the classes of an output/);
	});

	it("with a label needs labels, as many as there are classes", async () => {
		await assert.rejects(value("predictions[tusker]", {}), /no labels/);
		await assert.rejects(value("predictions[tusker]", { labels: ["tusker"] }), /1 labels for 3 classes/);
	});
});

describe("A file of weights alone", () => {
	it("says that it holds no network to run", async () => {
		const session = await sessionOf(new SmallModel());
		await assert.rejects(
			session.forward({}),
			(error: LaminaError) => error.code === "unsupported" && /only weights/.test(error.message),
		);
	});
});

describe("Inputs", () => {
	const run = async (inputs: Parameters<Awaited<ReturnType<typeof sessionOf>>["forward"]>[0]) =>
		(await sessionOf(residualNetwork())).forward(inputs);
	const cases: [string, () => Promise<unknown>, RegExp][] = [
		["with an unknown name", () => run({ x, y: x }), /no input "y"/],
		["that are missing", () => run({}), /"x" is missing/],
		["without a batch axis", () => run({ x: tensor([6, 6, 2], 1) }), /3 axes .*\[batch, 6, 6, 2\]/],
		[
			"of another size",
			() => run({ x: tensor([1, 6, 5, 2], 1) }),
			/\[1, 6, 5, 2\], but the model takes \[batch, 6, 6, 2\]/,
		],
		[
			"that hold NaN",
			() =>
				run({
					x: float32(
						[1, 6, 6, 2],
						x.data.map((v, at) => (at === 15 ? Number.NaN : v)),
					),
				}),
			/NaN at \[0, 1, 1, 1\]/,
		],
		[
			"that hold an infinite number",
			() =>
				run({
					x: float32(
						[1, 6, 6, 2],
						x.data.map((v, at) => (at === 0 ? Number.POSITIVE_INFINITY : v)),
					),
				}),
			/Infinity at \[0, 0, 0, 0\]/,
		],
		["without an example", () => run({ x: float32([0, 6, 6, 2], []) }), /no example/],
		[
			"whose data does not fill the shape",
			() => run({ x: { dtype: "float32", shape: [1, 6, 6, 2], data: new Float32Array(3) } }),
			/holds 3 values/,
		],
	];
	for (const [what, work, message] of cases)
		it(`${what} are refused`, () =>
			assert.rejects(work, (error: LaminaError) => error.code === "invalid" && message.test(error.message)));
});
