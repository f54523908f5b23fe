import assert from "node:assert/strict";
import type { Graph, GraphNode } from "../../../src/core/graph/types";
import { validateGraph } from "../../../src/core/graph/validate";
import { UnreadableFileError } from "../../../src/shared/errors";

const node = (id: string, inputs: string[], outputs: string[] = [id]): GraphNode => ({
	id,
	op: "Relu",
	inputs,
	outputs,
	attrs: {},
	params: {},
	layer: "l",
});

function graph(nodes: GraphNode[], output: string): Graph {
	const layer = { name: "l", type: "ReLU", depth: 0, calls: [], weights: [], config: {}, channelAxis: 1, where: "" };
	const port = (name: string) => ({ name, value: name, shape: [null, 2], dtype: "float32" as const, layer: "l" });
	return {
		format: { id: "test", title: "Test" },
		inputs: [port("x")],
		outputs: [port(output)],
		nodes,
		layers: [layer],
		notices: [],
		passes: [],
	};
}

describe("a sound graph", () => {
	it("defines every value once and before it is taken", () => {
		validateGraph(graph([node("a", ["x"]), node("b", ["a", "x"])], "b"));
	});

	const wrong: [string, GraphNode[], string, RegExp][] = [
		["takes a value that nothing makes", [node("a", ["ghost"])], "a", /"ghost"/],
		["makes a value twice", [node("a", ["x"], ["v"]), node("b", ["x"], ["v"])], "v", /"v" is made twice/],
		["has two nodes of one name", [node("a", ["x"], ["v"]), node("a", ["x"], ["w"])], "v", /Two nodes .* "a"/],
		["runs in a circle", [node("a", ["c"]), node("b", ["a"]), node("c", ["b"])], "c", /a <- c <- b <- a/],
		["is in the wrong order", [node("b", ["a"]), node("a", ["x"])], "b", /"b" takes a value that is made after it/],
		["has an output that nothing makes", [node("a", ["x"])], "y", /output "y"/],
	];
	for (const [title, nodes, output, message] of wrong) {
		it(`is refused when it ${title}`, () => {
			assert.throws(
				() => validateGraph(graph(nodes, output)),
				(error: unknown) => error instanceof UnreadableFileError && message.test(error.message),
			);
		});
	}

	it("may take a value of a layer that is not supported, which nothing makes", () => {
		const base = graph([node("a", ["refused:0"])], "a");
		const refused = {
			name: "r",
			type: "Lambda",
			depth: 0,
			calls: [{ inputs: ["x"], outputs: ["refused:0"], nodes: [] }],
			weights: [],
			config: {},
			channelAxis: -1,
			where: "",
			unsupported: { code: "unsupported" as const, message: "" },
		};
		validateGraph({ ...base, layers: [...base.layers, refused] });
	});
});
