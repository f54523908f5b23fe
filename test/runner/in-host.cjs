// The editor calls run() inside the extension host. What to run, and where the report goes, comes by the environment.

const path = require("node:path");

exports.run = async () => {
	const { default: Mocha } = await import("mocha");
	const Reporter = require("./reporter.cjs");
	const mocha = new Mocha({ reporter: Reporter, timeout: 60_000, grep: process.env.LAMINA_TEST_GREP || undefined });
	// mocha's own loader would look the file up from the editor's folder.
	mocha.suite.emit("pre-require", globalThis, process.env.LAMINA_TEST_FILE, mocha);
	require(path.resolve(process.env.LAMINA_TEST_FILE));
	const failures = await new Promise((resolve) => mocha.run(resolve));
	if (failures > 0) throw new Error(`${failures} failed`);
};
