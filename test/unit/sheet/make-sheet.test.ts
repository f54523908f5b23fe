import assert from "node:assert/strict";
import { runToEnd } from "../../../src/core/methods/run-method";
import { measure } from "../../../src/core/metrics/run-metric";
import { drawSheet } from "../../../src/core/render/sheet-figure";
import { makeSheet, type SheetRequest } from "../../../src/core/sheet/make-sheet";
import { PRESETS } from "../../../src/core/sheet/presets";
import { CancelledError, InvalidRequestError } from "../../../src/shared/errors";
import type { Sheet } from "../../../src/shared/sheet";
import { parseUnitAddress } from "../../../src/shared/unit-parser";
import { residualNetwork } from "../rules/networks";
import { sessionOf, tensor } from "../rules/small-model";

const question = (more = {}) => ({
	inputs: { x: tensor([1, 6, 6, 2], 11) },
	unit: parseUnitAddress("predictions[1]"),
	parameters: {},
	...more,
});

async function whole(request: SheetRequest): Promise<Sheet> {
	let made: Sheet | undefined;
	for await (const step of makeSheet(await sessionOf(residualNetwork()), request)) made = step;
	return made ?? assert.fail("no sheet");
}

describe("A contact sheet", () => {
	it("has the maps and scores that the methods and metrics give by themselves", async () => {
		const session = await sessionOf(residualNetwork());
		const metrics = [{ id: "sparseness" }, { id: "deletion" }];
		const { entries, progress } = await whole({
			question: question(),
			methods: [{ id: "lrp", parameters: { composite: "EpsilonPlus" } }, { id: "saliency" }],
			metrics,
		});
		assert.equal(progress, 1);
		assert.deepEqual(
			entries.map(({ method }) => method),
			["lrp", "saliency"],
		);
		for (const { method, parameters, result } of entries) {
			const request = question({ parameters });
			const [map] = (await runToEnd(session, method, request)).maps;
			assert.deepEqual(result?.map.tensor.data, map?.tensor.data);
			for (const [at, { id }] of metrics.entries()) {
				const [score] = await measure(session, id, { map: map!, request, method });
				assert.equal(result?.scores[at]?.score, score?.score);
			}
		}
	});

	it("gives parameters to the methods that have them, and to one alone what is its own", async () => {
		const { entries } = await whole({
			question: question({ parameters: { n_steps: 7 } }),
			methods: [{ id: "integrated-gradients" }, { id: "saliency", parameters: { abs: false } }],
			metrics: [],
		});
		assert.deepEqual(
			entries.map(({ parameters }) => parameters),
			[{ n_steps: 7 }, { abs: false }],
		);
	});

	it("tells how alike the maps are", async () => {
		const { agreement } = await whole({
			question: question(),
			methods: [{ id: "gradient-x-input" }, { id: "integrated-gradients" }],
			metrics: [],
		});
		assert.equal(agreement?.rank[0]?.[0], 1);
		assert.equal(agreement?.rank[0]?.[1], agreement?.rank[1]?.[0]);
	});

	it("has the reason in place of a map that cannot be had, and goes on", async () => {
		const { entries } = await whole({
			question: question(),
			methods: [{ id: "learned-cam" }, { id: "saliency" }],
			metrics: [{ id: "relevance-mass" }],
		});
		assert.match(entries[0]?.refusal?.message ?? "", /data ?set/);
		assert.ok(entries[1]?.result);
		assert.match(entries[1]?.result?.unmeasured["relevance-mass"]?.message ?? "", /mask/);
	});

	it("refuses what is wrong with the question itself", async () => {
		const methods = [{ id: "saliency" }];
		const unit = parseUnitAddress("nowhere[1]");
		for (const request of [
			{ question: question({ unit }), methods, metrics: [] },
			{ question: question(), methods: [{ id: "salience" }], metrics: [] },
			{ question: question(), methods, metrics: [{ id: "sparsity" }] },
		])
			await assert.rejects(whole(request), InvalidRequestError);
	});

	it("stops when it is told to", async () => {
		const controller = new AbortController();
		const methods = ["saliency", "smoothgrad", "occlusion"].map((id) => ({ id }));
		const steps = makeSheet(await sessionOf(residualNetwork()), {
			question: question({ signal: controller.signal }),
			methods,
			metrics: [],
		});
		await steps.next();
		controller.abort();
		await assert.rejects(async () => {
			for await (const _ of steps);
		}, CancelledError);
	});

	it("knows every method of its presets", () => {
		for (const preset of Object.values(PRESETS)) assert.ok(preset.length >= 9);
		assert.ok(PRESETS.quick.every((id) => PRESETS.thorough.includes(id)));
	});

	it("is drawn with each map at its colours on the common scale, in both themes", async () => {
		const sheet = await whole({
			question: question(),
			methods: [{ id: "gradient-x-input" }, { id: "learned-cam" }],
			metrics: [],
		});
		for (const [theme, paper] of [
			["light", 255],
			["dark", 31],
		] as const) {
			const relative = drawSheet(sheet, { caption: ["title"], scale: "relative", theme });
			assert.equal(relative.rgba[0], paper);
			// The largest absolute value has the last colour of one arm, whichever sign it has.
			const ends = new Set<string>();
			for (let at = 0; at < relative.rgba.length; at += 4) ends.add(relative.rgba.subarray(at, at + 3).join());
			assert.ok(ends.size > 20);
			const raw = drawSheet(sheet, { caption: ["title"], scale: "raw", theme });
			assert.deepEqual([raw.width, raw.height], [relative.width, relative.height]);
		}
	});
});
