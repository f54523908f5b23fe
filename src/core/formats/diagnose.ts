import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, extname, join } from "node:path";
import { LaminaError, UnreadableFileError, UnsupportedError } from "../../shared/errors";
import { FileSource } from "./bytes/byte-source";
import type { ModelFile } from "./format";
import { isObject, member, parseJson, textMember } from "./json";
import { ZipArchive } from "./zip/zip";

const READ = "Keras (.keras, .h5), ONNX (.onnx) and TensorFlow.js layers models (model.json) are read so far.";

/** What a file that no format recognised is, said as an error. Never throws. */
export function diagnose(file: ModelFile): LaminaError {
	const { path, size, head } = file;
	const start = new TextDecoder("latin1").decode(head.subarray(0, 512));
	if (size === 0) return new UnreadableFileError("The file is empty.", path, "Save or download the model again.");
	if (start.startsWith("version https://git-lfs.github.com/spec/")) {
		return new UnreadableFileError(
			"This is a Git LFS pointer: the file itself was not fetched.",
			path,
			"Run: git lfs pull",
		);
	}
	if (/^\s*(<!doctype html|<html|<head)/i.test(start)) {
		return new UnreadableFileError(
			"This is a web page, not a model: the download gave a page instead of the file.",
			path,
			"Download it again with the link of the raw file.",
		);
	}
	if (extname(path).toLowerCase() === ".onnx" && !MAGIC.some(([text, at]) => start.startsWith(text, at))) {
		return new UnreadableFileError(
			`The file is named as ONNX models are, but it is none, or only a part of one: ${size} bytes that begin with ${shownBytes(head)}.`,
			path,
			"Copy or download the file again, or export the model once more.",
		);
	}
	const kind = kindOf(file, start);
	if (kind?.model) return new UnsupportedError(`This is ${kind.name}, which is not read yet. ${READ}`, path, kind.hint);
	if (start.startsWith("PK")) return diagnoseZip(path);
	if (/^\s*[[{]/.test(start)) return diagnoseJson(path);
	if (kind) return new UnreadableFileError(`This is ${kind.name}, not a model.`, path, READ);
	return new UnreadableFileError(
		`This is not a model of a format that is known: it begins with ${shownBytes(head)}.`,
		path,
		READ,
	);
}

/** Folders are not opened; the file inside that is meant is named. */
export function diagnoseFolder(path: string): LaminaError {
	const inside = (name: string) => existsSync(join(path, name));
	if (inside("saved_model.pb"))
		return new UnsupportedError(`This folder is a TensorFlow SavedModel, which is not read yet. ${READ}`, path);
	const named = ["model.json", "model.keras", "model.h5"].find(inside);
	if (named) return new UnreadableFileError("This is a folder.", path, `Open the file ${named} in it.`);
	const archive = inside("config.json") && inside("model.weights.h5");
	if (archive)
		return new UnreadableFileError(
			"This folder is an unpacked .keras archive.",
			path,
			"Pack its files again, without the folder itself: zip -0 model.keras config.json metadata.json model.weights.h5",
		);
	return new UnreadableFileError("This is a folder.", path, "Choose a model file.");
}

interface Kind {
	readonly name: string;
	/** A model, of a kind that is not read; otherwise something else altogether. */
	readonly model: boolean;
	readonly hint?: string;
}

const MAGIC: readonly (readonly [start: string, at: number, name: string, model: boolean])[] = [
	["TFL3", 4, "a TensorFlow Lite model", true],
	["GGUF", 0, "a GGUF model", true],
	["\x80\x02", 0, "a Python pickle, perhaps of PyTorch", true],
	["\x80\x03", 0, "a Python pickle", true],
	["\x80\x04", 0, "a Python pickle", true],
	["\x80\x05", 0, "a Python pickle", true],
	["ustar", 257, "a tar archive", false],
	["\x1f\x8b", 0, "a gzip archive", false],
	["\x93NUMPY", 0, "a NumPy array", false],
	["\x89PNG", 0, "a picture (PNG)", false],
	["\xff\xd8\xff", 0, "a picture (JPEG)", false],
	["GIF8", 0, "a picture (GIF)", false],
	["RIFF", 0, "a RIFF file (WebP or WAV)", false],
	["%PDF", 0, "a PDF document", false],
	["CDF", 0, "a netCDF file", false],
];

function kindOf({ path, size, head }: ModelFile, start: string): Kind | undefined {
	for (const [text, at, name, model] of MAGIC) if (start.startsWith(text, at)) return { name, model };
	if (isSafetensors(head, size))
		return { name: "a safetensors file", model: true, hint: "It holds weights without the network." };
	const extension = extname(path).toLowerCase();
	if (extension === ".pb") return { name: "a TensorFlow graph", model: true };
	if (extension === ".pt" || extension === ".pth")
		return { name: "a file named as PyTorch's are, but of an unknown kind", model: false };
	if (extension === ".bin" || /-shard\d+of\d+$/.test(path))
		return { name: "a file of raw numbers, perhaps weights of a TensorFlow.js model", model: false };
	return undefined;
}

/** Eight bytes of length, then JSON. */
function isSafetensors(head: Uint8Array, size: number): boolean {
	if (head.length < 10 || head[8] !== 0x7b) return false;
	const length = Number(new DataView(head.buffer, head.byteOffset).getBigUint64(0, true));
	return length > 1 && length <= size - 8;
}

function diagnoseZip(path: string): LaminaError {
	try {
		const source = new FileSource(path);
		try {
			const names = new ZipArchive(source).names();
			if (names.some((name) => /(^|\/)data\.pkl$/.test(name)))
				return new UnsupportedError(`This is a PyTorch file, which is not read yet. ${READ}`, path);
			if (names.length > 0 && names.every((name) => name.endsWith(".npy")))
				return new UnreadableFileError("This is an archive of NumPy arrays, not a model.", path, READ);
			if (names.some((name) => name.endsWith("saved_model.pb")))
				return new UnsupportedError(`This archive holds a TensorFlow SavedModel, which is not read yet. ${READ}`, path);
			const shown = names.slice(0, 4).join(", ");
			return new UnreadableFileError(
				`This zip archive is not a Keras model: it has no config.json with weights. It holds ${shown === "" ? "nothing" : shown}.`,
				path,
				READ,
			);
		} finally {
			source.close();
		}
	} catch (thrown) {
		return thrown instanceof LaminaError
			? thrown
			: new UnreadableFileError("The zip archive cannot be read.", path, undefined, { cause: thrown });
	}
}

const MOST_JSON = 64 * 1024 * 1024;

function diagnoseJson(path: string): LaminaError {
	try {
		const source = new FileSource(path);
		const { size } = source;
		source.close();
		if (size > MOST_JSON)
			return new UnreadableFileError("This is a very large JSON file, but no model that is known.", path, READ);
		const json = parseJson(readFileSync(path, "utf8"), path);
		if (textMember(json, "class_name") !== undefined && member(json, "config") !== undefined) {
			const weights = readdirSync(join(path, "..")).find((name) => /\.(weights\.)?h5$/.test(name));
			const beside = weights ? ` Its weights may be in "${weights}" beside it.` : "";
			return new UnreadableFileError(
				`This is the architecture of a Keras model without weights.${beside}`,
				path,
				'In Python: model = keras.models.model_from_json(...), model.load_weights(...), model.save("model.keras").',
			);
		}
		if (isObject(json) && "model_type" in json)
			return new UnsupportedError(
				`This is the configuration of a Transformers model, which is not read yet. ${READ}`,
				path,
			);
		return new UnreadableFileError(
			`This JSON file is not a model: "${basename(path)}" has neither modelTopology nor weightsManifest.`,
			path,
			READ,
		);
	} catch (thrown) {
		return thrown instanceof LaminaError
			? thrown
			: new UnreadableFileError("The JSON file cannot be read.", path, undefined, { cause: thrown });
	}
}

function shownBytes(head: Uint8Array): string {
	return Array.from(head.subarray(0, 8), (byte) => byte.toString(16).padStart(2, "0")).join(" ");
}
