// One method of one network in a fresh process: its pre-flight, then its run. See foretold.ts.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createEngine } from "../../src/core/engine/registry";
import { Lamina, type METHODS } from "./lamina";
import type { NetworkName } from "./networks";

async function main([network, work, threads]: readonly string[]): Promise<void> {
	const cacheDir = mkdtempSync(path.join(tmpdir(), "lamina-bench-cache-"));
	const { engine } = await createEngine("auto", { cacheDir, threads: Number(threads) });
	const lamina = new Lamina(engine);
	try {
		const foretold = await lamina.foretell(network as NetworkName, work as keyof typeof METHODS);
		process.stdout.write(JSON.stringify(foretold));
	} finally {
		lamina.close();
		engine.dispose();
		rmSync(cacheDir, { recursive: true, force: true });
	}
}

main(process.argv.slice(2)).catch((error: unknown) => {
	process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
	process.exitCode = 1;
});
