import assert from "node:assert/strict";
import { describeMethods } from "../../../src/core/methods/run-method";
import { explainMethods, quickPreset, thoroughPreset } from "../../../webview/explain/ask/selection";

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
			const isLeftOut = family === "what-if" || Boolean(needs.dataset ?? needs.batch ?? needs.pooled);
			assert.equal(thorough.includes(id), !isLeftOut, id);
		}
		assert.ok(thorough.length > quickPreset(methods).length);
	});
});
