// `node test/runner/host.mjs host [part of a file name ...] [-g pattern]`: mocha inside the extension host of a real VS Code.

import { plain } from "../../scripts/log.mjs";
import { root } from "../../scripts/paths.mjs";
import { runTypeScript } from "../../scripts/typescript.mjs";
import { parseArguments } from "./arguments.mjs";
import { bundleTests, testFiles } from "./bundle.mjs";

process.chdir(root);
const { suite, filters, grep } = parseArguments(process.argv.slice(2));
if (testFiles(suite, filters).length === 0) {
	plain(`no tests in test/${suite}${filters.length ? ` match ${filters.join(", ")}` : " yet"}`);
	plain("0 passed, 0 failed, 0 skipped");
} else {
	await runTypeScript("test/support/host-suite.ts", [await bundleTests(suite, filters), grep ?? ""]);
}
