import { existsSync } from "node:fs";
import path from "node:path";

/** The checkout. Test programs are started in it. */
export const projectRoot = process.env.LAMINA_ROOT ?? process.cwd();

/** Screenshots, logs and whatever else is worth a look after a failure; not kept in git. */
export const artifacts = path.join(projectRoot, "test", "artifacts");

/** What set-up found and told the suites: see scripts/test.mjs. */
export function fromSetup(
	name: "LAMINA_CODE_SERVER" | "LAMINA_CODE_SERVER_NODE" | "LAMINA_CHROMIUM" | "LAMINA_VSIX",
): string {
	const file = process.env[name];
	if (!file || !existsSync(file)) throw new Error(`${name} is not set: start this suite with npm run test:NAME`);
	return file;
}
