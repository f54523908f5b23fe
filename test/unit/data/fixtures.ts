import { readFileSync } from "node:fs";
import path from "node:path";
import { projectRoot } from "../../support/environment";

/** Reference values made by Pillow and NumPy; `fixtures/make.py` makes them again. */
export function fixture<T>(name: string): T {
	return JSON.parse(readFileSync(path.join(projectRoot, "test/unit/data/fixtures", name), "utf8")) as T;
}
