import assert from "node:assert/strict";
import { Recent } from "../../../src/compute/recent";

describe("what was used last", () => {
	it("gives up what was not used for longest", () => {
		const recent = new Recent<string>(2);
		recent.set("a", "1");
		recent.set("b", "2");
		assert.equal(recent.get("a"), "1");
		recent.set("c", "3");
		assert.deepEqual([recent.get("a"), recent.get("b"), recent.get("c")], ["1", undefined, "3"]);
	});

	it("counts sizes, and forgets that of a value that is replaced", () => {
		const recent = new Recent<string>(5, (text) => text.length);
		recent.set("a", "1234");
		recent.set("a", "12");
		recent.set("b", "123");
		assert.deepEqual([recent.get("a"), recent.get("b")], ["12", "123"]);
	});

	it("does not give up all for one value that is larger than everything", () => {
		const recent = new Recent<string>(5, (text) => text.length);
		recent.set("a", "1234");
		recent.set("b", "123456");
		assert.deepEqual([recent.get("a"), recent.get("b")], ["1234", undefined]);
	});
});
