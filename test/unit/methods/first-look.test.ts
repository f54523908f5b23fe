import assert from "node:assert/strict";
import { createEagerEngine } from "../../../src/core/engine/eager/engine";
import { lookAhead, withFirstLook } from "../../../src/core/methods/first-look";
import type { MethodPartial, MethodRequest } from "../../../src/core/methods/method";
import { prepareRequest } from "../../../src/core/methods/prepare";
import { findMethod, runMethod, runToEnd } from "../../../src/core/methods/run-method";
import { Rehearsal } from "../../../src/core/session/rehearsal";
import type { Session } from "../../../src/core/session/session";
import type { ExplanationResult } from "../../../src/shared/result";
import { parsePlace, parseUnitAddress } from "../../../src/shared/unit-parser";
import { assertClose } from "../rules/close";
import { residualNetwork } from "../rules/networks";
import { SmallModel, sessionOf, tensor } from "../rules/small-model";

const inputs = { x: tensor([1, 6, 6, 2], 11) };
const unit = parseUnitAddress("predictions[1]");

/** The course of a method for somebody who waits for no millisecond. */
async function courseOf(method: string, more: Partial<MethodRequest> = {}, soon = 0) {
	const session = await sessionOf(residualNetwork());
	const request = { inputs, unit, parameters: {}, ...more };
	const prepared = await prepareRequest(session, findMethod(method), request);
	const course: MethodPartial[] = [];
	for await (const partial of withFirstLook(session, findMethod(method), prepared, soon)) course.push(partial);
	return course;
}

describe("The first look", () => {
	it("is the method's own map at the last layer with positions, and the end is the same without it", async () => {
		for (const method of ["lrp", "saliency", "deeplift", "excitation-backprop", "integrated-gradients", "xrai"]) {
			const [look, ...course] = await courseOf(method);
			const session = await sessionOf(residualNetwork());
			const ask = { inputs, unit, parameters: {} };
			assert.equal(look?.progress, 0);
			assert.equal(look.maps[0]?.at, "sum");
			assert.match(look.notices?.join() ?? "", /first look, at "sum"/);
			const atLast = await runToEnd(session, method, { ...ask, at: parsePlace("sum") });
			assert.deepEqual(look.maps[0]?.tensor.shape, atLast.maps[0]?.tensor.shape);
			// Of one walk the look is all; values before folding differ by rounding.
			if (course.length === 1)
				assertClose(look.maps[0]?.tensor.data ?? [], atLast.maps[0]?.tensor.data ?? [Number.NaN], 1e-5);
			const end = course.at(-1);
			assert.equal(end?.maps[0]?.at, "x");
			assert.deepEqual(end.maps, (await runToEnd(session, method, ask)).maps);
			assert.ok(!end.notices?.some((notice) => notice.includes("first look")));
		}
	});

	it("is left out where nobody waits, where the end is all that counts, and where a layer is asked for", async () => {
		assert.equal((await courseOf("lrp", {}, 1e6)).length, 1);
		assert.equal((await courseOf("lrp", { endOnly: true })).length, 1);
		assert.equal((await courseOf("lrp", { at: parsePlace("pool") })).length, 1);
	});

	it("is left out where a parameter fits the input alone, and the method answers", async () => {
		const parameters = { sliding_window_shapes: "6x6", strides: "6x6" };
		const course = await courseOf("occlusion", { parameters });
		assert.ok(course.every(({ maps }) => maps[0]?.at === "x"));
		assert.equal(course.at(-1)?.progress, 1);
	});

	it("leaves what is wrong to the run", async () => {
		await assert.rejects(courseOf("lrp", { parameters: { composite: "Nothing" } }), /Nothing/);
	});

	it("is there by itself where a pass takes long, with the ledger left to the whole walk", async () => {
		// An engine that nothing ran on yet: how long a pass takes it is told by the model of it alone.
		const session = await sessionOf(slowNetwork(), { engine: await createEagerEngine("cpu") });
		const x = tensor([1, 64, 64, 3], 4);
		const results: ExplanationResult[] = [];
		const request = { inputs: { x }, unit, parameters: {}, ledger: true };
		for await (const result of runMethod(session, "lrp", request)) results.push(result);
		const [look, whole] = results;
		assert.equal(look?.maps[0]?.at, "wide");
		assert.equal(look.ledger, undefined);
		assert.equal(whole?.maps[0]?.at, "x");
		assert.ok(whole.ledger?.some(({ layer }) => layer === "begin"));
		assert.equal(whole.provenance.completeness?.expected, look.provenance.unitValue);
	});
});

describe("Looking ahead", () => {
	it("gets what predictions and first looks need by one run", async () => {
		const session = (await sessionOf(slowNetwork(), { engine: await createEagerEngine("cpu") })) as Session;
		const x = tensor([1, 64, 64, 3], 4);
		const [unseen] = await session.forward({ x });
		await lookAhead(session, { x });
		const rehearsal = new Rehearsal();
		const rehearsed = session.rehearse(rehearsal);
		assert.deepEqual(await rehearsed.forward({ x }), [unseen]);
		assert.deepEqual(
			await rehearsed.forward({ x }, [parsePlace("wide")]),
			await session.forward({ x }, [parsePlace("wide")]),
		);
		await rehearsed.topUnit({ x });
		assert.equal(rehearsal.runs.length, 0);
		await rehearsed.forward({ x }, [parsePlace("begin")]);
		assert.equal(rehearsal.runs.length, 1);
	});
});

/** Work enough that a pass takes long by the engine of these tests. */
function slowNetwork(): SmallModel {
	const model = new SmallModel();
	const x = model.input("x", [64, 64, 3], { channelAxis: 3 });
	const conv = (name: string, input: string, taken: number, made: number) =>
		model.layer(name, "Conv2D", input, {
			params: { kernel: tensor([3, 3, taken, made], taken + made), bias: tensor([made], made) },
			attrs: { padding: "same" },
			activation: "Relu",
			channelAxis: 3,
		});
	const wide = conv("wide", conv("begin", x, 3, 80), 80, 80);
	const average = model.layer("average", "GlobalAvgPool", wide, { channelAxis: 1 });
	return model.output(
		model.layer("predictions", "Dense", average, {
			params: { kernel: tensor([80, 3], 8), bias: tensor([3], 9) },
			activation: "Softmax",
			channelAxis: 1,
		}),
	);
}
