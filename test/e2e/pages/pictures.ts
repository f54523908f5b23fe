import { copyFileSync, mkdirSync, statSync } from "node:fs";
import path from "node:path";
import { projectRoot } from "../../support/environment";

/** README.md stays quick to load, and the VSIX small. */
const MOST_BYTES = 150_000;

/** With LAMINA_SCREENSHOTS=1 a screenshot becomes the one that README.md shows. @throws Error when it is too large */
export function keepForReadme(screenshot: string, name: string): void {
	if (process.env.LAMINA_SCREENSHOTS !== "1") return;
	const { size } = statSync(screenshot);
	if (size > MOST_BYTES) throw new Error(`${name} has ${size} bytes: crop it to ${MOST_BYTES}`);
	const folder = path.join(projectRoot, "media", "screenshots");
	mkdirSync(folder, { recursive: true });
	copyFileSync(screenshot, path.join(folder, `${name}.png`));
}
