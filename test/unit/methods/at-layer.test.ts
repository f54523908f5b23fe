import assert from "node:assert/strict";
import { atAnyLayer, type LayerBaseline } from "../../../src/core/methods/at-layer";
import { baselineOf } from "../../../src/core/methods/baselines";
import { explainedInputs } from "../../../src/core/methods/examples";
import type { PreparedRequest } from "../../../src/core/methods/method";
import { runToEnd } from "../../../src/core/methods/run-method";
import { float32 } from "../../../src/shared/tensor";
import { parseUnitAddress } from "../../../src/shared/unit-parser";
import { assertClose } from "../rules/close";
import { SmallModel, sessionOf, tensor } from "../rules/small-model";
import { KINDS } from "./kinds-of-models";

const [image, , , twoInputs] = KINDS;

/** What a method sees, of one that yields nothing but that. */
async function seen(baseline: LayerBaseline, more: Partial<PreparedRequest> = {}) {
	const session = await sessionOf(image!.model());
	const request: PreparedRequest = {
		inputs: image!.inputs,
		unit: parseUnitAddress("predictions[1]"),
		at: { layer: "pool" },
		parameters: { baselines: "constant", baseline_value: 0.5 },
		seed: 0,
		...more,
	};
	let baselines: ArrayLike<number> = [];
	let value: ArrayLike<number> = [];
	let names: string[] = [];
	const run = atAnyLayer(async function* (inner, innerRequest) {
		const [only] = explainedInputs(inner, innerRequest);
		names = Object.keys(innerRequest.inputs);
		baselines = baselineOf(innerRequest, only!.name, only!.tensor, only!.channelAxis).data;
		value = await inner.unitValue(innerRequest.inputs, innerRequest.unit);
		yield { maps: [], progress: 1 };
	}, baseline);
	for await (const _ of run(session, request));
	return { session, names, baselines, value };
}

describe("Any method at any layer", () => {
	it("runs on the layer's value as the only input, and the unit's value stays", async () => {
		const { session, names, value } = await seen("own");
		assert.deepEqual(names, ["pool"]);
		assertClose(value, await session.unitValue(image!.inputs, parseUnitAddress("predictions[1]")));
	});

	it("takes the baseline parameters as those of the layer, or carries those of the inputs to it", async () => {
		assert.ok(Array.from((await seen("own")).baselines).every((element) => element === 0.5));
		const { session, baselines } = await seen("propagated");
		const half = float32([2, 6, 6, 2], new Float32Array(144).fill(0.5));
		assertClose(baselines, (await session.forward({ x: half }, [{ layer: "pool" }]))[0]!.data);
	});

	it("carries given references of the inputs, and takes one that is named after the layer as it is", async () => {
		const reference = tensor([2, 6, 6, 2], 5);
		for (const baseline of ["own", "propagated"] as const) {
			const { session, baselines } = await seen(baseline, { baselines: { x: reference } });
			assertClose(baselines, (await session.forward({ x: reference }, [{ layer: "pool" }]))[0]!.data);
			const ownReference = tensor([2, 3, 3, 4], 6);
			assertClose((await seen(baseline, { baselines: { pool: ownReference } })).baselines, ownReference.data);
		}
	});

	it("holds the inputs that ways around the layer look at, and leaves out the others", async () => {
		const session = await sessionOf(twoInputs!.model());
		const cut = session.cutAt({ layer: "conv" }, twoInputs!.inputs);
		assert.deepEqual(
			cut.graph.inputs.map(({ name }) => name),
			["facts", "conv"],
		);
		const { maps } = await runToEnd(session, "integrated-gradients", {
			inputs: twoInputs!.inputs,
			unit: parseUnitAddress("out[1]"),
			at: { layer: "conv" },
			parameters: {},
		});
		assert.deepEqual(
			maps.map(({ at }) => at),
			["conv"],
		);
	});

	it("works at the layer of an input, for a difference whose one half does not depend on the layer, and for a unit of the layer itself", async () => {
		const model = new SmallModel();
		const [a, c] = [model.input("a", [2]), model.input("c", [2])];
		const dense = (name: string, value: string, seed: number) =>
			model.layer(name, "Dense", value, { params: { kernel: tensor([2, 2], seed) }, channelAxis: 1 });
		const [left, right] = [dense("left", a, 1), dense("right", c, 2)];
		model.output(model.layer("sum", "Add", [left, right], { channelAxis: 1 }));
		const session = await sessionOf(model);
		const inputs = { a: tensor([1, 2], 3), c: tensor([1, 2], 4) };
		const run = async (unit: string, layer: string) => {
			const request = { inputs, unit: parseUnitAddress(unit), at: { layer }, parameters: {} };
			return (await runToEnd(session, "integrated-gradients", request)).maps[0]!.tensor.data;
		};
		const value = (await session.forward(inputs, [{ layer: "left" }]))[0]!.data;
		assertClose(await run("left[1]", "left"), [0, value[1]!]);
		assertClose(await run("left[1] - right[0]", "left"), [0, value[1]!]);
		assertClose(await run("right[0] - left[1]", "left"), [0, -value[1]!]);
		const kernel = tensor([2, 2], 1).data;
		assertClose(await run("left[1]", "a"), [inputs.a.data[0]! * kernel[1]!, inputs.a.data[1]! * kernel[3]!]);
		await assert.rejects(run("left[1]", "right"), /the unit does not depend on "right"/);
	});
});
