import { existsSync, mkdirSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";

/** Where the cache is, and how much of it is kept. */
export interface CacheLocation {
	/** Absolute path. */
	readonly folder: string;
	/** Bytes of weight files that are kept when no process uses them. */
	readonly limit: number;
}

const DEFAULT_LIMIT_MB = 4096;

/**
 * The cache as the environment names it: LAMINA_CACHE, else `lamina` in XDG_CACHE_HOME or ~/.cache; LAMINA_CACHE_LIMIT_MB.
 * A variable that is empty counts as not set: it would name the folder that somebody happens to stand in.
 */
export function cacheLocation(environment: NodeJS.ProcessEnv = process.env): CacheLocation {
	const megabytes = Number(environment.LAMINA_CACHE_LIMIT_MB);
	return {
		folder: path.resolve(
			environment.LAMINA_CACHE || path.join(environment.XDG_CACHE_HOME || path.join(homedir(), ".cache"), "lamina"),
		),
		limit: (megabytes > 0 ? megabytes : DEFAULT_LIMIT_MB) * 2 ** 20,
	};
}

/**
 * Makes a folder and those above it. Node's own recursive `mkdir` never ends where a folder exists in which the system
 * says that nothing can be made because it "does not exist": /proc, and automounted home folders.
 */
export function makeFolder(folder: string): void {
	if (existsSync(folder)) return;
	const parent = path.dirname(folder);
	if (parent !== folder) makeFolder(parent);
	try {
		mkdirSync(folder);
	} catch (error) {
		// Two processes that start at once.
		if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
	}
}
