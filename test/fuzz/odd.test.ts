import assert from "node:assert/strict";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { needTestdata } from "../support/testdata";
import { openOne } from "./open-one";

describe("odd files that others made", () => {
	let folder: string;
	before(function () {
		folder = needTestdata(this, "models", "odd");
	});

	it("each give a clear error or a correct read", async () => {
		const files = readdirSync(folder, { recursive: true, encoding: "utf8" })
			.map((name) => join(folder, name))
			.filter((file) => statSync(file).isFile());
		assert.ok(files.length > 0);
		for (const file of files) {
			const { result, message } = await openOne(file);
			assert.notEqual(result, "failed", `${file}: ${message}`);
		}
	});
});
