import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { findNative, isNative, loadNative } from "../../../src/core/engine/session/native";

describe("finding the native library", () => {
	let storage: string;
	let from: string;
	const folder = () => path.join(storage, "node_modules", "@tensorflow", "tfjs-node");
	const file = (...parts: string[]) => {
		const full = path.join(folder(), ...parts);
		mkdirSync(path.dirname(full), { recursive: true });
		writeFileSync(
			full,
			parts.at(-1) === "package.json" ? '{"version": "4.22.0", "binary": {"napi_versions": [3, 8, 999]}}' : "",
		);
	};

	beforeEach(() => {
		storage = mkdtempSync(path.join(tmpdir(), "lamina-native-"));
		// Nothing is installed above it.
		from = path.join(storage, "elsewhere.js");
		mkdirSync(storage, { recursive: true });
	});
	afterEach(() => rmSync(storage, { recursive: true }));

	it("takes the binding of the newest interface that this Node has", () => {
		file("package.json");
		file("lib", "napi-v3", "tfjs_binding.node");
		file("lib", "napi-v8", "tfjs_binding.node");
		file("lib", "napi-v999", "tfjs_binding.node");
		file("deps", "lib", "libtensorflow.so");
		const found = findNative({ storage, from });
		assert.ok(isNative(found));
		assert.equal(found.binding, path.join(folder(), "lib", "napi-v8", "tfjs_binding.node"));
		assert.equal(found.version, "4.22.0");
	});

	it("says what is missing and what to do", () => {
		const reason = () => {
			const found = findNative({ storage, from: path.join(tmpdir(), "nowhere", "x.js") });
			assert.ok(!isNative(found));
			assert.match(found.hint, /npm run setup/);
			return found.reason;
		};
		assert.match(reason(), /not installed/);
		file("package.json");
		assert.match(reason(), /no built binding/);
		file("lib", "napi-v8", "tfjs_binding.node");
		assert.match(reason(), /no TensorFlow library/);
	});

	it("says so when the library does not load", () => {
		file("package.json");
		file("lib", "napi-v8", "tfjs_binding.node");
		file("deps", "lib", "libtensorflow.so");
		const found = findNative({ storage, from });
		assert.ok(isNative(found));
		assert.throws(() => loadNative(found), { code: "failed", where: found.binding });
	});
});
