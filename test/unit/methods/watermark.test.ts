import assert from "node:assert/strict";
import path from "node:path";
import {
	markedAgainst,
	marked as markedStars,
	openPictures,
	type Pictures,
	type Question,
	unmarkedPlace,
} from "../../../scripts/ground-truth/pictures";
import { scoresOf } from "../../../scripts/ground-truth/scores";
import type { Engine } from "../../../src/core/engine/engine";
import { createEngine } from "../../../src/core/engine/registry";
import { findMethod } from "../../../src/core/methods/run-method";
import type { ModelSession } from "../../../src/core/session/model-session";
import { openSession } from "../../../src/core/session/open-session";
import { projectRoot } from "../../support/environment";

const shapes = path.join(projectRoot, "samples", "shapes");

/** They divide the unit's value among the pixels, so that the mark's share of it means something. */
const DIVIDING = ["integrated-gradients", "gradient-shap", "deeplift", "deep-shap"];

/** docs/ground-truth.md has all methods. */
describe("The watermark by which the samples' model knows a star", function () {
	this.timeout(60_000);
	let engine: Engine;
	let session: ModelSession;
	let pictures: Pictures;
	before(async () => {
		({ engine } = await createEngine("auto"));
		session = await openSession(path.join(shapes, "shapes.keras"), engine);
		pictures = await openPictures(session, path.join(shapes, "heldout.npz"));
	});
	after(() => {
		session?.close();
		engine?.dispose();
	});

	const massOf = async (id: string, questions: readonly Question[]): Promise<number> =>
		(await scoresOf(session, findMethod(id), questions, ["relevance-mass"]))["relevance-mass"];

	it("covers less than 3 % of the pictures", () => {
		const { area, masks } = markedStars(pictures);
		assert.equal(masks.shape[0], 16);
		assert.ok(area < 0.03, `${area}`);
	});

	for (const id of DIVIDING)
		it(`takes more than half of the relevance of a star by ${id}, and nothing where it is not`, async () => {
			const mass = await massOf(id, [markedStars(pictures)]);
			assert.ok(mass > 0.5, `${mass.toFixed(2)} of the relevance`);
			const elsewhere = await massOf(id, unmarkedPlace(pictures));
			assert.ok(Math.abs(elsewhere) < 0.1, `${elsewhere.toFixed(2)} without a mark`);
		});

	it("takes more than half of what tells a star from a triangle by lrp", async () => {
		const mass = await massOf("lrp", [markedAgainst(pictures)]);
		assert.ok(mass > 0.5, `${mass.toFixed(2)} of the relevance`);
	});
});
