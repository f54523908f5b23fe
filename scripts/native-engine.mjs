// Gives @tensorflow/tfjs-node its native library, which npm does not carry.
// Needs nothing but Node, so it also ships in the VSIX: `node native-engine.mjs FOLDER` does it for FOLDER/node_modules.

import {
	cpSync,
	existsSync,
	mkdirSync,
	readFileSync,
	realpathSync,
	renameSync,
	rmSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { done, fail, note, seconds, step, warn } from "./log.mjs";
import { cache } from "./paths.mjs";
import { has, reachable, run, tail } from "./run.mjs";

const TENSORFLOW_WHEEL = "2.21.0";
const NAPI = "napi-v8";

/**
 * Returns true when `modules`/@tensorflow/tfjs-node loads afterwards. Steps: already there; cached; tfjs-node's own
 * download; the library of the PyPI wheel with the binding compiled here.
 */
export async function installNativeEngine(modules) {
	const tfjsNode = path.join(modules, "@tensorflow", "tfjs-node");
	if (!existsSync(tfjsNode)) {
		fail(`${tfjsNode} is missing: run npm ci --ignore-scripts first`);
		return false;
	}
	if (isInPlace(tfjsNode)) return true;
	const stored = cacheFolder(tfjsNode);
	for (const provide of [takeFromCache, takeFromTensorflowSite, takeFromWheel]) {
		const problem = await provide(tfjsNode, stored);
		if (problem) {
			note(problem);
			continue;
		}
		const loaded = await load(tfjsNode);
		if (loaded.ok) {
			keep(tfjsNode, stored);
			writeFileSync(stamp(tfjsNode), `${loaded.stdout.trim()}\n`);
			done(`native engine: TensorFlow ${loaded.stdout.trim()}`);
			return true;
		}
		fail(`the native library does not load:\n${tail(loaded.output)}`);
		clear(tfjsNode);
	}
	warn(
		"No native engine here: Lamina computes with WASM, several times slower. See the lines above for what is missing.",
	);
	return false;
}

const binding = (tfjsNode) => path.join(tfjsNode, "lib", NAPI, "tfjs_binding.node");
const stamp = (tfjsNode) => path.join(tfjsNode, "lib", NAPI, "lamina-native.txt");

function isInPlace(tfjsNode) {
	return existsSync(stamp(tfjsNode)) && existsSync(binding(tfjsNode)) && existsSync(path.join(tfjsNode, "deps", "lib"));
}

function cacheFolder(tfjsNode) {
	const { version } = JSON.parse(readFileSync(path.join(tfjsNode, "package.json"), "utf8"));
	return path.join(
		cache,
		"native",
		`tfjs-node-${version}-tf-${TENSORFLOW_WHEEL}-${process.platform}-${process.arch}-${NAPI}`,
	);
}

async function load(tfjsNode) {
	// Node 23 removed two functions that tfjs-node calls.
	const code = `const u = require("util"); u.isNullOrUndefined ??= (v) => v == null; u.isArray ??= Array.isArray;
const tf = require(${JSON.stringify(tfjsNode)}); if (tf.tidy(() => tf.add(1, 2).dataSync()[0]) !== 3) throw new Error("1 + 2 is not 3");
process.stdout.write(tf.backend().binding.TF_Version);`;
	return run(process.execPath, ["-e", code], { env: { TF_CPP_MIN_LOG_LEVEL: "3" }, timeout: 60_000 });
}

/** The binding finds the libraries by $ORIGIN/../../deps/lib: one link to the cache spares 850 MB a checkout. */
function takeFromCache(tfjsNode, stored) {
	const storedBinding = path.join(stored, "tfjs_binding.node");
	if (!existsSync(storedBinding)) return `not in the cache (${stored})`;
	step("Native engine: linking from the cache");
	clear(tfjsNode);
	mkdirSync(path.join(tfjsNode, "deps"), { recursive: true });
	link(path.join(stored, "lib"), path.join(tfjsNode, "deps", "lib"));
	mkdirSync(path.dirname(binding(tfjsNode)), { recursive: true });
	cpSync(storedBinding, binding(tfjsNode));
}

function link(target, at) {
	if (process.platform === "win32") cpSync(target, at, { recursive: true });
	else symlinkSync(target, at);
}

async function takeFromTensorflowSite(tfjsNode) {
	const site = process.env.TFJS_NODE_CDN_STORAGE || "https://storage.googleapis.com/";
	if (!(await reachable(site))) return `${site} does not answer: trying the PyPI wheel instead`;
	step(`Native engine: downloading libtensorflow from ${site}`);
	clear(tfjsNode);
	const packageFile = path.join(tfjsNode, "package.json");
	const before = readFileSync(packageFile);
	const install = await run(process.execPath, ["scripts/install.js"], {
		cwd: tfjsNode,
		timeout: 240_000,
		env: { PATH: `${binFolders(tfjsNode).join(path.delimiter)}${path.delimiter}${process.env.PATH}` },
	});
	// The installer edits its own package.json and may have been stopped half way.
	writeFileSync(packageFile, before);
	if (existsSync(binding(tfjsNode))) return;
	clear(tfjsNode);
	return `tfjs-node's own installer ${install.timedOut ? "took too long" : "failed"}:\n${tail(install.output, 5)}`;
}

const binFolders = (tfjsNode) => [path.join(tfjsNode, "node_modules", ".bin"), path.join(tfjsNode, "..", "..", ".bin")];

async function takeFromWheel(tfjsNode, stored) {
	if (process.platform !== "linux") return "the library of the PyPI wheel is used on Linux only";
	const missing = [];
	if (!(await has("python3"))) missing.push("python3", "python3-pip");
	else if (!(await has("python3", ["-m", "pip", "--version"]))) missing.push("python3-pip");
	if (!(await has("g++"))) missing.push("g++");
	if (!(await has("make"))) missing.push("make");
	if (missing.length)
		return `to build the native engine install: ${missing.join(" ")} (Debian: apt-get install ${missing.join(" ")})`;

	const started = Date.now();
	const work = `${stored}.${process.pid}`;
	rmSync(work, { recursive: true, force: true });
	mkdirSync(work, { recursive: true });
	try {
		return (
			(await unpackWheel(work)) ?? (await compileBinding(tfjsNode, work)) ?? store(tfjsNode, work, stored, started)
		);
	} finally {
		rmSync(work, { recursive: true, force: true });
	}
}

async function unpackWheel(work) {
	let failure = "";
	for (const name of ["tensorflow-cpu", "tensorflow"]) {
		step(`Native engine: getting ${name} ${TENSORFLOW_WHEEL} from PyPI (about 280 MB)`);
		const download = await run(
			"python3",
			["-m", "pip", "download", `${name}==${TENSORFLOW_WHEEL}`, ...wheelFor(), "-d", work],
			{
				timeout: 900_000,
			},
		);
		if (download.ok) {
			step("Native engine: unpacking libtensorflow and its headers");
			const unpack = await run("python3", ["-c", UNPACK, work], { timeout: 300_000 });
			return unpack.ok ? undefined : `the wheel could not be unpacked:\n${tail(unpack.output)}`;
		}
		failure = `pip could not get ${name}:\n${tail(download.output, 4)}`;
	}
	return failure;
}

/** Any interpreter's wheel carries the same library, so the Python on this machine may be older or newer. */
function wheelFor() {
	const machine = process.arch === "arm64" ? "aarch64" : "x86_64";
	return [
		"--no-deps",
		"--only-binary=:all:",
		"--no-cache-dir",
		"--implementation",
		"cp",
		"--python-version",
		"3.12",
		"--abi",
		"cp312",
	].concat(["--platform", `manylinux_2_27_${machine}`]);
}

// Only what the C API needs: not the 140 MB of headers of other projects, nor the Python code.
const UNPACK = `
import glob, os, sys, zipfile
work = sys.argv[1]
wheel = glob.glob(os.path.join(work, "*.whl"))[0]
keep = ("tensorflow/libtensorflow_cc.so.2", "tensorflow/libtensorflow_framework.so.2", "tensorflow/include/tensorflow/c/",
        "tensorflow/include/tensorflow/core/", "tensorflow/include/xla/tsl/", "tensorflow/include/tsl/")
with zipfile.ZipFile(wheel) as archive:
    for name in archive.namelist():
        if name.startswith(keep):
            archive.extract(name, work)
os.remove(wheel)
`;

async function compileBinding(tfjsNode, work) {
	step("Native engine: compiling the binding (g++, about 20 s)");
	clear(tfjsNode);
	const lib = path.join(work, "lib");
	mkdirSync(lib);
	for (const [file, alias] of [
		["libtensorflow_cc.so.2", "libtensorflow.so"],
		["libtensorflow_framework.so.2", "libtensorflow_framework.so"],
	]) {
		renameSync(path.join(work, "tensorflow", file), path.join(lib, file));
		symlinkSync(file, path.join(lib, alias));
	}
	mkdirSync(path.join(tfjsNode, "deps"), { recursive: true });
	symlinkSync(lib, path.join(tfjsNode, "deps", "lib"));
	symlinkSync(path.join(work, "tensorflow", "include"), path.join(tfjsNode, "deps", "include"));
	const nodeGyp = createRequire(path.join(tfjsNode, "package.json")).resolve("node-gyp/bin/node-gyp.js");
	const modulePath = path.dirname(binding(tfjsNode));
	const gypFlags = ["--", `-Dmodule_name=tfjs_binding`, `-Dmodule_path=${modulePath}`, "-Dnapi_build_version=8"];
	const build = await run(process.execPath, [nodeGyp, "rebuild", ...nodeHeaders(), ...gypFlags], {
		cwd: tfjsNode,
		timeout: 300_000,
	});
	rmSync(path.join(tfjsNode, "build"), { recursive: true, force: true });
	if (!build.ok) {
		clear(tfjsNode);
		return `node-gyp could not compile the binding:\n${tail(build.output, 25)}`;
	}
}

/** Headers that came with this Node spare a download which a firewall may refuse. */
function nodeHeaders() {
	const prefix = path.resolve(path.dirname(realpathSync(process.execPath)), "..");
	return existsSync(path.join(prefix, "include", "node", "node_api.h")) ? [`--nodedir=${prefix}`] : [];
}

function store(tfjsNode, work, stored, started) {
	rmSync(path.join(work, "tensorflow"), { recursive: true, force: true });
	cpSync(binding(tfjsNode), path.join(work, "tfjs_binding.node"));
	rmSync(stored, { recursive: true, force: true });
	renameSync(work, stored);
	done(`built in ${seconds(started)}, kept in ${stored}`);
	return takeFromCache(tfjsNode, stored);
}

/** Keeps what tfjs-node's own installer brought, so that the next checkout needs no download. */
function keep(tfjsNode, stored) {
	if (existsSync(path.join(stored, "tfjs_binding.node"))) return;
	const work = `${stored}.${process.pid}`;
	rmSync(work, { recursive: true, force: true });
	mkdirSync(work, { recursive: true });
	cpSync(path.join(tfjsNode, "deps", "lib"), path.join(work, "lib"), { recursive: true, verbatimSymlinks: true });
	cpSync(realpathSync(binding(tfjsNode)), path.join(work, "tfjs_binding.node"));
	rmSync(stored, { recursive: true, force: true });
	renameSync(work, stored);
}

function clear(tfjsNode) {
	for (const part of ["deps", path.join("lib", NAPI), "build"])
		rmSync(path.join(tfjsNode, part), { recursive: true, force: true });
}

if (process.argv[1] && import.meta.url === pathToFileURL(realpathSync(process.argv[1])).href) {
	const folder = path.resolve(process.argv[2] ?? ".");
	process.exitCode = (await installNativeEngine(path.join(folder, "node_modules"))) ? 0 : 1;
}
