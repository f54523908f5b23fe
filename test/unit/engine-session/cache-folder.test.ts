import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import path from "node:path";
import { CacheFolder } from "../../../src/core/engine/session/storage/cache-folder";
import { WeightFiles } from "../../../src/core/engine/session/storage/weight-files";
import { float32 } from "../../../src/shared/tensor";
import { projectRoot } from "../../support/environment";
import { varied } from "./session-under-test";

const HOUR = 3600_000;

describe("session engine: cache folder", () => {
	let root: string;
	const weight = (name: string, bytes: number, age: number) => {
		const file = path.join(root, "weights", name);
		mkdirSync(path.dirname(file), { recursive: true });
		writeFileSync(file, new Uint8Array(bytes));
		const time = new Date(Date.now() - age);
		utimesSync(file, time, time);
		return file;
	};
	const lease = (name: string, pid: number, age: number) => {
		mkdirSync(path.join(root, "leases"), { recursive: true });
		writeFileSync(path.join(root, "leases", name), JSON.stringify({ pid, host: hostname(), since: Date.now() - age }));
	};
	const weights = () => readdirSync(path.join(root, "weights")).sort();

	beforeEach(() => {
		root = mkdtempSync(path.join(tmpdir(), "lamina-cache-"));
	});
	afterEach(() => rmSync(root, { recursive: true, force: true }));

	it("takes the files that were used longest ago until the rest fits", () => {
		weight("old", 400, 3 * HOUR);
		weight("older", 400, 4 * HOUR);
		weight("new", 400, 2 * HOUR);
		new CacheFolder(root, 900).release();
		assert.deepEqual(weights(), ["new", "old"]);
	});

	it("never takes a file that a live process may have mapped", () => {
		weight("before", 400, 3 * HOUR);
		weight("during", 400, 1 * HOUR);
		lease("live", process.pid, 2 * HOUR);
		new CacheFolder(root, 0).release();
		assert.deepEqual(weights(), ["during"]);
	});

	it("takes what a process left that is gone", async () => {
		const gone = spawn(process.execPath, ["-e", ""], { stdio: "ignore" });
		await once(gone, "exit");
		weight("during", 400, HOUR);
		weight("half.bin.part", 10, HOUR);
		lease("gone", gone.pid as number, 2 * HOUR);
		mkdirSync(path.join(root, "plans", "gone", "0"), { recursive: true });
		const cache = new CacheFolder(root, 0);
		assert.deepEqual(weights(), []);
		assert.ok(!existsSync(path.join(root, "plans", "gone")) && !existsSync(path.join(root, "leases", "gone")));
		cache.release();
	});

	it("is left as it was by a lease that cannot be read, as long as that may be being written", () => {
		weight("used", 400, HOUR);
		mkdirSync(path.join(root, "leases"));
		writeFileSync(path.join(root, "leases", "unfinished"), "{");
		const plans = path.join(root, "plans", "unfinished");
		mkdirSync(plans, { recursive: true });
		new CacheFolder(root, 1000).release();
		assert.ok(existsSync(plans));
	});

	it("gives a failed write back as an error, without a part file", async () => {
		const files = new WeightFiles(path.join(root, "weights"));
		writeFileSync(path.join(root, "weights"), "a file where a folder should be");
		await assert.rejects(
			files.ensure("f", varied([4]), async () => varied([4])),
			{ code: "failed" },
		);
		assert.deepEqual(readdirSync(root), ["weights"]);
	});

	it("keeps whole files while two processes write the same weights at once", async function () {
		this.timeout(60_000);
		const fixture = path.join(projectRoot, "test", "unit", "engine-session", "fixtures", "write-weights.ts");
		const runner = path.join(projectRoot, "scripts", "typescript.mjs");
		const children: ChildProcess[] = [1, 2].map(() =>
			spawn(process.execPath, [runner, fixture, root], { cwd: projectRoot, stdio: ["ignore", "inherit", "inherit"] }),
		);
		const codes = await Promise.all(children.map(async (child) => (await once(child, "exit"))[0]));
		assert.deepEqual(codes, [0, 0]);
		const files = new WeightFiles(path.join(root, "weights"));
		for (let i = 0; i < 20; i++) {
			const expected = varied([50, 100], i);
			const stored = await files.readBack(files.path(`weight ${i}`), expected);
			assert.deepEqual(stored.data, float32([50, 100], expected.data).data);
		}
		assert.ok(weights().every((name) => name.endsWith(".bin")));
	});
});
