import assert from "node:assert/strict";
import { METHODS } from "../../../src/core/methods/index";
import type { MethodRequest } from "../../../src/core/methods/method";
import { runToEnd } from "../../../src/core/methods/run-method";
import { preflight } from "../../../src/core/preflight/preflight";
import { refusalOf } from "../../../src/core/preflight/refusal";
import type { Session } from "../../../src/core/session/session";
import { InvalidRequestError, LaminaError } from "../../../src/shared/errors";
import { parsePlace, parseUnitAddress } from "../../../src/shared/unit-parser";
import { residualNetwork } from "../rules/networks";
import { SmallModel, sessionOf, tensor } from "../rules/small-model";

const x = tensor([1, 6, 6, 2], 11);
const ask = (parameters: MethodRequest["parameters"] = {}, more: Partial<MethodRequest> = {}): MethodRequest => ({
	inputs: { x },
	unit: parseUnitAddress("predictions[1]"),
	parameters,
	...more,
});
const session = async () => (await sessionOf(residualNetwork())) as Session;

describe("The pre-flight", () => {
	it("tells the rule of every op between the unit and the map, the unit's first", async () => {
		const { rules } = await preflight(await session(), "lrp", ask({ composite: "EpsilonPlusFlat" }));
		const ruleOf = (layer: string) =>
			rules.find((entry) => entry.layer === layer && entry.op !== "Relu")?.rule ?? assert.fail(layer);
		assert.equal(rules[0]?.layer, "predictions");
		assert.match(ruleOf("predictions"), /^epsilon/);
		assert.match(ruleOf("conv2"), /^z-plus/);
		assert.match(ruleOf("conv1"), /^flat/);
		assert.equal(ruleOf("pool"), "gradient");
		assert.match(ruleOf("sum"), /^norm/);
	});

	it("leaves the run that follows it its ledger", async () => {
		const question = ask({}, { ledger: true });
		const [asked, unasked] = [await session(), await session()];
		await preflight(asked, "lrp", question);
		const { ledger } = await runToEnd(asked, "lrp", question);
		assert.ok((ledger?.length ?? 0) > 4);
		assert.deepEqual(ledger, (await runToEnd(unasked, "lrp", question)).ledger);
	});

	it("leaves out what lies before the layer of the map", async () => {
		const { rules } = await preflight(await session(), "lrp", ask({}, { at: parsePlace("pool") }));
		assert.ok(rules.some(({ layer }) => layer === "conv2"));
		assert.ok(!rules.some(({ layer }) => layer === "conv1" || layer === "relu1"));
	});

	it("counts the examples that go through the model", async () => {
		const ig = await preflight(await session(), "integrated-gradients", ask({ n_steps: 20 }));
		assert.equal(ig.backward, 20);
		const windows = { sliding_window_shapes: "2x2", strides: "2x2" };
		const occlusion = await preflight(await session(), "occlusion", ask(windows));
		assert.equal(occlusion.backward, 0);
		// 3 x 3 windows; at most a few more for the input as it is.
		assert.ok(occlusion.forward >= 9 && occlusion.forward <= 12, `${occlusion.forward} forward`);
	});

	it("needs more memory for many examples at once, beside what the engine itself takes", async () => {
		const batch = (n: number) => ask({}, { inputs: { x: tensor([n, 6, 6, 2], 3) } });
		const memory = async (n: number) => (await preflight(await session(), "saliency", batch(n))).memoryBytes;
		const [one, some, many] = [await memory(1), await memory(65), await memory(129)];
		const added = some - one;
		assert.ok(added > 64 * 4 * 6 * 6 * 2, `${added} bytes for 64 examples of 288`);
		assert.ok(Math.abs(many - some - added) < 0.1 * added, `${one}, ${some}, ${many}`);
	});

	it("rests on timings of all that will run, and counts what a new process has to make ready again", async () => {
		for (const method of ["saliency", "rise", "grad-cam"]) {
			const opened = await session();
			const { unit: _, ...request } = ask(method === "rise" ? { N: 200 } : {});
			const here = await preflight(opened, method, request);
			assert.deepEqual([here.basis, here.preparationMilliseconds], ["measured", 0], method);
			const elsewhere = await preflight(opened, method, request, "new process");
			assert.ok(elsewhere.preparationMilliseconds > 0, method);
			assert.ok(elsewhere.milliseconds > elsewhere.preparationMilliseconds, method);
		}
	});

	it("asks nothing of methods that look at weights alone", async () => {
		const model = residualNetwork().build();
		const layers = model.graph.layers.map((layer) =>
			layer.name === "conv1" ? { ...layer, filters: { weight: "conv1/kernel", layout: "HWIO" as const } } : layer,
		);
		const opened = (await sessionOf({ ...model, graph: { ...model.graph, layers } })) as Session;
		const told = await preflight(opened, "filters", { inputs: {}, at: parsePlace("conv1"), parameters: {} });
		assert.deepEqual([told.forward, told.backward, told.rules], [0, 0, []]);
	});

	it("says which op has no rule, and why, where the run would fail", async () => {
		const model = new SmallModel();
		const dense = model.layer("dense", "Dense", model.input("x", [4]), { params: { kernel: tensor([4, 4], 1) } });
		const sorted = model.layer("sorted", "Sort", dense);
		const opaque = (await sessionOf(model.output(sorted))) as Session;
		const request = { inputs: { x: tensor([1, 4], 2) }, unit: parseUnitAddress("sorted[1]"), parameters: {} };
		const { rules, refusal } = await preflight(opaque, "lrp", request);
		assert.equal(rules[0]?.layer, "sorted");
		assert.match(rules[0]?.refusal ?? "", /no rule for Sort/);
		assert.equal(rules[1]?.refusal, undefined);
		assert.match(refusal?.message ?? "", /no rule/);
		await assert.rejects(runToEnd(opaque, "lrp", request), { code: "unsupported" });
	});

	it("knows which methods a model has no place for, and which only want something else asked", async () => {
		const opened = await session();
		const refused = await refusalOf(opened, "attention-rollout", ask());
		assert.match(refused?.message ?? "", /attention/);
		for (const method of ["saliency", "lrp", "rise"]) assert.equal(await refusalOf(opened, method, ask()), undefined);
		// A data set is for the person to name.
		assert.equal(await refusalOf(opened, "learned-cam", ask()), undefined);
	});

	it("refuses a request that is wrong, as the run would", async () => {
		for (const request of [
			ask({ n_steps: 0 }),
			ask({ nonsense: 1 }),
			ask({}, { inputs: { x: tensor([1, 5, 6, 2], 1) } }),
		])
			await assert.rejects(preflight(await session(), "integrated-gradients", request), InvalidRequestError);
	});

	it("foretells every method, and refuses what the run itself refuses", async () => {
		for (const { id, at, needs } of METHODS) {
			const request = ask(
				{},
				{ inputs: { x: tensor([2, 6, 6, 2], 3) }, ...(at === "required" && { at: parsePlace("conv2") }) },
			);
			try {
				const told = await preflight(await session(), id, request);
				assert.ok(Number.isFinite(told.milliseconds) && told.milliseconds >= 0, id);
				assert.ok(!needs.unit || told.refusal || told.forward + told.backward > 0, id);
			} catch (error) {
				if (!(error instanceof LaminaError)) throw error;
				await assert.rejects(async () => runToEnd(await session(), id, request), { message: error.message }, id);
			}
		}
	});
});
