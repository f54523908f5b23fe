import assert from "node:assert/strict";
import {
	formatCountShort,
	formatNumber,
	formatPercent,
	formatProbability,
	formatSeconds,
	formatShape,
} from "../../../webview/state/format";

describe("numbers as the Inspector writes them", () => {
	it("keep four digits and say zero, infinity and NaN as such", () => {
		assert.deepEqual(
			[0.123456, 12.3456, -0.5, 0, 34826.4].map((value) => formatNumber(value)),
			["0.1235", "12.35", "−0.5", "0", "34,826"],
		);
		assert.deepEqual(
			[Number.NaN, Infinity, -Infinity].map((value) => formatNumber(value)),
			["NaN", "∞", "−∞"],
		);
	});

	it("use an exponent only where the number would be long", () => {
		assert.equal(formatNumber(1.5e-7), "1.5e-7");
		assert.equal(formatNumber(123456789), "1.23e8");
		assert.equal(formatNumber(0.001), "0.001");
	});

	it("never show a probability that is not 0 or 1 as one", () => {
		assert.deepEqual([0, 0.001, 0.006, 0.5, 0.999, 1].map(formatProbability), [
			"0.00",
			"<0.01",
			"0.01",
			"0.50",
			">0.99",
			"1.00",
		]);
		assert.equal(formatPercent(0.0001), "<0.1 %");
		assert.equal(formatPercent(0), "0 %");
	});

	it("leave the batch out of shapes and tell what is free or not known", () => {
		assert.equal(formatShape([null, 26, 26, 32]), "26×26×32");
		assert.equal(formatShape([null, null, 64]), "?×64");
		assert.equal(formatShape([null]), "scalar");
		assert.equal(formatShape([]), "?");
	});

	it("shorten counts and times", () => {
		assert.deepEqual([320, 18_496, 1_046_488].map(formatCountShort), ["320", "18.5 k", "1.05 M"]);
		assert.deepEqual([3.21, 59.6, 80, 120].map(formatSeconds), ["3.2 s", "60 s", "1 min 20 s", "2 min"]);
	});
});
