/**
 * The pages of docs/ that come from the registries. `npm run docs` writes them; a unit test holds them to the registries.
 */

import { formatsPage } from "./formats";
import { methodsPage } from "./methods";
import { metricsPage } from "./metrics";

/** File name in docs/ and its text. */
export function referencePages(): Record<string, string> {
	return { "methods.md": methodsPage(), "metrics.md": metricsPage(), "formats.md": formatsPage() };
}
