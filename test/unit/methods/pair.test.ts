/** Numbers of PAIR's saliency package (fixtures/make.py), in double precision there. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { runToEnd } from "../../../src/core/methods/run-method";
import type { ParameterValue } from "../../../src/shared/methods";
import { parseUnitAddress } from "../../../src/shared/unit-parser";
import { projectRoot } from "../../support/environment";
import { assertClose } from "../rules/close";
import { SmallModel, sessionOf, tensor } from "../rules/small-model";

const { cases } = JSON.parse(
	readFileSync(path.join(projectRoot, "test", "unit", "methods", "fixtures", "pair.json"), "utf8"),
) as { cases: { method: string; parameters: Record<string, ParameterValue>; expected: number[] }[] };

const shape = [8, 7, 3] as const;
const elements = 8 * 7 * 3;

function network(): SmallModel {
	const model = new SmallModel();
	const flat = model.layer("flat", "Flatten", model.input("x", shape, { channelAxis: 3 }), { channelAxis: 1 });
	const hidden = model.layer("hidden", "Dense", flat, {
		params: { kernel: tensor([elements, 6], 62), bias: tensor([6], 63) },
		activation: "Relu",
		channelAxis: 1,
	});
	return model.output(model.layer("out", "Dense", hidden, { params: { kernel: tensor([6, 1], 64) }, channelAxis: 1 }));
}

describe("PAIR saliency", () => {
	it("has cases of every method that is named after it", () => {
		assert.deepEqual([...new Set(cases.map(({ method }) => method))], ["guided-ig", "blur-ig", "xrai"]);
	});
	for (const { method, parameters, expected } of cases) {
		it(`${method} with ${JSON.stringify(parameters)}`, async () => {
			const { maps } = await runToEnd(await sessionOf(network()), method, {
				inputs: { x: tensor([1, ...shape], 61) },
				unit: parseUnitAddress("out[0]"),
				parameters,
			});
			assertClose(maps[0]!.tensor.data, expected, 1e-4);
		});
	}
});
