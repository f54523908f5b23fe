import { cacheLocation } from "../core/engine/cache-location";

/** What the extension host, or a person, sets in the environment. */
export interface ComputeSettings {
	engine: "auto" | "session" | "wasm" | "cpu";
	/** Folder for mapped weights and compiled plans. */
	cacheDir: string;
	/** Bytes that the cache folder may hold. */
	cacheLimit: number;
	/** Where *Install Native Engine* puts the library. */
	nativeFolder: string | undefined;
}

export function readSettings(environment: NodeJS.ProcessEnv): ComputeSettings {
	const engines = { auto: "auto", native: "session", session: "session", wasm: "wasm", cpu: "cpu" } as const;
	const cache = cacheLocation(environment);
	return {
		engine: engines[environment.LAMINA_ENGINE as keyof typeof engines] ?? "auto",
		cacheDir: cache.folder,
		cacheLimit: cache.limit,
		nativeFolder: environment.LAMINA_NATIVE || undefined,
	};
}
