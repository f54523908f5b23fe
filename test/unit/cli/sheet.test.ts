import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { decodeImage } from "../../../src/core/data/image/decode";
import { projectRoot } from "../../support/environment";
import { buildProgram, runProgram } from "./program";

const samples = path.join(projectRoot, "samples");
const QUESTION = [
	path.join(samples, "digits/digits.keras"),
	...["--input", path.join(samples, "inputs/digits/seven.png")],
	...["--unit", "dense[7]", "--engine", "wasm"],
];

describe("lamina sheet", function () {
	this.timeout(60_000);
	let folder: string;
	before(() => {
		buildProgram();
		folder = mkdtempSync(path.join(tmpdir(), "lamina-sheet-"));
	});
	after(() => rmSync(folder, { recursive: true }));
	const lamina = (...args: string[]) => runProgram(args, folder);

	it("writes a picture, and every number of what lamina run gives", async () => {
		const methods = ["--methods", "lrp,grad-cam", "--param", "lrp.composite=EpsilonPlus", "--metric", "sparseness"];
		const { code, out, err } = await lamina("sheet", ...QUESTION, ...methods, "--out", "a.png", "--out", "a.json");
		assert.deepEqual([code, err.includes("error")], [0, false]);
		assert.match(out, /^lrp .*\n/m);
		const picture = await decodeImage(readFileSync(path.join(folder, "a.png")), "a.png");
		assert.ok(picture.width > 600 && picture.height > 400);
		const sheet = JSON.parse(readFileSync(path.join(folder, "a.json"), "utf8"));
		await lamina("run", "lrp", ...QUESTION, "--param", "composite=EpsilonPlus", "--out", "lrp.json");
		const alone = JSON.parse(readFileSync(path.join(folder, "lrp.json"), "utf8"));
		assert.deepEqual(sheet.methods[0].map.data, alone.maps[0].data);
		assert.deepEqual([sheet.methods.length, sheet.methods[1].scores[0].metric], [2, "sparseness"]);
		assert.equal(sheet.agreement.rank[0][0], 1);
	});

	it("says what is wrong before anything runs", async () => {
		for (const [args, reason] of [
			[["--out", "a.gif"], /a\.gif.*\.png or \.json/],
			[["--methods", "lrq", "--out", "a.png"], /lrq/],
			[["--methods", "lrp,lrp", "--out", "a.png"], /more than once/],
			[["--param", "nothing=1", "--out", "a.png"], /nothing/],
			[["--param", "rise.N=1", "--out", "a.png"], /rise is not on the sheet/],
			[["--scale", "own", "--out", "a.png"], /relative, raw/],
		] as const) {
			const { code, err } = await lamina("sheet", ...QUESTION, ...args);
			assert.equal(code, 2, err);
			assert.match(err, reason);
		}
	});
});
