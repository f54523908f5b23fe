import { access, constants, readdir, stat } from "node:fs/promises";
import { totalmem } from "node:os";
import path from "node:path";
import { cacheLocation, makeFolder } from "../../core/engine/cache-location";
import { LaminaError } from "../../shared/errors";
import { VERSION } from "../../shared/version";
import { columns } from "../arguments";
import type { Command } from "./command";

interface EngineReport {
	readonly id: string;
	/** Name and version; absent when it does not start. */
	readonly title?: string;
	readonly milliseconds?: number;
	/** Why it does not start. */
	readonly problem?: string;
	readonly hint?: string;
}

/** Starts an engine, as the first computation would. */
async function tryEngine(id: "session" | "wasm" | "cpu"): Promise<EngineReport> {
	const started = performance.now();
	try {
		const { createEngine } = await import("../../core/engine/registry");
		const { engine } = await createEngine(id);
		const report = { id, title: engine.title, milliseconds: Math.round(performance.now() - started) };
		engine.dispose();
		return report;
	} catch (error) {
		const { message, hint } = LaminaError.from(error);
		return { id, problem: message, ...(hint && { hint }) };
	}
}

interface CacheReport {
	readonly folder: string;
	readonly bytes: number;
	readonly files: number;
	readonly problem?: string;
}

async function inspectCache(): Promise<CacheReport> {
	const { folder } = cacheLocation();
	try {
		makeFolder(folder);
		await access(folder, constants.W_OK);
		const entries = await readdir(folder, { recursive: true, withFileTypes: true });
		const files = entries.filter((entry) => entry.isFile());
		const sizes = await Promise.all(
			files.map((file) =>
				stat(path.join(file.parentPath, file.name)).then(
					({ size }) => size,
					() => 0,
				),
			),
		);
		return { folder, files: files.length, bytes: sizes.reduce((sum, size) => sum + size, 0) };
	} catch (error) {
		return { folder, files: 0, bytes: 0, problem: error instanceof Error ? error.message : String(error) };
	}
}

export const doctor: Command = {
	name: "doctor",
	summary: "Check what Lamina computes with: engines, versions, cache, what is missing and how to get it.",
	words: [],
	options: {},
	examples: ["lamina doctor"],
	async run(_args, terminal) {
		const engines = [await tryEngine("session"), await tryEngine("wasm"), await tryEngine("cpu")];
		const cache = await inspectCache();
		const platform = `${process.platform} ${process.arch}`;
		const chosen = engines.find((engine) => engine.title);
		if (terminal.json) {
			terminal.printJson({
				version: VERSION,
				node: process.version,
				platform,
				memory: totalmem(),
				engine: chosen?.id ?? null,
				engines,
				cache,
			});
		} else {
			const rows: [string, string][] = [
				["lamina", VERSION],
				["node", `${process.version}, ${platform}, ${(totalmem() / 2 ** 30).toFixed(1)} GB of memory`],
				...engines.map((engine): [string, string] => [
					engine.id,
					engine.title
						? `${engine.title}, starts in ${engine.milliseconds} ms${engine === chosen ? "; this one computes" : ""}`
						: `missing: ${engine.problem}`,
				]),
				[
					"cache",
					cache.problem
						? `${cache.folder} cannot be used: ${cache.problem}`
						: `${cache.folder}, ${cache.files} files, ${(cache.bytes / 2 ** 20).toFixed(1)} MB`,
				],
			];
			for (const line of columns(rows)) terminal.print(line.slice(2));
			for (const { id, hint } of engines) if (hint) terminal.notice(`${id}: ${hint}`);
			if (cache.problem) terminal.notice("Name another cache folder with LAMINA_CACHE.");
		}
		if (!chosen)
			throw new LaminaError({
				code: "failed",
				message: "No engine starts: nothing can be computed.",
				hint: "Install Lamina again.",
			});
	},
};
