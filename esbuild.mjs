// Bundles Lamina into dist/. `node esbuild.mjs [--watch] [extension|compute|cli|webview ...]`
//
// Each bundle remembers the files it was made of, so that asking again costs milliseconds, and a half-written webview
// does not keep the command line from being built.

import {
	existsSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	realpathSync,
	renameSync,
	statSync,
	writeFileSync,
} from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { done, fail, note, seconds, step } from "./scripts/log.mjs";
import { root } from "./scripts/paths.mjs";

const dist = path.join(root, "dist");

/** CommonJS has no import.meta; the WASM loaders of several packages ask for import.meta.url. */
const IMPORT_META = `const __importMetaUrl = require("node:url").pathToFileURL(__filename).href;`;

/** For everything that runs in Node: the extension host, the compute process, the command line, the tests. */
export const nodeOptions = {
	bundle: true,
	platform: "node",
	format: "cjs",
	target: "node20",
	mainFields: ["module", "main"],
	external: ["vscode", "@tensorflow/tfjs-node"],
	define: { "import.meta.url": "__importMetaUrl" },
	loader: { ".wasm": "file" },
	banner: { js: IMPORT_META },
	sourcemap: true,
	logLevel: "silent",
	absWorkingDir: root,
};

const browserOptions = {
	bundle: true,
	platform: "browser",
	format: "esm",
	target: "es2022",
	// Lit components put style sheets into their shadow roots: a sheet is imported as a string.
	loader: { ".css": "text", ".svg": "text" },
	sourcemap: true,
	logLevel: "silent",
	absWorkingDir: root,
};

/** The parser stays a file of its own: the extension host reads it with the first Python file, not at activation. */
const treeSitterBeside = {
	name: "tree-sitter-beside",
	setup(builder) {
		builder.onResolve({ filter: /^web-tree-sitter$/ }, () => ({ path: "./web-tree-sitter.cjs", external: true }));
	},
};

/**
 * `import * as vscode` makes a copy of the whole interface of the editor in every file, some 400 properties each time:
 * most of what activation would cost. A plain `require` gives the interface itself; the editor, which looks up who asks
 * each time, is asked once.
 */
const plainVscode = {
	name: "plain-vscode",
	setup(builder) {
		builder.onLoad({ filter: /[\\/]src[\\/](host[\\/].*|extension)\.ts$/ }, ({ path: file }) => ({
			contents: readFileSync(file, "utf8").replace(
				'import * as vscode from "vscode";',
				'import vscode = require("vscode");',
			),
			loader: "ts",
		}));
		builder.onResolve({ filter: /^vscode$/ }, ({ namespace }) =>
			namespace === "once" ? { path: "vscode", external: true } : { path: "vscode", namespace: "once" },
		);
		builder.onLoad({ filter: /.*/, namespace: "once" }, () => ({ contents: 'module.exports = require("vscode");' }));
	},
};

const bundles = {
	extension: () =>
		entry("src/extension.ts", "extension.js", {
			...nodeOptions,
			// Read at activation; names stay, so that stack traces can be read too.
			minifyWhitespace: true,
			minifySyntax: true,
			plugins: [treeSitterBeside, plainVscode],
		}),
	compute: () => entry("src/compute/main.ts", "compute.js", nodeOptions),
	cli: () =>
		entry("src/cli/main.ts", "cli.js", { ...nodeOptions, banner: { js: `#!/usr/bin/env node\n${IMPORT_META}` } }),
	webview: () => {
		const views = existsSync("webview")
			? readdirSync("webview").filter((name) => /^(?!ui\.)[\w-]+\.ts$/.test(name))
			: [];
		return views.length > 0
			? { ...browserOptions, entryPoints: views.map((name) => `webview/${name}`), outdir: path.join(dist, "webview") }
			: undefined;
	},
};

function entry(source, out, options) {
	return existsSync(path.join(root, source))
		? { ...options, entryPoints: [source], outfile: path.join(dist, out) }
		: undefined;
}

/** WASM modules are found beside the bundle, in dist/wasm. */
const wasmFiles = [
	"@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm",
	"@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm",
	"@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm",
	"@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm",
	"@jsquash/webp/codec/dec/webp_dec.wasm",
	"web-tree-sitter/web-tree-sitter.wasm",
	"tree-sitter-python/tree-sitter-python.wasm",
];

/** Builds what is out of date. Returns true when all of it could be built. */
export async function build(names = Object.keys(bundles)) {
	copyAssets();
	let ok = true;
	for (const name of names) {
		const options = bundles[name]();
		if (!options || isFresh(name)) continue;
		const started = Date.now();
		const result = await bundle(options);
		if (result.errors.length > 0) {
			ok = false;
			fail(`${name} does not build`);
			for (const line of result.errors) note(line);
		} else {
			remember(name, result.inputs);
			done(`built ${name} in ${seconds(started)}`);
		}
	}
	return ok;
}

/** Builds in memory and puts the files in place whole, so that nobody ever runs half a bundle. */
export async function bundle(options) {
	const esbuild = await import("esbuild");
	try {
		const result = await esbuild.build({ ...options, write: false, metafile: true });
		for (const file of result.outputFiles) writeWhole(file.path, file.contents);
		const inputs = Object.keys(result.metafile.inputs).filter((file) => existsSync(path.join(root, file)));
		return { errors: [], failures: [], inputs };
	} catch (error) {
		if (!error.errors) throw error;
		const errors = (await esbuild.formatMessages(error.errors, { kind: "error" })).map((text) => text.trim());
		return { errors, failures: error.errors, inputs: [] };
	}
}

/** A file that begins with #! is to be run. */
const HASH = 0x23;

function writeWhole(file, contents) {
	mkdirSync(path.dirname(file), { recursive: true });
	const part = `${file}.${process.pid}.part`;
	writeFileSync(part, contents, { mode: contents[0] === HASH ? 0o755 : 0o644 });
	renameSync(part, file);
}

const recordFile = (name) => path.join(dist, ".build", `${name}.json`);

function remember(name, inputs) {
	const record = {
		entries: entryList(name),
		inputs: Object.fromEntries(inputs.map((file) => [file, changeOf(file)])),
	};
	writeWhole(recordFile(name), JSON.stringify(record));
}

function isFresh(name) {
	try {
		const record = JSON.parse(readFileSync(recordFile(name), "utf8"));
		if (record.entries !== entryList(name)) return false;
		return Object.entries(record.inputs).every(([file, change]) => changeOf(file) === change);
	} catch {
		return false;
	}
}

const entryList = (name) => `${bundles[name]().entryPoints.join()} ${changeOf("esbuild.mjs")}`;

function changeOf(file) {
	const { mtimeMs, size } = statSync(path.join(root, file));
	return `${mtimeMs} ${size}`;
}

function copyAssets() {
	for (const file of wasmFiles) {
		const source = path.join(root, "node_modules", file);
		const target = path.join(dist, "wasm", path.basename(file));
		if (existsSync(target) && statSync(target).size === statSync(source).size) continue;
		writeWhole(target, readFileSync(source));
	}
	const parser = readFileSync(path.join(root, "node_modules/web-tree-sitter/web-tree-sitter.cjs"));
	const parserCopy = path.join(dist, "web-tree-sitter.cjs");
	if (!existsSync(parserCopy) || !readFileSync(parserCopy).equals(parser)) writeWhole(parserCopy, parser);
	// The extension's command "Install native engine" runs the same script as a checkout does.
	for (const file of ["native-engine", "log", "paths", "run"]) {
		const source = readFileSync(path.join(root, "scripts", `${file}.mjs`));
		const target = path.join(dist, "native-engine", `${file}.mjs`);
		if (!existsSync(target) || !readFileSync(target).equals(source)) writeWhole(target, source);
	}
}

async function watch() {
	const esbuild = await import("esbuild");
	copyAssets();
	for (const [name, options] of Object.entries(bundles).map(([name, make]) => [name, make()])) {
		if (!options) continue;
		const report = {
			name: "report",
			setup(builder) {
				builder.onEnd(async (result) => {
					if (result.errors.length === 0) return done(`built ${name}`);
					fail(`${name} does not build`);
					for (const text of await esbuild.formatMessages(result.errors, { kind: "error" })) note(text.trim());
				});
			},
		};
		const context = await esbuild.context({ ...options, plugins: [...(options.plugins ?? []), report] });
		await context.watch();
	}
	step("Watching for changes; stop with Ctrl+C");
}

if (process.argv[1] && import.meta.url === pathToFileURL(realpathSync(process.argv[1])).href) {
	process.chdir(root);
	const names = process.argv.slice(2).filter((arg) => !arg.startsWith("--"));
	if (process.argv.includes("--watch")) await watch();
	else {
		process.exitCode = (await build(names.length > 0 ? names : undefined)) ? 0 : 1;
	}
}
