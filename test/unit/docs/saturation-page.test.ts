import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { runToEnd } from "../../../src/core/methods/run-method";
import { float32 } from "../../../src/shared/tensor";
import { parseUnitAddress } from "../../../src/shared/unit-parser";
import { saturating } from "../differences/saturating";
import { sessionOf } from "../rules/small-model";

describe("docs/saturation.md", () => {
	it("shows the numbers that the methods give", async () => {
		const page = await readFile(path.join("docs", "saturation.md"), "utf8");
		const rows = [...page.matchAll(/^\| ([\d.]+) \|(.*)\|$/gm)].map(([, x, numbers]) => ({
			x: Number(x),
			numbers: (numbers as string).split("|").map((text) => text.trim()),
		}));
		assert.ok(rows.length > 0, "the page has no table");
		const session = await sessionOf(saturating());
		const unit = parseUnitAddress("out");
		for (const { x, numbers } of rows) {
			const inputs = { x: float32([1, 1], [x]) };
			const [value, start] = [
				await session.unitValue(inputs, unit),
				await session.unitValue({ x: float32([1, 1], [0]) }, unit),
			];
			const maps = await Promise.all(
				["gradient-x-input", "integrated-gradients", "deeplift"].map((method) =>
					runToEnd(session, method, { inputs, unit, parameters: {} }),
				),
			);
			const found = [(value[0] ?? 0) - (start[0] ?? 0), ...maps.map((result) => result.maps[0]?.tensor.data[0] ?? 0)];
			assert.deepEqual(
				numbers,
				found.map((number) => (number + 0).toFixed(3)),
				`the row of x = ${x}`,
			);
		}
	});
});
