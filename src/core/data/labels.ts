/**
 * What lies beside a model file: its labels, its preprocessing and its training code.
 *
 * Beside `digits.keras` these are looked for, the first one found wins: `labels` of `digits.lamina.json` (a list, or the
 * name of a file), `digits.labels.txt`, `digits.labels.json`, `labels.txt`, `labels.json`, `classes.txt`, `synset.txt`.
 */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { LaminaError, UnreadableFileError } from "../../shared/errors";
import type { PreprocessSpec } from "../../shared/preprocess";
import { readPreprocess } from "./preprocess-spec";

export interface ModelSidecar {
	readonly labels?: readonly string[];
	/** Absolute path of the file that the labels are from. */
	readonly labelsFile?: string;
	readonly preprocess?: PreprocessSpec;
	/** Absolute path of the training code. */
	readonly source?: string;
	/** What was found but could not be used. */
	readonly notices: readonly string[];
}

const BESIDE_ANY_MODEL = ["labels.txt", "labels.json", "classes.txt", "synset.txt"];

/** No label file is longer than this; a larger one is something else. */
const LARGEST_FILE = 16 * 1024 * 1024;

async function readIfThere(file: string): Promise<string | undefined> {
	try {
		const bytes = await readFile(file);
		return bytes.length <= LARGEST_FILE ? new TextDecoder().decode(bytes) : undefined;
	} catch {
		return undefined;
	}
}

/**
 * Finds what lies beside a model. Never throws: what is there but damaged is told in `notices`.
 * @param modelFile path of the model file
 */
export async function readSidecar(modelFile: string): Promise<ModelSidecar> {
	const folder = path.dirname(path.resolve(modelFile));
	const name = path.basename(modelFile);
	const stem = name.replace(/\.[^.]+$/, "");
	const notices: string[] = [];
	const sidecar = await readSidecarFile(
		[path.join(folder, `${stem}.lamina.json`), path.join(folder, `${name}.lamina.json`)],
		folder,
		notices,
	);
	const candidates = [
		...(sidecar.labelsFile ? [sidecar.labelsFile] : []),
		...[`${stem}.labels.txt`, `${stem}.labels.json`, ...BESIDE_ANY_MODEL].map((file) => path.join(folder, file)),
	];
	let found: Pick<ModelSidecar, "labels" | "labelsFile"> = sidecar.labels
		? { labels: sidecar.labels, labelsFile: sidecar.file }
		: {};
	for (const file of found.labels ? [] : candidates) {
		const text = await readIfThere(file);
		if (text === undefined) {
			if (file === sidecar.labelsFile) notices.push(`the labels file ${file} is not there`);
			continue;
		}
		try {
			found = { labels: parseLabels(text, file), labelsFile: file };
			break;
		} catch (error) {
			notices.push(LaminaError.from(error).message);
		}
	}
	return {
		...found,
		...(sidecar.preprocess && { preprocess: sidecar.preprocess }),
		...(sidecar.source && { source: sidecar.source }),
		notices,
	};
}

interface SidecarFile {
	file?: string;
	labels?: readonly string[];
	labelsFile?: string;
	preprocess?: PreprocessSpec;
	source?: string;
}

async function readSidecarFile(files: readonly string[], folder: string, notices: string[]): Promise<SidecarFile> {
	for (const file of files) {
		const text = await readIfThere(file);
		if (text === undefined) continue;
		const sidecar: SidecarFile = { file };
		try {
			const content = JSON.parse(text) as Record<string, unknown> | null;
			if (typeof content !== "object" || content === null || Array.isArray(content))
				throw new Error("an object is expected");
			if (typeof content.labels === "string") sidecar.labelsFile = path.resolve(folder, content.labels);
			else if (content.labels !== undefined) sidecar.labels = labelsOf(content.labels, file);
			if (typeof content.source === "string") sidecar.source = path.resolve(folder, content.source);
			if (content.preprocess !== undefined) sidecar.preprocess = readPreprocess(content.preprocess);
		} catch (error) {
			notices.push(`${file}: ${LaminaError.from(error).message}`);
		}
		return sidecar;
	}
	return {};
}

/**
 * Reads a file of labels in any of the usual forms: one a line, with or without a WordNet id or an index before it
 * (`n02123045 tabby, tabby cat`, `281: tabby`); a JSON list; `{index: label}`, `{index: [wnid, label]}` (Keras'
 * imagenet_class_index.json), `{label: index}` (Keras' class_indices).
 * @returns labels by class index
 * @throws UnreadableFileError
 */
export async function readLabels(file: string): Promise<string[]> {
	const text = await readIfThere(file);
	if (text === undefined)
		throw new UnreadableFileError(
			"The labels file cannot be read.",
			file,
			"Give a text file with one label a line, or JSON.",
		);
	return parseLabels(text, file);
}

/** @throws UnreadableFileError */
export function parseLabels(text: string, where: string): string[] {
	const trimmed = text.replace(/^\uFEFF/, "").trim();
	if (/^[[{]/.test(trimmed)) {
		let value: unknown;
		try {
			value = JSON.parse(trimmed);
		} catch (cause) {
			throw new UnreadableFileError(
				`The labels are not JSON: ${cause instanceof Error ? cause.message : cause}.`,
				where,
				undefined,
				{ cause },
			);
		}
		return labelsOf(value, where);
	}
	const lines = trimmed.split(/\r?\n/).map((line) => line.trim());
	if (lines.length === 0 || lines[0] === "") throw new UnreadableFileError("The labels file is empty.", where);
	const numbered = lines.map((line) => /^(\d+)\s*[:\t]\s*(.+)$/.exec(line));
	if (numbered.every((match) => match !== null)) {
		return byIndex(
			numbered.map((match) => [Number(match[1]), match[2]!]),
			where,
		);
	}
	return lines.map((line) => line.replace(/^n\d{8}[\s:]+/, ""));
}

function labelsOf(value: unknown, where: string): string[] {
	if (Array.isArray(value)) return value.map((entry, index) => labelOf(entry, String(index), where));
	if (typeof value === "object" && value !== null) {
		const entries = Object.entries(value);
		const nested = entries.find(([name, member]) => name === "labels" && typeof member === "object");
		if (nested) return labelsOf(nested[1], where);
		if (
			entries.length > 0 &&
			entries.every(([, member]) => Number.isInteger(member)) &&
			!entries.every(([name]) => /^\d+$/.test(name))
		) {
			return byIndex(
				entries.map(([name, index]) => [index as number, name]),
				where,
			);
		}
		if (entries.length > 0 && entries.every(([name]) => /^\d+$/.test(name))) {
			return byIndex(
				entries.map(([name, member]) => [Number(name), labelOf(member, name, where)]),
				where,
			);
		}
	}
	throw new UnreadableFileError("The labels are neither a list nor an object of index and label.", where);
}

/** `"tabby"`, or `["n02123045", "tabby"]`. */
function labelOf(entry: unknown, index: string, where: string): string {
	const label = Array.isArray(entry) ? entry.at(-1) : entry;
	if (typeof label === "string" || typeof label === "number") return String(label);
	throw new UnreadableFileError(`Label ${index} is ${JSON.stringify(entry)}; a text is expected.`, where);
}

/** Indices that are left out have the index as their label. */
function byIndex(entries: readonly (readonly [index: number, label: string])[], where: string): string[] {
	const last = Math.max(...entries.map(([index]) => index));
	if (last >= entries.length * 10 + 1000 || entries.some(([index]) => index < 0)) {
		throw new UnreadableFileError(
			`The labels have indices up to ${last}, but there are ${entries.length} of them.`,
			where,
		);
	}
	const labels = Array.from({ length: last + 1 }, (_, index) => String(index));
	for (const [index, label] of entries) labels[index] = label;
	return labels;
}
