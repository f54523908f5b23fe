import { rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { ValueType } from "../../../program/types";
import { attr, GraphWriter } from "../graph-writer";
import type { NativeBinding } from "../native";
import { encodeSavedModel } from "../saved-model-proto";
import type { CacheFolder } from "./cache-folder";

/** A weight file to be mapped. */
export interface MappedFile {
	readonly file: string;
	readonly type: ValueType;
}

interface Mapping {
	readonly tensor: number;
	users: number;
}

/**
 * Weight files mapped into memory as tensors that are held for as long as a plan uses them, and fed to each run.
 * An ImmutableConst inside the plan's own graph would be mapped anew at each run, and an elementwise op that is its
 * only reader would compute in place: it would write to read-only memory, which ends the process.
 */
export class MappedWeights {
	private readonly mappings = new Map<string, Mapping>();

	constructor(
		private readonly binding: NativeBinding,
		private readonly cache: CacheFolder,
	) {}

	/** Tensor ids of the files, in their order. Each call is to be undone by {@link release}. */
	acquire(wanted: readonly MappedFile[]): number[] {
		const missing = wanted.filter(({ file }, index) => {
			return !this.mappings.has(file) && wanted.findIndex((other) => other.file === file) === index;
		});
		if (missing.length > 0) this.map(missing);
		return wanted.map(({ file }) => {
			const mapping = this.mappings.get(file) as Mapping;
			mapping.users++;
			return mapping.tensor;
		});
	}

	release(files: readonly MappedFile[]): void {
		for (const { file } of files) {
			const mapping = this.mappings.get(file);
			if (!mapping || --mapping.users > 0) continue;
			this.mappings.delete(file);
			this.binding.deleteTensor(mapping.tensor);
		}
	}

	/** What an ImmutableConst gives when it is fetched keeps the file mapped after its session has ended. */
	private map(files: readonly MappedFile[]): void {
		const graph = new GraphWriter();
		const names = files.map(({ file, type }) => {
			const region = {
				dtype: attr.type(type.dtype),
				shape: attr.shape(type.shape),
				memory_region_name: attr.text(file),
			};
			return `${graph.node("ImmutableConst", [], region, type).name}:0`;
		});
		const session = loadGraph(this.binding, this.cache, encodeSavedModel(graph.nodes, {}, {}));
		try {
			const results = this.binding.runSavedModel(session, [], "", names.join());
			for (const [index, { id }] of results.entries())
				this.mappings.set((files[index] as MappedFile).file, { tensor: id, users: 0 });
		} finally {
			this.binding.deleteSavedModel(session);
		}
	}
}

/** Loads a graph as a session. TensorFlow reads it whole, so its file is gone when this returns. */
export function loadGraph(binding: NativeBinding, cache: CacheFolder, savedModel: Uint8Array): number {
	const folder = cache.planFolder();
	try {
		writeFileSync(path.join(folder, "saved_model.pb"), savedModel);
		return binding.loadSavedModel(folder, "serve");
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}
