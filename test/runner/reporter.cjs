// Prints what a run of tests is worth: failures in full, skips by name with their reason, counts as the last line.
// Plain CommonJS because it also runs inside the extension host. LAMINA_TEST_OUTPUT: write to that file, not to stdout.
// LAMINA_TEST_STATE: a file that says after every step how far the run has come, for the day the process is aborted.

const { appendFileSync, writeFileSync } = require("node:fs");

const SLOW = 5_000;

module.exports = class Reporter {
	constructor(runner) {
		this.passed = 0;
		this.skipped = 0;
		this.failures = [];
		const group = { title: "", passed: 0, failed: 0, skipped: 0, started: 0 };

		runner.on("suite", (suite) => {
			if (suite.parent?.root)
				Object.assign(group, { title: suite.title, passed: 0, failed: 0, skipped: 0, started: Date.now() });
		});
		runner.on("suite end", (suite) => {
			if (!suite.parent?.root) return;
			const parts = ["passed", "failed", "skipped"]
				.filter((name) => group[name] > 0)
				.map((name) => `${group[name]} ${name}`);
			print(
				`  ${group.failed ? "no" : "ok"}  ${group.title} (${parts.join(", ") || "empty"}, ${since(group.started)})`,
			);
		});
		runner.on("test", (test) => this.note(test.fullTitle()));
		runner.on("hook", (hook) => this.note(fullTitle(hook)));
		runner.on("pass", (test) => {
			this.passed++;
			group.passed++;
			if (test.duration > SLOW) print(`      ${(test.duration / 1000).toFixed(1)} s: ${test.fullTitle()}`);
		});
		runner.on("pending", (test) => {
			this.skipped++;
			group.skipped++;
			print(`      skipped: ${test.fullTitle()}: ${reason(test)}`);
		});
		runner.on("fail", (test, error) => {
			this.failures.push({ title: fullTitle(test), error });
			group.failed++;
			print(`      FAILED: ${fullTitle(test)}: ${firstLine(error)}`);
		});
		runner.once("end", () => {
			for (const [index, { title, error }] of this.failures.entries())
				print(`\n${index + 1}) ${title}\n${describe(error)}`);
			if (this.failures.length) print("");
			print(`${this.passed} passed, ${this.failures.length} failed, ${this.skipped} skipped`);
			this.note("");
		});
	}

	note(running) {
		const file = process.env.LAMINA_TEST_STATE;
		if (!file) return;
		writeFileSync(
			file,
			JSON.stringify({ passed: this.passed, failed: this.failures.length, skipped: this.skipped, running }),
		);
	}
};

function print(text) {
	const file = process.env.LAMINA_TEST_OUTPUT;
	if (file) appendFileSync(file, `${text}\n`);
	else process.stdout.write(`${text}\n`);
}

const since = (started) => `${((Date.now() - started) / 1000).toFixed(1)} s`;
const fullTitle = (runnable) => runnable.titlePath().join(" ");
const firstLine = (error) => String(error?.message ?? error).split("\n")[0];

function reason(test) {
	for (let at = test; at; at = at.parent) if (at.skipReason) return at.skipReason;
	return test.fn ? "no reason given" : "not written yet";
}

function describe(error) {
	const lines = [trimmed(error?.stack || String(error?.message ?? error))];
	// An assertion that makes up its own message puts the difference in it.
	if (error && "expected" in error && "actual" in error && !error.generatedMessage) {
		lines.push(`expected: ${shown(error.expected)}`, `actual:   ${shown(error.actual)}`);
	}
	for (let cause = error?.cause; cause; cause = cause.cause) lines.push(`because: ${cause.stack ?? cause}`);
	return lines.join("\n").replace(/^/gm, "   ");
}

/** Without the frames of Node and mocha, in which no test fails. */
function trimmed(stack) {
	return stack.replace(/^ +at .*(node:internal|node_modules\/mocha).*\n?/gm, "").trimEnd();
}

function shown(value) {
	const text =
		typeof value === "string" ? value : require("node:util").inspect(value, { depth: 4, maxArrayLength: 20 });
	return text.length > 1_500 ? `${text.slice(0, 1_500)} ... (${text.length} characters)` : text;
}
