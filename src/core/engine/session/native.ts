import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { LaminaError } from "../../../shared/errors";
import type { DType } from "../../../shared/tensor";

/** A native TensorFlow that can be loaded. */
export interface NativeLibrary {
	/** `tfjs_binding.node` of @tensorflow/tfjs-node. */
	readonly binding: string;
	/** Folder of the package. */
	readonly folder: string;
	/** Version of the package. */
	readonly version: string;
}

export interface NativeMissing {
	/** Why there is none: one sentence. */
	readonly reason: string;
	/** What to do. */
	readonly hint: string;
}

export interface FindNativeOptions {
	/** Folder in which `node_modules` holds a tfjs-node of its own: where *Install Native Engine* puts it. Absent: LAMINA_NATIVE. */
	storage?: string | undefined;
	/** File from which `node_modules` folders are looked for upwards. Absent: this one, so that of the project or extension. */
	from?: string;
}

const PACKAGE = "@tensorflow/tfjs-node";
const HINT =
	"Run `npm run setup` in a checkout, or the command *Lamina: Install Native Engine* in the editor; until then WASM computes.";

/** Looks for tfjs-node with a built binding, without loading it. The storage folder goes before what came with the program. */
export function findNative(options: FindNativeOptions = {}): NativeLibrary | NativeMissing {
	const storage = options.storage ?? process.env.LAMINA_NATIVE;
	const folders = [
		storage && path.join(storage, "node_modules", PACKAGE),
		installedPackage(options.from ?? __filename),
	];
	const present = folders.filter(
		(folder): folder is string => !!folder && existsSync(path.join(folder, "package.json")),
	);
	let problem: string | undefined;
	for (const folder of present) {
		const found = inspectPackage(folder);
		if (typeof found !== "string") return found;
		problem ??= found;
	}
	return { reason: problem ?? `${PACKAGE} is not installed.`, hint: HINT };
}

export function isNative(found: NativeLibrary | NativeMissing): found is NativeLibrary {
	return "binding" in found;
}

function installedPackage(from: string): string | undefined {
	try {
		return path.dirname(createRequire(from).resolve(`${PACKAGE}/package.json`));
	} catch {
		return undefined;
	}
}

/** The library in a package folder, or what it lacks. */
function inspectPackage(folder: string): NativeLibrary | string {
	let manifest: { version?: string; binary?: { napi_versions?: number[] } };
	try {
		manifest = JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8"));
	} catch (cause) {
		return `${path.join(folder, "package.json")} cannot be read: ${cause instanceof Error ? cause.message : cause}.`;
	}
	const supported = Number(process.versions.napi);
	const interfaces = (manifest.binary?.napi_versions ?? [8]).filter((napi) => napi <= supported).sort((a, b) => b - a);
	const binding = interfaces
		.map((napi) => path.join(folder, "lib", `napi-v${napi}`, "tfjs_binding.node"))
		.find((file) => existsSync(file));
	if (!binding) return `${folder} has no built binding (lib/napi-v8/tfjs_binding.node).`;
	if (!existsSync(path.join(folder, "deps", "lib"))) return `${folder} has no TensorFlow library (deps/lib).`;
	return { binding, folder, version: manifest.version ?? "unknown" };
}

/** Result of a run as the binding tells it. */
export interface TensorMetadata {
	readonly id: number;
	readonly shape: number[];
	readonly dtype: number;
}

/**
 * The binding of tfjs-node 4.22 (dist/tfjs_binding.d.ts), as far as Lamina needs it. It is used directly, not through
 * `tf.node.loadSavedModel`: that parses the graph a second time in JavaScript, fetches every output of a signature,
 * and takes most of a second to load a second copy of tfjs.
 */
export interface NativeBinding {
	/** Shares the array's memory where it is aligned. @param dtype `TF_FLOAT`, `TF_INT32` or `TF_BOOL` */
	createTensor(shape: readonly number[], dtype: number, data: ArrayBufferView): number;
	deleteTensor(id: number): void;
	/** A copy of the values. */
	tensorDataSync(id: number): Float32Array | Int32Array | Uint8Array;
	/** @param tags joined by commas @returns id of the session */
	loadSavedModel(folder: string, tags: string): number;
	deleteSavedModel(id: number): void;
	/** @param inputs @param outputs `node:index`, joined by commas */
	runSavedModel(id: number, tensors: readonly number[], inputs: string, outputs: string): TensorMetadata[];
	getNumOfTensors(): number;
	readonly TF_FLOAT: number;
	readonly TF_INT32: number;
	readonly TF_BOOL: number;
	readonly TF_Version: string;
}

export interface NativeOptions {
	/** Threads inside one op and for ops side by side; absent: one for each core. Only the first load of a process can set it. */
	threads?: number | undefined;
}

const loaded = new Map<string, NativeBinding>();

/**
 * Loads the library into this process: 0.3 s when it is in the file cache, 5 s when it is not (900 MB).
 * It cannot be loaded in a second worker thread of a process, and not be unloaded.
 * @throws LaminaError `failed` when it does not load
 */
export function loadNative(library: NativeLibrary, options: NativeOptions = {}): NativeBinding {
	const known = loaded.get(library.binding);
	if (known) return known;
	process.env.TF_CPP_MIN_LOG_LEVEL ??= "3";
	if (options.threads !== undefined) {
		process.env.TF_NUM_INTRAOP_THREADS = String(options.threads);
		process.env.TF_NUM_INTEROP_THREADS = String(options.threads);
	}
	try {
		// By its path, so that bundlers leave it alone.
		const binding = createRequire(library.binding)(library.binding) as NativeBinding;
		loaded.set(library.binding, binding);
		return binding;
	} catch (cause) {
		const message = cause instanceof Error ? cause.message : String(cause);
		throw new LaminaError(
			{
				code: "failed",
				message: `The native TensorFlow library does not load: ${message}`,
				where: library.binding,
				hint: HINT,
			},
			{ cause },
		);
	}
}

export function nativeType(binding: NativeBinding, dtype: DType): number {
	return dtype === "float32" ? binding.TF_FLOAT : dtype === "int32" ? binding.TF_INT32 : binding.TF_BOOL;
}
