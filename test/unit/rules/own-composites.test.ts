import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { runToEnd } from "../../../src/core/methods/run-method";
import { COMPOSITE_NAMES, namedComposite } from "../../../src/core/rules/lrp-composites/named";
import { parseOwnComposite } from "../../../src/core/rules/lrp-composites/own";
import type { Composite } from "../../../src/core/rules/rule";
import { LaminaError } from "../../../src/shared/errors";
import type { ParameterValue } from "../../../src/shared/methods";
import { parseUnitAddress } from "../../../src/shared/unit-parser";
import { assertClose, sumOf } from "./close";
import { biasFreeNetwork, residualNetwork } from "./networks";
import { SmallModel, sessionOf, tensor } from "./small-model";

/** Five dense layers with a ReLU each, the last without. */
function tower(): SmallModel {
	const model = new SmallModel();
	let value = model.input("x", [4]);
	for (const [index, name] of ["stem", "block1_a", "block1_b", "block2_a", "head"].entries())
		value = model.layer(name, "Dense", value, {
			params: { kernel: tensor([4, 4], 10 + index), bias: tensor([4], 20 + index) },
			...(name !== "head" && { activation: "Relu" }),
			channelAxis: 1,
		});
	return model.output(value);
}

/** The rule that each layer of a model gets, by a walk that notes them. */
async function rulesOf(model: SmallModel, composite: Composite): Promise<Record<string, string>> {
	const found: Record<string, string> = {};
	const spy: Composite = {
		...composite,
		rule: (node, op, context) => {
			const rule = composite.rule(node, op, context);
			if (op.kind === "linear") found[node.layer] = rule.id;
			return rule;
		},
	};
	const session = await sessionOf(model);
	const [input] = session.graph.inputs;
	assert.ok(input);
	const x = tensor([1, ...(input.shape.slice(1) as number[])], 5);
	await session.backward(
		{
			composite: spy,
			unit: parseUnitAddress(`${session.graph.outputs[0]?.layer}[1]`),
			at: ["input"],
			start: "value",
			passes: [],
		},
		{ x },
	);
	return found;
}

const own = (json: unknown, graph = tower().build().graph) => parseOwnComposite(JSON.stringify(json)).make(graph, {});

describe("A composite of one's own", () => {
	it("gives the first entry that fits: by name, pattern, regular expression, depth, place", async () => {
		const composite = own({
			composite: "EpsilonPlus",
			rules: [
				{ first: true, rule: "Flat" },
				{ name: "/^block[2-9]_/", rule: "Gamma", gamma: 0.5 },
				{ name: "block?_b", rule: "Epsilon", epsilon: 0.25 },
				{ name: "block*", rule: "ZPlus" },
				{ depth: [0.9, 1], rule: "Z" },
			],
		});
		assert.deepEqual(await rulesOf(tower(), composite), {
			stem: "flat()",
			block1_a: "z-plus()",
			block1_b: "epsilon(0.25)",
			block2_a: "gamma(0.5)",
			head: "epsilon(0.000001)",
		});
	});

	it("leaves the others to the composite it builds on, and tells kinds of layers apart", async () => {
		const composite = own(
			{
				composite: "EpsilonGammaBox",
				rules: [
					{ kind: "dense", last: true, rule: "Z", bias: false },
					{ kind: "sum", rule: "Epsilon", epsilon: 0.1 },
					{ kind: "average-pooling", rule: "Gradient" },
					{ kind: "batch-norm", rule: "Gradient" },
				],
			},
			residualNetwork().build().graph,
		);
		assert.deepEqual(await rulesOf(residualNetwork(), composite), {
			conv1: "z-box(0..1@-1)",
			norm1: "gradient",
			conv2: "gamma(0.25)",
			sum: "epsilon(0.1)",
			average: "gradient",
			predictions: "epsilon(0.000001,bias=zero)",
		});
	});

	it("is the named composite when it says the same", async () => {
		const session = await sessionOf(residualNetwork());
		const inputs = { x: tensor([1, 6, 6, 2], 31) };
		const unit = parseUnitAddress("predictions[2]");
		const run = (parameters: Record<string, ParameterValue>) => runToEnd(session, "lrp", { inputs, unit, parameters });
		const named = await run({ composite: "EpsilonPlusFlat" });
		const json = JSON.stringify({
			composite: "EpsilonAlpha2Beta1",
			rules: [
				{ first: true, rule: "Flat" },
				{ kind: "convolution", rule: "ZPlus" },
			],
		});
		const same = await run({ composite: json });
		assertClose(same.maps[0]?.tensor.data ?? [], named.maps[0]?.tensor.data ?? []);
		assert.equal(same.provenance.parameters.composite, json);
	});

	it("of the documentation is one", async () => {
		const page = await readFile(path.join("docs", "composites.md"), "utf8");
		const example = /```json\n([\s\S]*?)```/.exec(page)?.[1];
		assert.ok(example);
		assert.equal(parseOwnComposite(example).needsBox, false);
	});

	for (const [what, text, message, caret] of [
		["no JSON", '{"rules": [', /the JSON ends too early \(line 1, column 12\)/, 11],
		["a comma too many", '{"rules": [],}', /a name in double quotes was expected/, 13],
		["a text that is not closed", '{"rules', /the double quote is not closed/, 1],
		["something behind the end", '{"rules": []} x', /something follows the end/, 14],
		["a name twice", '{"rules": [], "rules": []}', /"rules" is there twice/, 14],
		["another field", '{"rule": []}', /a composite has no "rule"/, 1],
		["no rules", "{}", /a composite has a list of rules/, 0],
		["an entry that is no object", '{"rules": ["Flat"]}', /an entry of rules is written in braces/, 11],
		["an entry without a rule", '{"rules": [{"first": true}]}', /an entry of rules names a rule/, 11],
		["an unknown rule", '{"rules": [{"rule": "Gama"}]}', /"rule" is one of/, 20],
		["an unknown composite", '{"composite": "EpsilonPls", "rules": []}', /"composite" is one of/, 14],
		["a parameter of another rule", '{"rules": [{"rule": "Flat", "gamma": 1}]}', /Flat does not look at "gamma"/, 28],
		["a parameter that is no number", '{"rules": [{"rule": "Gamma", "gamma": "x"}]}', /"gamma" is a number/, 38],
		["a negative parameter", '{"rules": [{"rule": "Gamma", "gamma": -1}]}', /"gamma" is 0 or more/, 38],
		["alpha and beta that lose relevance", '{"rules": [{"rule": "AlphaBeta", "alpha": 3}]}', /alpha - beta is 2/, 11],
		["a depth outside 0 to 1", '{"rules": [{"depth": [0, 3], "rule": "Z"}]}', /"depth" is \[from, to\]/, 21],
		["a broken regular expression", '{"rules": [{"name": "/(/", "rule": "Z"}]}', /this is no regular expression/, 20],
		["a flag that is none", '{"rules": [{"first": 1, "rule": "Z"}]}', /"first" is true or false/, 21],
	] as const)
		it(`says where there is ${what}`, () => {
			assert.throws(
				() => parseOwnComposite(text),
				(error) => {
					assert.ok(error instanceof LaminaError);
					assert.match(error.message, message);
					assert.equal((error.where ?? "").split("\n")[1], `${" ".repeat(caret)}^`);
					return true;
				},
			);
		});

	it("points at the line and column of a longer text", () => {
		const text = '{\n\t"rules": [\n\t\t{ "kind": "conv", "rule": "Z" }\n\t]\n}';
		assert.throws(() => parseOwnComposite(text), /"kind" is one of .* \(line 3, column 13\)/);
	});

	it("names a pattern that no layer is named like, and a rule that a layer cannot have", async () => {
		assert.throws(
			() => own({ rules: [{ name: "blok1_a", rule: "Z" }] }),
			(error) =>
				error instanceof LaminaError &&
				/no layer of the model is named like "blok1_a"/.test(error.message) &&
				/block1_a/.test(error.hint ?? ""),
		);
		await assert.rejects(
			rulesOf(tower(), own({ rules: [{ kind: "activation", rule: "ZPlus" }] })),
			/the rule ZPlus is for linear layers, but \S+ \(Relu\) is none/,
		);
	});

	it("does not go together with single rules beside it", async () => {
		const session = await sessionOf(tower());
		const parameters = { composite: '{"rules": []}', dense: "Z" };
		await assert.rejects(
			runToEnd(session, "lrp", { inputs: { x: tensor([1, 4], 1) }, unit: parseUnitAddress("head[0]"), parameters }),
			/the composite is one's own, and the rule Z is asked for beside it/,
		);
	});
});

describe("Composites by name", () => {
	// BetaSmooth is a gradient. Deep Taylor (as iNNvestigate has it) sends relevance through average pooling to cells that
	// are 0, where it is lost. A small epsilon absorbs next to nothing, also in those that have a larger one.
	for (const name of COMPOSITE_NAMES.filter((candidate) => !/^BetaSmooth$|DeepTaylor$/.test(candidate)))
		it(`${name} conserves relevance from layer to layer where there is no bias`, async () => {
			const session = await sessionOf(biasFreeNetwork());
			const x = tensor([2, 6, 6, 2], 41);
			const places = ["conv1", "sum", "average"];
			const { maps, unitValue } = await session.backward(
				{
					composite: namedComposite(name, { low: -1, high: 1, epsilon: 1e-6 }),
					unit: parseUnitAddress("predictions[1]"),
					at: [...places.map((layer) => ({ layer })), "input"],
					start: "value",
					passes: [],
				},
				{ x },
			);
			for (const { at, tensor: map } of maps)
				assert.ok(
					Math.abs(sumOf(map.data) - sumOf(unitValue)) <= 1e-3 * Math.abs(sumOf(unitValue)),
					`${sumOf(map.data)} at ${at} of ${sumOf(unitValue)}`,
				);
		});

	it("by depth: gamma below, epsilon between, LRP-0 above, the box first", async () => {
		const composite = namedComposite("ZeroEpsilonGammaBox", { epsilon: 0.1, low: -1, high: 1 });
		assert.deepEqual(await rulesOf(tower(), composite), {
			stem: "z-box(-1..1@-1)",
			block1_a: "gamma(0.25)",
			block1_b: "epsilon(0.1)",
			block2_a: "epsilon(0.1)",
			head: "epsilon(0.000001)",
		});
	});

	it("the presets of iNNvestigate have an epsilon of 0.1, and another where it is given", async () => {
		const rules = await rulesOf(residualNetwork(), namedComposite("PresetBFlat", {}));
		assert.equal(rules.conv1, "flat()");
		assert.equal(rules.conv2, "alpha-beta(2,1)");
		assert.equal(rules.predictions, "epsilon(0.1)");
		const given = await rulesOf(residualNetwork(), namedComposite("PresetA", { epsilon: 0.5 }));
		assert.equal(given.predictions, "epsilon(0.5)");
	});

	it("BetaSmooth is the gradient of the network with softplus in place of ReLU", async () => {
		const session = await sessionOf(tower());
		const x = tensor([1, 4], 51);
		const { maps } = await runToEnd(session, "lrp", {
			inputs: { x },
			unit: parseUnitAddress("block1_a[2]"),
			parameters: { composite: "BetaSmooth", beta_smooth: 3, start: "one" },
		});
		const dense = (from: readonly number[], seed: number) =>
			Array.from({ length: 4 }, (_, to) =>
				from.reduce(
					(sum, value, at) => sum + value * (tensor([4, 4], 10 + seed).data[at * 4 + to] as number),
					tensor([4], 20 + seed).data[to] as number,
				),
			);
		const relu = (values: readonly number[]) => values.map((value) => Math.max(0, value));
		const slope = (value: number) => 1 / (1 + Math.exp(-3 * value));
		const first = dense([...x.data], 0);
		const second = dense(relu(first), 1)[2] as number;
		const expected = [0, 1, 2, 3].map((i) =>
			[0, 1, 2, 3].reduce(
				(sum, j) =>
					sum +
					slope(second) *
						(tensor([4, 4], 11).data[j * 4 + 2] as number) *
						slope(first[j] as number) *
						(tensor([4, 4], 10).data[i * 4 + j] as number),
				0,
			),
		);
		assertClose(maps[0]?.tensor.data ?? [], expected);
	});
});
