import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { artifacts, projectRoot } from "../../support/environment";

const folder = path.join(artifacts, `runner-${process.pid}`);

const files = {
	"works.test.ts": `
		import { skipBecause } from "../../support/testdata";
		describe("arithmetic", () => {
			it("adds", () => {});
			it("divides", () => { throw new Error("by zero"); });
			it("multiplies", function () { skipBecause(this, "no table at hand"); });
			it("subtracts");
		});
		describe("geometry", () => {
			before(function () { skipBecause(this, "no compass"); });
			it("draws a circle", () => {});
			it("finds its own folder", () => {});
		});
		it("knows where it was written", () => {
			if (__dirname !== ${JSON.stringify(folder)}) throw new Error(__dirname);
		});`,
	"throws-while-loading.test.ts": `throw new Error("nothing to see");`,
	"does-not-build.test.ts": `import "./missing";`,
};

describe("The test runner", function () {
	this.timeout(30_000);
	let output = "";
	let exitCode: number | null = null;

	before(() => {
		mkdirSync(folder, { recursive: true });
		for (const [name, source] of Object.entries(files)) writeFileSync(path.join(folder, name), source);
		({ output, exitCode } = runSuite());
	});

	after(() => rmSync(folder, { recursive: true, force: true }));

	it("ends with the counts", () => {
		assert.equal(output.trimEnd().split("\n").at(-1), "2 passed, 3 failed, 4 skipped");
	});

	it("fails when a test fails", () => assert.equal(exitCode, 1));

	it("names every skipped test with the reason", () => {
		assert.match(output, /skipped: arithmetic multiplies: no table at hand/);
		assert.match(output, /skipped: arithmetic subtracts: not written yet/);
		assert.match(output, /skipped: geometry draws a circle: no compass/);
	});

	it("counts a file that throws while loading as one failure", () => {
		assert.match(output, /FAILED: .*throws-while-loading\.test\.ts loads: nothing to see/);
	});

	it("counts a file that does not build as one failure", () => {
		assert.match(output, /FAILED: .*does-not-build\.test\.ts loads/);
		assert.match(output, /Could not resolve "\.\/missing"/);
	});

	it("runs only what was asked for", () => {
		const one = runSuite("works", "-g", "adds");
		assert.equal(one.output.trimEnd().split("\n").at(-1), "1 passed, 0 failed, 0 skipped");
		assert.equal(one.exitCode, 0);
	});
});

function runSuite(...args: string[]): { output: string; exitCode: number | null } {
	const suite = path.relative(path.join(projectRoot, "test"), folder);
	const program = path.join("test", "runner", "suite.mjs");
	const env = { ...process.env, LAMINA_TEST_STATE: "", LAMINA_TEST_OUTPUT: "" };
	const result = spawnSync(process.execPath, [program, suite, ...args], { cwd: projectRoot, encoding: "utf8", env });
	return { output: result.stdout + result.stderr, exitCode: result.status };
}
