import assert from "node:assert/strict";
import { describeMethods } from "../../../src/core/methods/run-method";
import type { ExplanationResult } from "../../../src/shared/result";
import { float32 } from "../../../src/shared/tensor";
import {
	explainMethods,
	quickPreset,
	requestOf,
	search,
	shownMap,
	thoroughPreset,
	wants,
} from "../../../webview/explain/ask/selection";

describe("presets of methods", () => {
	const methods = explainMethods(describeMethods());
	const idsOf = (chosen: readonly { id: string }[]) => chosen.map(({ id }) => id);

	it("ask at once what explains any unit of any model on one input: one of each family", () => {
		const quick = idsOf(quickPreset(methods));
		assert.ok(quick.includes("saliency") && quick.includes("grad-cam") && quick.includes("lrp"), quick.join());
		const families = quick.map((id) => methods.find((method) => method.id === id)!.family);
		assert.equal(new Set(families).size, families.length);
		assert.ok(!families.includes("perturbation") && !families.includes("what-if"));
	});
	it("leave out, thorough too, what needs a data set, several inputs or a pooled classifier, and edits", () => {
		const thorough = idsOf(thoroughPreset(methods));
		for (const { id, family, needs } of methods) {
			const isLeftOut =
				family === "what-if" || Boolean(needs.dataset ?? needs.batch ?? needs.pooled ?? needs.attention);
			assert.equal(thorough.includes(id), !isLeftOut, id);
		}
		assert.ok(thorough.length > quickPreset(methods).length);
	});
});

describe("the chooser of methods", () => {
	const methods = explainMethods(describeMethods());
	const find = (id: string) => methods.find((method) => method.id === id) ?? assert.fail(id);

	it("finds methods by words of the title, the question, the family or the paper, in any order", () => {
		const idsOf = (text: string) => search(methods, text).map(({ id }) => id);
		assert.deepEqual(idsOf("size occlusion"), ["occlusion-study"]);
		assert.ok(idsOf("RELEVANCE").includes("lrp"));
		assert.ok(idsOf("sundararajan 2017").includes("integrated-gradients"));
		assert.deepEqual(idsOf("no such words"), []);
		assert.equal(idsOf(" ").length, methods.length);
	});

	it("tells what a method wants beyond an input and a unit", () => {
		assert.match(wants(find("learned-cam")) ?? "", /data set/);
		assert.match(wants(find("feature-permutation")) ?? "", /several inputs/);
		assert.match(wants(find("conductance")) ?? "", /layer/);
		assert.equal(wants(find("saliency")), undefined);
	});

	it("asks for the ledger where relevance is walked back", () => {
		assert.equal(requestOf(find("lrp"), { id: "lrp", parameters: {} }, undefined).ledger, true);
		assert.equal(requestOf(find("saliency"), { id: "saliency", parameters: {} }, undefined).ledger, undefined);
	});
});

describe("results of several maps", () => {
	const resultOf = (count: number): ExplanationResult =>
		({
			maps: Array.from({ length: count }, () => ({
				at: "input",
				tensor: float32([1], new Float32Array(1)),
				quantity: "relevance",
			})),
		}) as unknown as ExplanationResult;

	it("show, and save, the last map where a newer result has fewer than the one that was chosen", () => {
		assert.equal(shownMap(resultOf(3), 1), 1);
		assert.equal(shownMap(resultOf(3), 5), 2);
		assert.equal(shownMap(resultOf(1), 5), 0);
		assert.equal(shownMap(resultOf(0), 5), 0);
	});
});
