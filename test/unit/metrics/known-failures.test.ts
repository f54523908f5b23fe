import assert from "node:assert/strict";
import path from "node:path";
import { openDataSet } from "../../../src/core/data/data-set";
import type { Engine } from "../../../src/core/engine/engine";
import { createEngine } from "../../../src/core/engine/registry";
import { runToEnd } from "../../../src/core/methods/run-method";
import { spearman } from "../../../src/core/metrics/numbers";
import { measure } from "../../../src/core/metrics/run-metric";
import type { ModelSession } from "../../../src/core/session/model-session";
import { openSession } from "../../../src/core/session/open-session";
import { PREPROCESS_PRESETS } from "../../../src/shared/preprocess";
import type { Tensor } from "../../../src/shared/tensor";
import { parseUnitAddress } from "../../../src/shared/unit-parser";
import { projectRoot } from "../../support/environment";

/** Pictures that are looked at: one says little. */
const PICTURES = 5;

const shapes = path.join(projectRoot, "samples", "shapes");

/**
 * What Adebayo et al. 2018 and Nie, Zhang, Patel 2018 (arXiv:1805.07039) found on large networks holds of the model of
 * the samples: maps of guided backpropagation and of DeconvNet are made by the picture and the layers near it, and
 * hardly by what the layers near the class have learned.
 */
describe("The known failures of guided backpropagation and DeconvNet", function () {
	this.timeout(60_000);
	let engine: Engine;
	let session: ModelSession;
	let inputs: Record<string, Tensor>;
	let ofGradient: { left: number; alike: number };
	before(async () => {
		({ engine } = await createEngine("auto"));
		session = await openSession(path.join(shapes, "shapes.keras"), engine);
		const set = await openDataSet(path.join(shapes, "heldout.npz"), session.graph.inputs, PREPROCESS_PRESETS.unit);
		inputs = await set.batch(0, PICTURES);
		ofGradient = { left: await leftOf("saliency"), alike: await alikeness("saliency") };
	});
	after(() => {
		session?.close();
		engine?.dispose();
	});

	const mapOf = async (method: string, unit: string) => {
		const request = { inputs, unit: parseUnitAddress(unit), parameters: {} };
		const [map] = (await runToEnd(session, method, request)).maps;
		return { request, map: map ?? assert.fail("no map") };
	};

	/** How much is left of a map, on average over pictures, when the classifier and the convolution before it are shuffled. */
	const leftOf = async (method: string): Promise<number> => {
		const { request, map } = await mapOf(method, "predictions[0]");
		const scores = await measure(session, "parameter-randomisation", { map, request, method });
		const left = scores.map(({ values }) => values?.top_conv ?? assert.fail("top_conv is not among the layers"));
		return left.reduce((sum, value) => sum + value, 0) / left.length;
	};

	/** How much alike the maps of two classes are, whatever their signs. */
	const alikeness = async (method: string): Promise<number> => {
		const [one, other] = await Promise.all(["predictions[0]", "predictions[1]"].map((unit) => mapOf(method, unit)));
		return spearman(one!.map.tensor.data.map(Math.abs), other!.map.tensor.data.map(Math.abs));
	};

	for (const method of ["guided-backprop", "deconvnet"]) {
		it(`${method} keeps its map longer than the gradient does when the last layers are shuffled`, async () => {
			const left = await leftOf(method);
			assert.ok(left > ofGradient.left + 0.1, `${left.toFixed(2)}, of the gradient ${ofGradient.left.toFixed(2)}`);
		});
		it(`${method} gives two classes maps that are more alike than the gradient's`, async () => {
			const alike = await alikeness(method);
			assert.ok(alike > ofGradient.alike + 0.1, `${alike.toFixed(2)}, of the gradient ${ofGradient.alike.toFixed(2)}`);
		});
	}
});
