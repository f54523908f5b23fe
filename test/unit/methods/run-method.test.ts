import assert from "node:assert/strict";
import type { DataSet } from "../../../src/core/data/data-set";
import type { MethodRequest } from "../../../src/core/methods/method";
import { describeMethods, runToEnd } from "../../../src/core/methods/run-method";
import type { LaminaError } from "../../../src/shared/errors";
import { parseUnitAddress } from "../../../src/shared/unit-parser";
import { residualNetwork } from "../rules/networks";
import { sessionOf, tensor } from "../rules/small-model";

const x = tensor([1, 6, 6, 2], 11);
/** Examples of two classes, for methods that learn. */
const twoClasses: DataSet = {
	count: 4,
	labels: Int32Array.of(0, 1, 0, 1),
	classes: ["plain", "shifted"],
	batch: async (from, to) => ({ x: tensor([to - from, 6, 6, 2], 21 + from) }),
};
const ask = (unit: string, more: Partial<MethodRequest> = {}): MethodRequest => ({
	inputs: { x },
	unit: parseUnitAddress(unit),
	parameters: {},
	...more,
});

describe("Every method", () => {
	it("is told as plain data, which crosses to other processes", () => {
		assert.deepEqual(structuredClone(describeMethods()), describeMethods());
	});

	it("describes itself: a sentence, a paper, a reference, defaults within their ranges", () => {
		for (const method of describeMethods()) {
			assert.match(method.answers, /\?$/, method.id);
			assert.ok(method.paper.length > 10 && method.reference.length > 10, method.id);
			for (const parameter of method.parameters) {
				assert.ok(parameter.help.length > 10, `${method.id} ${parameter.name}`);
				if (parameter.type === "choice") assert.ok(parameter.choices.includes(parameter.default), parameter.name);
				if (parameter.type === "integer" || parameter.type === "number")
					assert.ok(
						parameter.default >= (parameter.min ?? parameter.default) &&
							parameter.default <= (parameter.max ?? parameter.default),
					);
			}
		}
	});

	it("gives the map at the layer of an input after that of the input itself, in one session", async () => {
		const model = residualNetwork().build();
		const { value } = model.graph.inputs[0]!;
		const call = { inputs: [], outputs: [value], nodes: [] };
		const layer = { ...model.graph.layers[0]!, name: "entrance", type: "InputLayer", calls: [call], weights: [] };
		const session = await sessionOf({ ...model, graph: { ...model.graph, layers: [layer, ...model.graph.layers] } });
		const [atInput] = (await runToEnd(session, "saliency", ask("predictions[1]"))).maps;
		const request = ask("predictions[1]", { at: { layer: "entrance" } });
		const [atLayer] = (await runToEnd(session, "saliency", request)).maps;
		assert.equal(atLayer!.at, "entrance");
		assert.deepEqual(atLayer!.tensor.data, atInput!.tensor.data);
	});

	it("shows kernels as [height, width, in, out], those of transposed convolutions too", async () => {
		const model = residualNetwork().build();
		const kernels = async (layout: "HWIO" | "HWOI") => {
			const layers = model.graph.layers.map((layer) =>
				layer.name === "conv1" ? { ...layer, filters: { weight: "conv1/kernel", layout } } : layer,
			);
			const session = await sessionOf({ ...model, graph: { ...model.graph, layers } });
			const request = { inputs: {}, parameters: {}, at: { layer: "conv1" } };
			return (await runToEnd(session, "filters", request)).maps[0]!.tensor;
		};
		const [plain, turned] = [await kernels("HWIO"), await kernels("HWOI")];
		const [height, width, a, b] = plain.shape as [number, number, number, number];
		assert.deepEqual(turned.shape, [height, width, b, a]);
		for (const [at, value] of plain.data.entries()) {
			const [cell, i, j] = [Math.floor(at / (a * b)), Math.floor(at / b) % a, at % b];
			assert.equal(turned.data[(cell * b + j) * a + i], value);
		}
	});

	// Those for transformers have a file of their own.
	for (const { id, at, needs } of describeMethods().filter((method) => !method.needs.attention)) {
		it(`${id} runs with its defaults for a class and for a channel of a layer, and records what it did`, async () => {
			const model = residualNetwork().build();
			const layers = model.graph.layers.map((layer) =>
				layer.name === "conv1" ? { ...layer, filters: { weight: "conv1/kernel", layout: "HWIO" as const } } : layer,
			);
			const session = await sessionOf({ ...model, graph: { ...model.graph, layers } });
			for (const unit of ["predictions[1]", ...(needs.pooled ? [] : ["conv2[2]@1,1"])]) {
				const result = await runToEnd(
					session,
					id,
					ask(unit, {
						...(at === "required" && { at: { layer: "conv1" } }),
						...(needs.batch && { inputs: { x: tensor([2, 6, 6, 2], 11) } }),
						...(needs.dataset && { dataset: twoClasses }),
					}),
				);
				assert.equal(result.progress, 1);
				assert.ok(result.maps.length > 0);
				for (const { tensor: map } of result.maps) {
					assert.equal(
						map.data.length,
						map.shape.reduce((size, extent) => size * extent, 1),
					);
					assert.ok(map.data.every(Number.isFinite));
				}
				const { provenance } = result;
				assert.equal(provenance.method, id);
				assert.equal(provenance.unit, needs.unit ? unit : undefined);
				assert.equal(
					Object.keys(provenance.parameters).length,
					describeMethods().find((method) => method.id === id)?.parameters.length,
				);
			}
		});
	}
});

describe("Parameters", () => {
	const refused = async (method: string, request: MethodRequest, message: RegExp, hint = /./) => {
		const session = await sessionOf(residualNetwork());
		await assert.rejects(
			runToEnd(session, method, request),
			(error: LaminaError) => error.code === "invalid" && message.test(error.message) && hint.test(error.hint ?? "x"),
		);
	};

	it("that do not exist are refused with what may have been meant", () =>
		refused(
			"integrated-gradients",
			ask("predictions[0]", { parameters: { n_step: 3 } }),
			/no parameter "n_step"/,
			/"n_steps"/,
		));
	it("out of range are refused with the range", () =>
		refused(
			"integrated-gradients",
			ask("predictions[0]", { parameters: { n_steps: 1 } }),
			/n_steps is 1, but a whole number from 2 up to 10000/,
		));
	it("of another type are refused", () =>
		refused("saliency", ask("predictions[0]", { parameters: { abs: "maybe" } }), /abs is "maybe", but true or false/));
	it("that are no choice are refused with the choices", () =>
		refused(
			"lrp",
			ask("predictions[0]", { parameters: { composite: "EpsilonMinus" } }),
			/one of EpsilonPlus, EpsilonPlusFlat/,
		));
	it("alpha and beta must differ by 1", () =>
		refused("lrp", ask("predictions[0]", { parameters: { dense: "AlphaBeta", alpha: 3 } }), /alpha - beta is 2/));
	it("a method that does not exist is refused with what may have been meant", () =>
		refused("gradcam", ask("predictions[0]"), /no method "gradcam"/, /"grad-cam"/));
	it("a window that is larger than the input is refused", () =>
		refused(
			"occlusion",
			ask("predictions[0]", { parameters: { sliding_window_shapes: "7" } }),
			/extent 7 along axis 1 .* 6 elements/,
		));
	it("a stride that leaves elements out is refused", () =>
		refused(
			"occlusion",
			ask("predictions[0]", { parameters: { sliding_window_shapes: "2x2", strides: "3" } }),
			/stride 3 .* larger than the window/,
		));
	it("a layer is asked for by methods that need one", () =>
		refused("activations", ask("predictions[0]"), /needs a layer/));
	it("may be written as text", async () => {
		const result = await runToEnd(
			await sessionOf(residualNetwork()),
			"integrated-gradients",
			ask("predictions[0]", { parameters: { n_steps: "7", multiply_by_inputs: "false" } }),
		);
		assert.deepEqual(
			[result.provenance.parameters.n_steps, result.provenance.parameters.multiply_by_inputs],
			[7, false],
		);
	});
});
