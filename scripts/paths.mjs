import { homedir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");

/** What is costly to get and shared by all checkouts: native libraries, the editor used by the tests. */
export const cache =
	process.env.LAMINA_CACHE || path.join(process.env.XDG_CACHE_HOME || path.join(homedir(), ".cache"), "lamina");
