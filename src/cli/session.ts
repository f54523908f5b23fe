import { readFile, stat } from "node:fs/promises";
import path from "node:path";
import { guessPreprocess } from "../core/data/guess-preprocess";
import { type ModelInputs, readInputs } from "../core/data/inputs";
import { type ModelSidecar, readLabels, readSidecar } from "../core/data/labels";
import { readMasks } from "../core/data/masks";
import { parsePreprocess } from "../core/data/preprocess-spec";
import type { EnginePreference } from "../core/engine/registry";
import type { OpenedModel } from "../core/formats/format";
import { openModel } from "../core/formats/registry";
import { summarize } from "../core/graph/summary";
import type { Session } from "../core/session/session";
import { UnreadableFileError, UnsupportedError } from "../shared/errors";
import type { ModelSummary } from "../shared/model";
import type { PreprocessSpec } from "../shared/preprocess";
import type { Tensor } from "../shared/tensor";
import { formatPlace } from "../shared/unit-parser";
import type { Place } from "../shared/units";
import type { Arguments } from "./arguments";
import type { Terminal } from "./terminal";

/** A model file, read but not yet bound to an engine. */
export interface CliModel {
	readonly core: OpenedModel;
	readonly summary: ModelSummary;
	readonly sidecar: ModelSidecar;
}

/** @throws UnreadableFileError */
export async function open(file: string): Promise<CliModel> {
	const absolute = path.resolve(file);
	try {
		await stat(absolute);
	} catch (cause) {
		const reason = (cause as NodeJS.ErrnoException).code === "ENOENT" ? "does not exist" : "cannot be read";
		throw new UnreadableFileError(`The model file ${reason}.`, file, "Check the path.", { cause });
	}
	const core = await openModel(absolute);
	return { core, summary: await summarize(core, absolute), sidecar: await readSidecar(absolute) };
}

/** Labels of `--labels`, else those beside the model. @throws UnreadableFileError */
export async function labelsOf(model: CliModel, args: Arguments): Promise<readonly string[] | undefined> {
	const file = args.text("labels");
	return file === undefined ? model.sidecar.labels : readLabels(file);
}

/** Binds a model to the engine of `--engine`; the engine is loaded here and not before. */
export async function bind(
	model: CliModel,
	labels: readonly string[] | undefined,
	args: Arguments,
	terminal: Terminal,
): Promise<Session> {
	const [{ createEngine }, { Session }] = await Promise.all([
		import("../core/engine/registry"),
		import("../core/session/session"),
	]);
	const { engine, notice } = await createEngine((args.text("engine") ?? "auto") as EnginePreference);
	if (notice) terminal.notice(notice);
	return new Session(model.core, engine, model.summary, { path: model.summary.path, ...(labels && { labels }) });
}

/** Reads what `--input` names, preprocessed as `--preprocess` says. @throws LaminaError */
export async function inputsOf(model: CliModel, args: Arguments): Promise<ModelInputs> {
	const [whole] = model.summary.layers.flatMap(({ unsupported }) => unsupported ?? []);
	// Weights without an architecture: the reason is the same for every layer.
	if (model.summary.inputs.length === 0 && whole)
		throw new UnsupportedError(whole.message, model.summary.path, whole.hint);
	const { spec, notice } = await preprocessOf(model, args);
	const inputs = await readInputs(args.list("input"), model.summary.inputs, spec);
	return notice && inputs.preprocess ? { ...inputs, notices: [...inputs.notices, notice] } : inputs;
}

/**
 * Reads what `--baseline` names: reference inputs, preprocessed as the inputs are. Several files are a set of references.
 * Of a model with several inputs those may be left out that keep the method's own reference.
 * @throws LaminaError
 */
export async function baselinesOf(model: CliModel, args: Arguments): Promise<ModelInputs> {
	const files = args.list("baseline");
	const { spec } = await preprocessOf(model, args);
	const named = model.summary.inputs.filter(({ name }) => files.some((file) => file.startsWith(`${name}=`)));
	return readInputs(files, named.length > 0 ? named : model.summary.inputs, spec);
}

/** Reads what `--masks` names: features of the inputs, or of the layer that the map is asked for at. @throws LaminaError */
export async function masksOf(
	model: CliModel,
	args: Arguments,
	at: Place | "input" | undefined,
): Promise<{ tensors: Record<string, Tensor>; names: string[] }> {
	const inputs = model.summary.inputs.map(({ name }) => name);
	const files = args.list("masks");
	const tensors = await readMasks(files, at === undefined || at === "input" ? inputs : [formatPlace(at)]);
	return { tensors, names: files.map((file) => path.basename(file)) };
}

async function preprocessOf(model: CliModel, args: Arguments): Promise<{ spec: PreprocessSpec; notice?: string }> {
	const text = args.text("preprocess");
	if (text !== undefined) return { spec: parsePreprocess(/\.json$/i.test(text) ? await readText(text) : text) };
	if (model.sidecar.preprocess) return { spec: model.sidecar.preprocess };
	const guess = guessPreprocess(model.summary);
	if (guess.from === "model") return { spec: guess.preprocess };
	return {
		spec: guess.preprocess,
		notice:
			"nothing tells how the model was trained to take pictures: pixels are divided by 255. Say it with --preprocess.",
	};
}

/** @throws UnreadableFileError */
async function readText(file: string): Promise<string> {
	try {
		return await readFile(file, "utf8");
	} catch (cause) {
		throw new UnreadableFileError("The file of the preprocessing cannot be read.", file, "Check the path.", { cause });
	}
}
