import assert from "node:assert/strict";
import { createEngine } from "../../../src/core/engine/registry";
import { lowerGraph } from "../../../src/core/graph/lower";
import type { Graph, GraphBody, GraphNode } from "../../../src/core/graph/types";
import { Builder } from "../../../src/core/program/builder";
import { vjp } from "../../../src/core/program/vjp";
import { type DType, float32, type Tensor } from "../../../src/shared/tensor";

const node = (op: string, inputs: string[], output: string, rest: Partial<GraphNode> = {}): GraphNode => ({
	id: output,
	op,
	inputs,
	outputs: [output],
	attrs: {},
	params: {},
	layer: "net",
	...rest,
});
const constant = (output: string, value: number, dtype: DType = "int32") =>
	node("Constant", [], output, { attrs: { constant: value, dtype } });

interface Port {
	readonly name: string;
	readonly shape: readonly number[];
	readonly dtype?: DType;
}

function graphOf(inputs: readonly Port[], nodes: GraphNode[], outputs: readonly string[]): Graph {
	const port = (name: string, shape: readonly number[], dtype: DType = "float32") => ({
		name,
		value: name,
		shape: [...shape],
		dtype,
		layer: "net",
	});
	return {
		format: { id: "test", title: "test" },
		inputs: inputs.map(({ name, shape, dtype }) => port(name, shape, dtype)),
		outputs: outputs.map((name) => port(name, [])),
		nodes,
		layers: [],
		notices: [],
		passes: [],
	};
}

function lower(graph: Graph) {
	const b = new Builder();
	const shapes = Object.fromEntries(
		graph.inputs.map(({ name, shape }) => [name, [-1, ...(shape.slice(1) as number[])]]),
	);
	return { b, lowered: lowerGraph(b, graph, shapes) };
}

async function run(b: Builder, inputs: Readonly<Record<string, Tensor>>): Promise<Record<string, Tensor>> {
	const { engine } = await createEngine("cpu");
	const plan = await engine.compile(b.build(), {
		read: async () => assert.fail("no weights"),
		fingerprint: async () => "",
	});
	const values = await plan.run(inputs);
	plan.dispose();
	return values;
}

async function evaluate(graph: Graph, inputs: Readonly<Record<string, Tensor>>): Promise<number[][]> {
	const { b, lowered } = lower(graph);
	for (const { value } of graph.outputs) {
		const found = lowered.values.get(value);
		assert.ok(found, lowered.blocked.get(value)?.error.message);
		b.output(value, found);
	}
	const values = await run(b, inputs);
	return graph.outputs.map(({ value }) => Array.from(values[value]?.data ?? []));
}

const refusal = (graph: Graph, output: string) => lower(graph).lowered.blocked.get(output)?.error.message ?? "none";

const X: Port = { name: "x", shape: [-1, 2] };
const x = float32([2, 2], [1, -2, 0.5, 3]);

/** state * 2 + iteration, and the state squared. */
const GROWTH: GraphBody = {
	inputs: ["i", "go", "s"],
	nodes: [
		node("Cast", ["i"], "real", { attrs: { dtype: "float32" } }),
		node("Add", ["s", "s"], "double"),
		node("Add", ["double", "real"], "next"),
		node("Mul", ["next", "next"], "square"),
	],
	outputs: ["go", "next", "square"],
};
const loop = (count: string, body: GraphBody = GROWTH) =>
	node("Loop", [count, "x"], "y", {
		outputs: ["y", "squares"],
		attrs: { hasCount: true, hasCondition: false, states: 1 },
		bodies: { body },
	});

describe("control flow becomes plain nodes when a program is built", () => {
	it("a loop of a known count is what its iterations compute one after another", async () => {
		const graph = graphOf([X], [constant("three", 3), loop("three")], ["y", "squares"]);
		const states: number[][] = [];
		for (const i of [0, 1, 2]) states.push((states.at(-1) ?? Array.from(x.data)).map((s) => 2 * s + i));
		assert.deepEqual(await evaluate(graph, { x }), [states.at(-1), states.flat().map((s) => s * s)]);
	});

	it("the gradient goes through all iterations", async () => {
		const { b, lowered } = lower(graphOf([X], [constant("three", 3), loop("three")], ["y"]));
		const y = lowered.values.get("y");
		const input = lowered.values.get("x");
		assert.ok(y && input);
		const [gradient] = vjp(b, [[y, b.input("g", "float32", y.shape)]], [input]);
		assert.ok(gradient);
		b.output("gradient", gradient);
		const values = await run(b, { x, g: float32([2, 2], [1, 1, 1, 1]) });
		assert.deepEqual(Array.from(values.gradient?.data ?? []), [8, 8, 8, 8]);
	});

	it("rules meet the nodes of each iteration, each with values of its own", () => {
		const { lowered } = lower(graphOf([X], [constant("three", 3), loop("three")], ["y"]));
		assert.equal(lowered.nodes.filter(({ node: { op } }) => op === "Mul").length, 3);
		assert.ok(lowered.nodes.every(({ node: { bodies } }) => bodies === undefined));
		const made = lowered.nodes.flatMap(({ node: { outputs } }) => outputs);
		assert.equal(new Set(made).size, made.length);
	});

	it("a loop ends where its condition no longer holds", async () => {
		const body: GraphBody = {
			inputs: ["i", "go", "s"],
			nodes: [node("Add", ["s", "s"], "next"), constant("two", 2), node("Less", ["i", "two"], "more")],
			outputs: ["more", "next"],
		};
		const graph = graphOf([X], [constant("many", 50), { ...loop("many", body), outputs: ["y"] }], ["y"]);
		assert.deepEqual(await evaluate(graph, { x }), [Array.from(x.data, (value) => value * 8)]);
	});

	it("a count that an input decides is refused", () => {
		const graph = graphOf([X, { name: "n", shape: [-1], dtype: "int32" }], [loop("n")], ["y"]);
		assert.match(refusal(graph, "y"), /iterations of a Loop hang on the numbers of the input "n"/);
	});

	const branches = {
		whenTrue: { inputs: [], nodes: [node("Add", ["x", "x"], "r")], outputs: ["r"] },
		whenFalse: { inputs: [], nodes: [node("Neg", ["x"], "r")], outputs: ["r"] },
	};

	for (const holds of [1, 0])
		it(`of an If that is known to be ${holds === 1} one branch remains`, async () => {
			const choice = node("If", ["c", "x"], "y", { bodies: branches });
			const graph = graphOf([X], [constant("c", holds, "bool"), choice], ["y"]);
			assert.deepEqual(await evaluate(graph, { x }), [Array.from(x.data, (value) => (holds ? 2 * value : -value))]);
			assert.ok(!lower(graph).lowered.nodes.some(({ node: { op } }) => op === (holds ? "Neg" : "Add")));
		});

	it("an If that an input decides chooses between the results of both branches", async () => {
		const sign = node("Greater", ["x", "zero"], "c");
		const choice = node("If", ["c", "x"], "y", { bodies: branches });
		const graph = graphOf([X], [constant("zero", 0, "float32"), sign, choice], ["y"]);
		assert.deepEqual(await evaluate(graph, { x }), [[2, 2, 1, 6]]);
	});

	it("an If whose branches differ in shape must be known", () => {
		const bodies = {
			...branches,
			whenFalse: { inputs: [], nodes: [node("ExpandDims", ["x"], "r", { attrs: { axes: [0] } })], outputs: ["r"] },
		};
		const sign = node("Greater", ["x", "zero"], "c");
		const graph = graphOf([X], [constant("zero", 0, "float32"), sign, node("If", ["c", "x"], "y", { bodies })], ["y"]);
		assert.match(refusal(graph, "y"), /shapes of the branches of an If hang on the numbers of the input "x"/);
	});

	it("a scan goes along an axis, forwards or backwards, with a loop inside of each step", async () => {
		const inner: GraphBody = {
			inputs: ["i", "go", "t"],
			nodes: [node("Add", ["t", "part"], "t2")],
			outputs: ["go", "t2"],
		};
		const body: GraphBody = {
			inputs: ["s", "part"],
			nodes: [
				constant("two", 2),
				node("Loop", ["two", "s", "part"], "s2", {
					attrs: { hasCount: true, hasCondition: false, states: 1 },
					bodies: { body: inner },
				}),
			],
			outputs: ["s2", "s2"],
		};
		const start = node("TakePlace", ["seq"], "start", { attrs: { axis: 1, place: 0 } });
		const scan = node("Scan", ["start", "seq"], "last", {
			outputs: ["last", "all"],
			attrs: { states: 1, inputAxes: [1], inputReversed: [1], outputAxes: [-1] },
			bodies: { body },
		});
		const graph = graphOf([{ name: "seq", shape: [-1, 3] }], [start, scan], ["last", "all"]);
		const seq = float32([2, 3], [1, 2, 3, 4, 5, 6]);
		// Twice each element from the back, onto the first one.
		assert.deepEqual(await evaluate(graph, { seq }), [
			[13, 34],
			[7, 11, 13, 16, 26, 34],
		]);
	});
});
