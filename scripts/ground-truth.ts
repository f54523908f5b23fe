/**
 * `npm run docs:ground-truth`: every method that gives a map of the input, on pictures of which the truth is known. Writes
 * docs/ground-truth.md. A few minutes.
 */

import { writeFileSync } from "node:fs";
import path from "node:path";
import { createEngine } from "../src/core/engine/registry";
import { openSession } from "../src/core/session/open-session";
import { groundTruthPage, type Row } from "./ground-truth/page";
import { marked, markedAgainst, openPictures, unmarked } from "./ground-truth/pictures";
import { mean, scoresOf, testedMethods } from "./ground-truth/scores";

const shapes = path.join("samples", "shapes");

async function main(): Promise<void> {
	const { engine } = await createEngine("auto");
	const session = await openSession(path.join(shapes, "shapes.keras"), engine);
	try {
		const pictures = await openPictures(session, path.join(shapes, "heldout.npz"));
		const rows: Row[] = [];
		for (const method of testedMethods()) {
			const started = performance.now();
			const mark = await scoresOf(session, method, [marked(pictures)]);
			const against = await scoresOf(session, method, [markedAgainst(pictures)], ["relevance-mass"]);
			const shape = await scoresOf(session, method, unmarked(pictures));
			rows.push({ method, mark, against: against["relevance-mass"], shape });
			process.stderr.write(`${method.id}: ${((performance.now() - started) / 1000).toFixed(1)} s\n`);
		}
		const chance = { mark: marked(pictures).area, shape: mean(unmarked(pictures).map(({ area }) => area)) };
		writeFileSync(path.join("docs", "ground-truth.md"), groundTruthPage(rows, chance, engine.title));
	} finally {
		session.close();
		engine.dispose();
	}
}

main().catch((error: unknown) => {
	process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
	process.exitCode = 1;
});
