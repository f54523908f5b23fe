import { LaminaError } from "../../shared/errors";
import { cacheLocation } from "./cache-location";
import type { Engine, EngineId } from "./engine";

export type EnginePreference = "auto" | EngineId;

export interface EngineOptions {
	/** Folder for mapped weights and compiled graphs, shared by all processes. Absent: as the environment says. */
	cacheDir?: string;
	/** Bytes of weight files that the cache may keep. Absent: as the environment says. */
	cacheLimit?: number;
	/** Folder in whose node_modules the native library lies; absent: LAMINA_NATIVE, else the project's. */
	nativeFolder?: string;
	/** Threads of the native engine; absent: one for each core. */
	threads?: number;
}

export interface ChosenEngine {
	readonly engine: Engine;
	/** Why another engine runs than the fastest one, for people; absent when nothing stands back. */
	readonly notice?: string;
}

/**
 * The engine that is asked for; with "auto" the native one when it is there and starts, else WASM, with the reason.
 * Nothing of an engine is loaded before.
 * @throws LaminaError when the engine that was named cannot be had
 */
export async function createEngine(preference: EnginePreference, options: EngineOptions = {}): Promise<ChosenEngine> {
	switch (preference) {
		case "cpu":
		case "wasm":
			return { engine: await eager(preference) };
		case "session":
			return { engine: await session(options) };
		case "auto":
			try {
				return { engine: await session(options) };
			} catch (error) {
				const { message, hint } = LaminaError.from(error);
				const notice = [`Running on WASM, several times slower than native: ${message}`, hint]
					.filter(Boolean)
					.join(" ");
				return { engine: await eager("wasm"), notice };
			}
	}
}

async function eager(id: "wasm" | "cpu"): Promise<Engine> {
	const { createEagerEngine } = await import("./eager/engine");
	return createEagerEngine(id);
}

async function session({ cacheDir, cacheLimit, nativeFolder, threads }: EngineOptions): Promise<Engine> {
	const { findNative, isNative } = await import("./session/native");
	const native = findNative({ storage: nativeFolder });
	if (!isNative(native)) throw new LaminaError({ code: "failed", message: native.reason, hint: native.hint });
	const { createSessionEngine } = await import("./session/session-engine");
	const cache = cacheLocation();
	return createSessionEngine({
		native,
		cacheDir: cacheDir ?? cache.folder,
		cacheLimit: cacheLimit ?? cache.limit,
		...(threads !== undefined && { threads }),
	});
}
