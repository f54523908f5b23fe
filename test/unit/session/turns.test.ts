import assert from "node:assert/strict";
import { runMethod } from "../../../src/core/methods/run-method";
import type { ModelSession } from "../../../src/core/session/model-session";
import { CancelledError } from "../../../src/shared/errors";
import { parseUnitAddress } from "../../../src/shared/unit-parser";
import { SmallModel, sessionOf, tensor } from "../rules/small-model";

/** Thousands of windows or steps, so that each method runs for many batches. */
const LONG: Readonly<Record<string, Record<string, number | string>>> = {
	occlusion: { sliding_window_shapes: "2x2", strides: "1" },
	"integrated-gradients": { n_steps: 3000 },
	smoothgrad: { nt_samples: 3000 },
	"shapley-value-sampling": { n_samples: 200 },
	rise: { N: 4000 },
};

function network(): SmallModel {
	const model = new SmallModel();
	const image = model.input("image", [32, 32, 3], { channelAxis: 3 });
	const conv = model.layer("conv", "Conv2D", image, {
		params: { kernel: tensor([3, 3, 3, 8], 1), bias: tensor([8], 2) },
		attrs: { padding: "same" },
		activation: "Relu",
		channelAxis: 3,
	});
	const average = model.layer("average", "GlobalAvgPool", conv, { channelAxis: 1 });
	return model.output(
		model.layer("classes", "Dense", average, { params: { kernel: tensor([8, 4], 5) }, channelAxis: 1 }),
	);
}

const inputs = { image: tensor([1, 32, 32, 3], 21) };
const unit = parseUnitAddress("classes[2]");

function start(session: ModelSession, method: string, signal?: AbortSignal) {
	const parameters = LONG[method] ?? {};
	return runMethod(session, method, { inputs, unit, parameters, ...(signal && { signal }) });
}

describe("Runs of the engine", function () {
	this.timeout(60_000);
	// Batches of some examples: a run of a small model is then over at once, as in a large model of a large memory.
	const open = () => sessionOf(network(), { memoryBudget: 2 ** 21 });

	for (const method of Object.keys(LONG)) {
		it(`of ${method} end within 100 ms of being cancelled`, async () => {
			const session = await open();
			const controller = new AbortController();
			let asked = 0;
			const isCancelled = assert.rejects(async () => {
				for await (const { progress } of start(session, method, controller.signal)) {
					// By a timer, as a message would come: it only does when the runs let the process have its turn.
					if (asked === 0 && progress < 1) {
						asked = Number.POSITIVE_INFINITY;
						setTimeout(() => {
							asked = performance.now();
							controller.abort();
						}, 5);
					}
				}
			}, CancelledError);
			await isCancelled;
			const took = performance.now() - asked;
			assert.ok(took < 100, `${took} ms`);
		});
	}

	it("of two explanations take turns", async () => {
		const session = await open();
		const order: string[] = [];
		const explain = async (name: string, method: string) => {
			for await (const _ of start(session, method)) order.push(name);
		};
		await Promise.all([explain("a", "occlusion"), explain("b", "integrated-gradients")]);
		const [endOfA, endOfB] = [order.lastIndexOf("a"), order.lastIndexOf("b")];
		const together = order.slice(order.indexOf("b"), Math.min(endOfA, endOfB) + 1);
		let longest = 0;
		let run = 0;
		for (const [at, name] of together.entries()) {
			run = name === together[at - 1] ? run + 1 : 1;
			longest = Math.max(longest, run);
		}
		assert.ok(order.indexOf("b") < 5, "the second one waits for the first");
		// A batch of the one may take two turns where one of the other takes one.
		assert.ok(longest <= 3, `${longest} batches in a row: ${order.join("")}`);
	});
});
