import { existsSync } from "node:fs";
import path from "node:path";
import type { Context } from "mocha";
import { projectRoot } from "./environment";

/** Others' models and reference attributions; they do not live in this repository. */
export const testdataRoot = path.resolve(projectRoot, process.env.LAMINA_TESTDATA ?? "../shared");

/** Absolute path of a file of the test data: `testdata("models", "INDEX.md")`. */
export function testdata(...parts: string[]): string {
	return path.join(testdataRoot, ...parts);
}

/**
 * The path, or a skip with the reason when it is absent. Call it in a `before` hook or a test:
 * `before(function () { folder = needTestdata(this, "onnx-nodes"); })`
 */
export function needTestdata(context: Context, ...parts: string[]): string {
	const file = testdata(...parts);
	if (existsSync(file)) return file;
	return skipBecause(context, `no ${path.join(...parts)} in ${testdataRoot} (set LAMINA_TESTDATA)`);
}

/** Skips the running test, or from a `before` hook all tests of its suite, and prints why. */
export function skipBecause(context: Context, reason: string): never {
	const runnable = context.test as unknown as { type: string; parent?: object; skipReason?: string };
	runnable.skipReason = reason;
	if (runnable.type === "hook" && runnable.parent) Object.assign(runnable.parent, { skipReason: reason });
	const current = (context as { currentTest?: object }).currentTest;
	if (current) Object.assign(current, { skipReason: reason });
	return context.skip() as never;
}
