import assert from "node:assert/strict";
import type { MethodDescription, ParameterDescription } from "../../../src/shared/methods";
import { changedParameters, checkParameter } from "../../../webview/explain/ask/parameters";
import { byFamily, explainMethods, quickPreset, requestOf } from "../../../webview/explain/ask/selection";

const steps: ParameterDescription = { name: "n_steps", type: "integer", default: 50, min: 2, max: 100, help: "" };
const epsilon: ParameterDescription = { name: "epsilon", type: "number", default: 1e-6, min: 0, help: "" };
const rule: ParameterDescription = { name: "rule", type: "choice", default: "a", choices: ["a", "b"], help: "" };

const method = (id: string, more: Partial<MethodDescription> = {}): MethodDescription => ({
	id,
	title: id,
	family: "gradients",
	answers: "",
	paper: "",
	reference: "",
	needs: { unit: true, input: true },
	at: "none",
	quantity: "signed",
	promisesCompleteness: false,
	parameters: [steps, epsilon, rule],
	...more,
});

describe("parameters as they are typed", () => {
	it("are numbers within their range, whole where they must be", () => {
		assert.deepEqual(checkParameter(steps, " 10 "), { value: 10 });
		assert.deepEqual(checkParameter(epsilon, "1e-3"), { value: 0.001 });
		assert.deepEqual(checkParameter(epsilon, "0,5"), { value: 0.5 });
		for (const wrong of ["", "x", "2.5", "1", "101", "NaN", "Infinity"])
			assert.deepEqual(checkParameter(steps, wrong), { problem: "A whole number from 2 to 100." }, wrong);
		assert.deepEqual(checkParameter(epsilon, "-3"), { problem: "A number of 0 or more." });
	});

	it("are one of the choices", () => {
		assert.deepEqual(checkParameter(rule, "b"), { value: "b" });
		assert.deepEqual(checkParameter(rule, "c"), { problem: "One of a, b." });
	});

	it("are sent only where they differ from the defaults, so that equal questions are equal", () => {
		const values = { n_steps: 50, epsilon: 0.1, unknown: 3 };
		assert.deepEqual(changedParameters(method("ig"), values), { epsilon: 0.1 });
	});
});

describe("the choice of methods", () => {
	const methods = [
		method("filters", { family: "inspection", needs: { unit: false, input: false } }),
		method("saliency"),
		method("ig"),
		method("lrp", { family: "relevance", at: "input" }),
		method("occlusion", { family: "perturbation" }),
	];

	it("offers those that explain, by family, in the order of the registry", () => {
		const offered = explainMethods(methods);
		assert.deepEqual(
			byFamily(offered).map(({ name, methods: members }) => [name, members.map(({ id }) => id)]),
			[
				["gradients", ["saliency", "ig"]],
				["relevance", ["lrp"]],
				["perturbation", ["occlusion"]],
			],
		);
		assert.deepEqual(
			quickPreset(offered).map(({ id }) => id),
			["saliency", "lrp"],
		);
	});

	it("asks for a place only where the method makes maps at places", () => {
		const chosen = { id: "x", parameters: {}, at: "conv" };
		assert.deepEqual(requestOf(method("saliency"), chosen, "out[1]"), {
			method: "saliency",
			parameters: {},
			unit: "out[1]",
		});
		assert.deepEqual(requestOf(method("lrp", { at: "input" }), chosen, undefined), {
			method: "lrp",
			parameters: {},
			at: "conv",
		});
	});
});
