import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";

/** What the emscripten builds of @jsquash give. */
interface DecoderModule {
	decode(
		bytes: Uint8Array,
		preserveOrientation?: boolean,
	): { width: number; height: number; data: Uint8ClampedArray } | null;
}

type DecoderFactory = (overrides: Record<string, unknown>) => Promise<DecoderModule>;

export interface WasmPixels {
	readonly width: number;
	readonly height: number;
	/** Red, green, blue, alpha. */
	readonly rgba: Uint8ClampedArray;
	/** What the decoder wrote on its standard error. */
	readonly messages: readonly string[];
}

const compiled = new Map<string, Promise<WebAssembly.Module>>();

/** The module lies beside the bundle, in `wasm/`; in a checkout it lies in its package. */
function compile(packageFile: string): Promise<WebAssembly.Module> {
	let module = compiled.get(packageFile);
	if (!module) {
		const bundled = path.join(__dirname, "wasm", path.basename(packageFile));
		module = readFile(existsSync(bundled) ? bundled : require.resolve(packageFile)).then((bytes) =>
			WebAssembly.compile(new Uint8Array(bytes)),
		);
		compiled.set(packageFile, module);
	}
	return module;
}

/**
 * Decodes in a fresh WASM instance, so that a file which makes the decoder stop cannot spoil the next one.
 * @param options further arguments of the decoder, in its order
 * @throws Error with the decoder's own message
 */
export async function decodeWithWasm(
	factory: unknown,
	packageFile: string,
	bytes: Uint8Array,
	...options: readonly boolean[]
): Promise<WasmPixels> {
	const module = await compile(packageFile);
	const messages: string[] = [];
	const decoder = await (factory as DecoderFactory)({
		noInitialRun: true,
		printErr: (line: string) => messages.push(line),
		print: (line: string) => messages.push(line),
		instantiateWasm: (imports: WebAssembly.Imports, done: (instance: WebAssembly.Instance) => void) => {
			const instance = new WebAssembly.Instance(module, imports);
			done(instance);
			return instance.exports;
		},
	});
	let decoded: ReturnType<DecoderModule["decode"]>;
	try {
		decoded = decoder.decode(bytes, ...options);
	} catch (error) {
		const fallback = error instanceof Error ? error.message : "the decoder stopped";
		throw new Error(messages[0]?.replace(/\.$/, "") || fallback, { cause: error });
	}
	if (!decoded) throw new Error(messages[0] ?? "the decoder gave no picture");
	return { width: decoded.width, height: decoded.height, rgba: decoded.data, messages };
}
