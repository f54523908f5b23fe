import type { Engine } from "../core/engine/engine";
import { createEngine } from "../core/engine/registry";
import type { EngineStatus } from "../shared/protocol";
import type { ComputeSettings } from "./settings";

/** The engine of this process: made by the first computation, so that opening a file costs no engine. */
export class EngineHost {
	private engine: Promise<Engine> | undefined;
	private current: { id: EngineStatus["id"]; title: string; notice?: string } | undefined;

	constructor(private readonly settings: ComputeSettings) {}

	get(): Promise<Engine> {
		this.engine ??= this.load();
		return this.engine;
	}

	async status(): Promise<EngineStatus> {
		if (!this.current) return { id: "none", title: "not loaded yet", loaded: false, memoryBytes: 0 };
		const engine = await this.get();
		return { ...this.current, loaded: true, memoryBytes: engine.memory() };
	}

	private async load(): Promise<Engine> {
		const { engine, notice } = await createEngine(this.settings.engine, {
			cacheDir: this.settings.cacheDir,
			cacheLimit: this.settings.cacheLimit,
			...(this.settings.nativeFolder && { nativeFolder: this.settings.nativeFolder }),
		});
		this.current = { id: engine.id, title: engine.title, ...(notice && { notice }) };
		return engine;
	}
}
