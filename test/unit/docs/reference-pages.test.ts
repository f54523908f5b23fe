import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { referencePages } from "../../../scripts/reference-pages";

describe("the reference pages of docs/", () => {
	for (const [name, text] of Object.entries(referencePages())) {
		it(`${name} says what the registries say (npm run docs writes it)`, async () => {
			assert.equal(await readFile(path.join("docs", name), "utf8"), text);
		});
	}
});
