import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { createEagerEngine } from "../../../src/core/engine/eager/engine";
import { runToEnd } from "../../../src/core/methods/run-method";
import { gradientComposite } from "../../../src/core/rules/composites";
import type { ModelSession } from "../../../src/core/session/model-session";
import { openSession } from "../../../src/core/session/open-session";
import type { DType, Tensor } from "../../../src/shared/tensor";
import { parsePlace, parseUnitAddress } from "../../../src/shared/unit-parser";
import { SmallModel, sessionOf, tensor } from "../rules/small-model";
import { HEADS, INPUT, SIZE, T, transformer } from "../rules/transformer";

const valueAt = async (session: ModelSession, inputs: Record<string, Tensor>, unit: string) =>
	(await session.unitValue(inputs, parseUnitAddress(unit)))[0] as number;

const close = (found: number, expected: number) =>
	assert.ok(Math.abs(found - expected) < 1e-5, `${found}, not ${expected}`);

describe("An attention head", () => {
	it("is found by the form of the attention: its weight, the product before it, and what it gives", async () => {
		const session = await sessionOf(transformer());
		const inputs = { x: INPUT };
		const [weights, products, context] = await session.forward(
			inputs,
			["attention", "scores", "context"].map(parsePlace),
		);
		const element = (of: Tensor | undefined, ...index: number[]) =>
			of?.data[index.reduce((place, i, axis) => place * (of.shape[axis + 1] as number) + i, 0)] as number;
		for (const head of [0, 1]) {
			close(await valueAt(session, inputs, `attention/head${head}@3>1`), element(weights, head, 3, 1));
			close(await valueAt(session, inputs, `attention/head${head}^pre@3>1`), element(products, head, 3, 1));
			const features = Array.from({ length: SIZE }, (_, i) => element(context, 2, head, i));
			close(
				await valueAt(session, inputs, `attention/head${head}@2`),
				features.reduce((a, c) => a + c, 0),
			);
			close(await valueAt(session, inputs, `attention/head${head}@2,1`), features[1] as number);
		}
		const all = await Promise.all([0, 1].map((head) => valueAt(session, inputs, `attention/head${head}`)));
		close(
			(all[0] as number) + (all[1] as number),
			Array.from(context?.data ?? []).reduce((a, c) => a + c, 0),
		);
	});

	it("explains itself: the gradient of a weight reaches no token behind its query", async () => {
		const session = await sessionOf(transformer());
		const unit = parseUnitAddress("attention/head1@1>0 - attention/head0@1>0");
		const { maps } = await session.backward(
			{
				composite: gradientComposite,
				unit,
				at: ["input"],
				start: "one",
				passes: [],
			},
			{ x: INPUT },
		);
		const rows = Array.from(maps[0]?.tensor.data ?? [], Math.abs);
		const size = rows.length / T;
		assert.ok(rows.slice(0, 2 * size).every((value) => value > 0));
		assert.ok(rows.slice(2 * size).every((value) => value === 0));
	});

	it("is found below the path that names the attention, single heads too", async () => {
		const model = new SmallModel();
		const [q, v] = [model.input("q", [3, 2]), model.input("v", [4, 2])];
		const products = model.layer("h.0/attn/MatMul", "MatMul", [q, v], { attrs: { transposeB: true } });
		const weights = model.layer("h.0/attn/Softmax", "Softmax", products);
		model.output(model.layer("h.0/attn/MatMul_1", "MatMul", [weights, v]));
		const session = await sessionOf(model);
		const inputs = { q: tensor([1, 3, 2], 1), v: tensor([1, 4, 2], 2) };
		const [map] = await session.forward(inputs, [parsePlace("h.0/attn/Softmax")]);
		close(await valueAt(session, inputs, "h.0/attn/head0@2>3"), map?.data[2 * 4 + 3] as number);
		await assert.rejects(valueAt(session, inputs, "h.0/attn/head1@2>3"), /1 head, 0, but head 1/);
		await assert.rejects(valueAt(session, inputs, "h.0/attn/head0@3>0"), /up to 2,3, but @3>0/);
		await assert.rejects(valueAt(session, inputs, "h.1/attn/head0"), /no layer "h\.1\/attn" attends/);
		await assert.rejects(valueAt(session, inputs, "h.0/attn/head0[1]"), /no channels of its own/);
	});

	it("of a model without attention is refused", async () => {
		const model = new SmallModel();
		model.output(model.layer("made", "Softmax", model.input("x", [3])));
		const session = await sessionOf(model);
		await assert.rejects(valueAt(session, { x: tensor([1, 3], 1) }, "made/head0@1>0"), /attends/);
	});

	it("of a Keras layer is the channel of its scores, and of what its heads give", async () => {
		const folder = resolve("test/unit/formats/fixtures");
		const engine = await createEagerEngine("cpu");
		const session = await openSession(resolve(folder, "keras.h5"), engine);
		const { inputs } = JSON.parse(readFileSync(resolve(folder, "keras.json"), "utf8"));
		const given: Record<string, Tensor> = {};
		for (const { name, dtype } of session.graph.inputs) {
			const { shape, data } = inputs.find((input: { name: string }) => input.name === name);
			given[name] = { dtype, shape, data: typed(dtype, data) };
		}
		for (const [short, long] of [
			["no_key_long/head1@3>0", "no_key_long/scores[1]@3,0"],
			["no_key_long/head1^pre@3>0", "no_key_long/scores^pre[1]@3,0"],
			["along_last/head0@1,2>3", "along_last/scores[0]@1,2,3"],
			["along_both/head0@1,2>0,3", "along_both/scores[0]@1,2,0,3"],
			["groups/head5@4,1", "groups/heads[5]@4,1"],
			["concat/head0@4>2", "concat/scores@4,2"],
		] as const)
			assert.equal(await valueAt(session, given, short), await valueAt(session, given, long), short);
		session.close();
		engine.dispose();
	});

	it("is a unit for methods: gradient times input of a weight, also at a layer before it", async () => {
		const session = await sessionOf(transformer());
		const unit = parseUnitAddress("attention/head1@3>0");
		const result = await runToEnd(session, "gradient-x-input", {
			inputs: { x: INPUT },
			unit,
			parameters: {},
			at: parsePlace("norm1"),
		});
		assert.equal(result.maps[0]?.at, "norm1");
		assert.ok(Array.from(result.maps[0]?.tensor.data ?? []).some((value) => value !== 0));
		await assert.rejects(
			runToEnd(session, "gradient-x-input", { inputs: { x: INPUT }, unit, parameters: {}, at: parsePlace("up") }),
			/does not depend on "up"/,
		);
	});

	it("counts as the attention has heads", async () => {
		const session = await sessionOf(transformer());
		await assert.rejects(valueAt(session, { x: INPUT }, `attention/head${HEADS}@0>0`), /2 heads, 0 to 1, but head 2/);
	});
});

function typed(dtype: DType, data: number[]): Tensor["data"] {
	if (dtype === "float32") return Float32Array.from(data);
	return dtype === "int32" ? Int32Array.from(data) : Uint8Array.from(data);
}
