import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { bundle, nodeOptions } from "../../esbuild.mjs";
import { root } from "../../scripts/paths.mjs";

/** Test files of a suite whose path contains one of the filters. */
export function testFiles(suite, filters = []) {
	const folder = path.join(root, "test", suite);
	if (!existsSync(folder)) return [];
	return readdirSync(folder, { recursive: true })
		.filter((name) => name.endsWith(".test.ts"))
		.map((name) => `test/${suite}/${name.split(path.sep).join("/")}`)
		.filter((file) => filters.length === 0 || filters.some((filter) => file.includes(filter)))
		.sort();
}

/**
 * One program out of all files of a suite, built exactly as Lamina itself is built and put beside it, so that code under
 * test finds its WASM files and processes where it will find them when shipped. A file that does not compile or that
 * throws while loading becomes one failed test, and the others run.
 */
export async function bundleTests(suite, filters) {
	removeLeftovers(suite);
	// Two runs of a suite at once, with different filters, must not load each other's program.
	const outfile = path.join(root, "dist", `test-${flat(suite)}-${process.pid}.js`);
	process.once("exit", () => {
		for (const file of [outfile, `${outfile}.map`]) rmSync(file, { force: true });
	});
	let files = testFiles(suite, filters);
	let result = await bundle(options(outfile, program(files, [])));
	if (result.errors.length > 0) {
		const broken = [];
		for (const file of files) {
			const alone = await bundle(options(outfile, program([file], [])));
			if (alone.errors.length > 0) broken.push({ file, errors: alone.errors.join("\n") });
		}
		files = files.filter((file) => !broken.some((one) => one.file === file));
		result = await bundle(options(outfile, program(files, broken)));
		if (result.errors.length > 0) throw new Error(result.errors.join("\n"));
	}
	return outfile;
}

const flat = (suite) => suite.replaceAll("/", "-");

/** Programs of runs that were aborted before they could tidy up. */
function removeLeftovers(suite) {
	const folder = path.join(root, "dist");
	for (const name of existsSync(folder) ? readdirSync(folder) : []) {
		const match = new RegExp(`^test-${flat(suite)}-(\\d+)\\.js`).exec(name);
		if (match && !isRunning(Number(match[1]))) rmSync(path.join(folder, name), { force: true });
	}
}

function isRunning(pid) {
	try {
		process.kill(pid, 0);
		return true;
	} catch (error) {
		return error.code === "EPERM";
	}
}

function program(files, broken) {
	const lines = files.map((file) => `load(${JSON.stringify(file)}, () => require(${JSON.stringify(`./${file}`)}));`);
	const failures = broken.map(({ file, errors }) => {
		return `load(${JSON.stringify(file)}, () => { throw new Error(${JSON.stringify(`does not build:\n${errors}`)}); });`;
	});
	return `function load(file, run) {
	try { run(); } catch (error) { describe(file, () => it("loads", () => { throw error; })); }
}
${[...lines, ...failures].join("\n")}`;
}

const options = (outfile, contents) => ({
	...nodeOptions,
	stdin: { contents, resolveDir: root, sourcefile: "tests.js" },
	outfile,
	external: [...nodeOptions.external, "mocha", "playwright-core", "esbuild", "@vscode/test-electron"],
	plugins: [ownLocation],
});

/** In a bundle `__dirname` is dist/, right for the code under test; a test file means the folder it was written in. */
const ownLocation = {
	name: "own-location",
	setup(build) {
		build.onLoad({ filter: /[\\/]test[\\/].*\.ts$/ }, ({ path: file }) => {
			if (file.includes("node_modules")) return;
			const source = readFileSync(file, "utf8");
			const own = `const __dirname = ${JSON.stringify(path.dirname(file))}, __filename = ${JSON.stringify(file)}; `;
			const located = source.replaceAll("import.meta.url", JSON.stringify(pathToFileURL(file).href));
			return { contents: /\b__(dirname|filename)\b/.test(source) ? own + located : located, loader: "ts" };
		});
	},
};
