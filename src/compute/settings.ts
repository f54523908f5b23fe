import { homedir } from "node:os";
import path from "node:path";

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
	const limit = Number(environment.LAMINA_CACHE_LIMIT_MB);
	return {
		engine: engines[environment.LAMINA_ENGINE as keyof typeof engines] ?? "auto",
		cacheDir:
			environment.LAMINA_CACHE ?? path.join(environment.XDG_CACHE_HOME ?? path.join(homedir(), ".cache"), "lamina"),
		cacheLimit: (limit > 0 ? limit : 4096) * 2 ** 20,
		nativeFolder: environment.LAMINA_NATIVE || undefined,
	};
}
