import assert from "node:assert/strict";
import { describeMetrics } from "../../../src/core/metrics/run-metric";

describe("Every metric", () => {
	it("is told as plain data, which crosses to other processes", () => {
		assert.deepEqual(structuredClone(describeMetrics()), describeMetrics());
	});
});
