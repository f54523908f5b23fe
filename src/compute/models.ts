import { stat } from "node:fs/promises";
import { guessPreprocess } from "../core/data/guess-preprocess";
import { readLabels, readSidecar } from "../core/data/labels";
import type { Engine } from "../core/engine/engine";
import type { OpenedModel as CoreModel } from "../core/formats/format";
import { openModel } from "../core/formats/registry";
import { summarize } from "../core/graph/summary";
import { Session } from "../core/session/session";
import { InvalidRequestError, UnreadableFileError } from "../shared/errors";
import type { LayerStatistics, ModelSummary } from "../shared/model";
import type { OpenedModel } from "../shared/protocol";
import type { Tensor } from "../shared/tensor";

import type { PreparedInput } from "./inputs";
import { Recent } from "./recent";

/** Bytes of layer outputs that an open model keeps. */
const OUTPUT_BYTES = 64 * 2 ** 20;

/** A model file that is open. */
export class Model {
	/** Inputs by id; a drawing makes a new one with every stroke. */
	readonly inputs = new Recent<PreparedInput>(24);
	/** What layers gave, by layer and input: a grid of activations asks page by page. */
	readonly outputs = new Recent<Tensor>(OUTPUT_BYTES, (output) => output.data.byteLength);
	/** By layer and input. */
	readonly statistics = new Recent<LayerStatistics>(1000);
	private bound: Promise<Session> | undefined;

	constructor(
		readonly core: CoreModel,
		readonly summary: ModelSummary,
		readonly opened: OpenedModel,
		/** Size and time of change of the file that was read. */
		readonly version: string,
		private readonly engine: () => Promise<Engine>,
	) {}

	/** The model bound to the engine, which is loaded by the first call. */
	session(): Promise<Session> {
		this.bound ??= this.engine().then(
			(engine) =>
				new Session(this.core, engine, this.summary, {
					path: this.summary.path,
					...(this.opened.labels && { labels: this.opened.labels }),
				}),
		);
		return this.bound;
	}

	/** @throws InvalidRequestError when it has been given up since */
	input(id: string): PreparedInput {
		const found = this.inputs.get(id);
		if (!found) throw new InvalidRequestError("That input is no longer loaded.", id, "Choose the input again.");
		return found;
	}

	/** Labels that the user chose take the place of those that were found. */
	async setLabels(labels: string[], from: string): Promise<void> {
		this.opened.labels = labels;
		this.opened.labelsFrom = from;
		this.bound = undefined;
	}

	close(): void {
		this.bound?.then(
			(session) => session.close(),
			() => {},
		);
		this.core.weights.close();
	}
}

/** The open model files, by path. */
export class Models {
	private readonly open = new Map<string, Promise<Model>>();

	constructor(private readonly engine: () => Promise<Engine>) {}

	/** The model as it is on disk now: a file that has changed is read again. @throws LaminaError */
	async get(path: string): Promise<Model> {
		const version = await fileVersion(path);
		const known = this.open.get(path);
		if (known) {
			const model = await known.catch(() => undefined);
			if (model?.version === version) return model;
			model?.close();
		}
		const opening = this.read(path, version);
		this.open.set(path, opening);
		opening.catch(() => {
			if (this.open.get(path) === opening) this.open.delete(path);
		});
		return opening;
	}

	close(path: string): void {
		this.open.get(path)?.then(
			(model) => model.close(),
			() => {},
		);
		this.open.delete(path);
	}

	async loadLabels(path: string, file: string): Promise<string[]> {
		const model = await this.get(path);
		const labels = await readLabels(file);
		await model.setLabels(labels, file);
		return labels;
	}

	private async read(path: string, version: string): Promise<Model> {
		const core = await openModel(path);
		const summary = await summarize(core, path);
		const sidecar = await readSidecar(path);
		const guess = guessPreprocess(summary);
		const opened: OpenedModel = {
			summary: { ...summary, notices: [...summary.notices, ...sidecar.notices] },
			...(sidecar.labels && { labels: [...sidecar.labels] }),
			...(sidecar.labelsFile && { labelsFrom: sidecar.labelsFile }),
			preprocess: sidecar.preprocess ?? guess.preprocess,
			preprocessFrom: sidecar.preprocess ? "sidecar" : guess.from,
			...(sidecar.source && { source: sidecar.source }),
		};
		return new Model(core, summary, opened, version, this.engine);
	}
}

async function fileVersion(path: string): Promise<string> {
	try {
		const { size, mtimeMs } = await stat(path);
		return `${size} ${mtimeMs}`;
	} catch (cause) {
		const missing = (cause as NodeJS.ErrnoException).code === "ENOENT";
		throw new UnreadableFileError(missing ? "The file does not exist." : "The file cannot be read.", path, undefined, {
			cause,
		});
	}
}
