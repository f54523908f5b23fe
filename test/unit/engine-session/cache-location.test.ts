import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import path from "node:path";
import { cacheLocation, makeFolder } from "../../../src/core/engine/cache-location";

describe("session engine: where the cache is", () => {
	const usual = path.join(homedir(), ".cache", "lamina");

	it("is what LAMINA_CACHE names, else below XDG_CACHE_HOME, else below the home folder", () => {
		assert.equal(cacheLocation({ LAMINA_CACHE: "/a", XDG_CACHE_HOME: "/b" }).folder, path.resolve("/a"));
		assert.equal(cacheLocation({ XDG_CACHE_HOME: "/b" }).folder, path.resolve("/b/lamina"));
		assert.equal(cacheLocation({}).folder, usual);
	});

	it("is never the folder one stands in because a variable is empty", () => {
		assert.equal(cacheLocation({ LAMINA_CACHE: "", XDG_CACHE_HOME: "" }).folder, usual);
	});

	it("has a limit in megabytes, 4096 where none is set", () => {
		assert.equal(cacheLocation({ LAMINA_CACHE_LIMIT_MB: "100" }).limit, 100 * 2 ** 20);
		for (const text of ["", "much", "-1"]) assert.equal(cacheLocation({ LAMINA_CACHE_LIMIT_MB: text }).limit, 2 ** 32);
	});

	it("is made with all folders above it", () => {
		const root = mkdtempSync(path.join(tmpdir(), "lamina-folders-"));
		try {
			makeFolder(path.join(root, "a", "b"));
			makeFolder(path.join(root, "a", "b"));
			assert.ok(statSync(path.join(root, "a", "b")).isDirectory());
		} finally {
			rmSync(root, { recursive: true });
		}
	});

	it("is refused where the system lets nobody make a folder, and does not wait for ever", function () {
		if (!existsSync("/proc/self")) this.skip();
		assert.throws(() => makeFolder("/proc/lamina/weights"), /ENOENT|EACCES|EPERM/);
	});
});
