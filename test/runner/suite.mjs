// `node test/runner/suite.mjs NAME [part of a file name ...] [-g pattern of a title]`: one mocha suite in this process.

import Mocha from "mocha";
import { plain } from "../../scripts/log.mjs";
import { root } from "../../scripts/paths.mjs";
import { parseArguments } from "./arguments.mjs";
import { bundleTests, testFiles } from "./bundle.mjs";
import Reporter from "./reporter.cjs";

process.chdir(root);
const { suite, filters, grep } = parseArguments(process.argv.slice(2));

if (testFiles(suite, filters).length === 0) {
	plain(`no tests in test/${suite}${filters.length ? ` match ${filters.join(", ")}` : " yet"}`);
	plain("0 passed, 0 failed, 0 skipped");
} else {
	// A served editor now and then swallows a key or a click while it is busy; a person would press it again.
	const retries = suite === "e2e" ? 2 : 0;
	const mocha = new Mocha({ reporter: Reporter, timeout: 60_000, grep, retries, allowUncaught: false });
	mocha.addFile(await bundleTests(suite, filters));
	await mocha.loadFilesAsync();
	mocha.run((failures) => {
		// Compute processes or servers that a test forgot must not keep the suite alive.
		process.stdout.write("", () => process.exit(failures > 0 ? 1 : 0));
	});
}
