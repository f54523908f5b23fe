import { existsSync, statSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import { UnreadableFileError, UnsupportedError } from "../../../shared/errors";
import { sizeOf, type Tensor } from "../../../shared/tensor";
import type { Attr } from "../../graph/types";
import { ConcatSource } from "../bytes/concat-source";
import { decodeElements, isStoredType, type StoredType, sizeOfType } from "../bytes/elements";
import { isArray, isObject, type JsonObject, member, textMember } from "../json";
import type { StoredVariable } from "../keras/variables/scope";
import { fileIdentity } from "../weight-file";

/** Weights of a `model.json`, and what closes their files. */
export interface Manifest {
	readonly variables: readonly StoredVariable[];
	close(): void;
}

/**
 * Reads a weights manifest (tfjs-core io/types.ts, `WeightsManifestConfig`): groups of shards that together hold
 * weights one after the other, possibly quantised.
 * @throws UnreadableFileError naming a shard that is missing or too short
 */
export function readManifest(manifest: Attr, modelPath: string): Manifest {
	if (!isArray(manifest)) throw new UnreadableFileError("weightsManifest is not a list of groups.", modelPath);
	const sources: ConcatSource[] = [];
	const close = () => {
		for (const source of sources) source.close();
	};
	try {
		const variables = manifest.flatMap((group, index) =>
			readGroup(group, `weightsManifest/${index}`, modelPath, sources),
		);
		return { variables, close };
	} catch (thrown) {
		close();
		throw thrown;
	}
}

function readGroup(group: Attr, place: string, modelPath: string, sources: ConcatSource[]): StoredVariable[] {
	const paths = member(group, "paths");
	const weights = member(group, "weights");
	if (!isArray(paths) || !isArray(weights))
		throw new UnreadableFileError(
			"A group of the weights manifest has no paths or no weights.",
			`${modelPath}, ${place}`,
		);
	const files = paths.map((path) => shardPath(path, modelPath, place));
	const missing = files.filter((file) => !existsSync(file) || !statSync(file).isFile());
	if (missing.length > 0) {
		const others = missing.length > 1 ? ` and ${missing.length - 1} more` : "";
		throw new UnreadableFileError(
			`The weights are missing: "${paths[files.indexOf(missing[0] as string)]}"${others} should be beside the model.`,
			modelPath,
			"Put the weight files into the folder of the model, or download the model again.",
		);
	}
	const source = new ConcatSource(files, `${modelPath}, ${place}`);
	sources.push(source);
	const identity = files.map(fileIdentity).join("\n");
	const variables: StoredVariable[] = [];
	let offset = 0;
	for (const [index, entry] of weights.entries()) {
		const weight = readEntry(entry, `${modelPath}, ${place}/weights/${index}`);
		const start = offset;
		offset += weight.bytes;
		if (offset > source.size) {
			throw new UnreadableFileError(
				`The weights end too early: "${weight.name}" needs ${weight.bytes} bytes at ${start}, and there are ${source.size} in ${files.length === 1 ? `"${paths[0]}"` : `${files.length} files`}.`,
				`${modelPath}, ${place}`,
				"Download the weight files again.",
			);
		}
		const { where, shape, stored, dtype } = weight;
		const read = () => weight.decode(source.read(start, weight.bytes));
		variables.push({
			name: weight.name,
			tensor: { shape, dtype: stored, where, identity: `${identity}\n${place}\n${start}\n${dtype}`, read },
		});
	}
	return variables;
}

/** Shards lie beside the model: nothing is fetched, and nothing outside of its folder is opened. */
function shardPath(path: Attr, modelPath: string, place: string): string {
	const isInside =
		typeof path === "string" &&
		path !== "" &&
		!path.includes("\0") &&
		!isAbsolute(path) &&
		!/^[a-z][a-z0-9+.-]*:/i.test(path) &&
		!path.split(/[\\/]/).includes("..");
	if (!isInside)
		throw new UnreadableFileError(
			`The weight file ${JSON.stringify(path)} is not beside the model; only files in its folder are read.`,
			`${modelPath}, ${place}`,
		);
	return join(dirname(modelPath), path);
}

interface Entry {
	readonly name: string;
	readonly shape: readonly number[];
	/** As the model computes with it, and as the file holds it. */
	readonly dtype: string;
	readonly stored: StoredType;
	readonly bytes: number;
	readonly where: string;
	decode(bytes: Uint8Array): Tensor;
}

function readEntry(entry: Attr, where: string): Entry {
	const name = textMember(entry, "name");
	const shape = member(entry, "shape");
	const dtype = textMember(entry, "dtype");
	if (name === undefined || dtype === undefined || !isArray(shape))
		throw new UnreadableFileError("An entry of the weights manifest has no name, shape or dtype.", where);
	if (!shape.every(isExtent))
		throw new UnreadableFileError(`The weight "${name}" has the shape ${JSON.stringify(shape)}, which is none.`, where);
	const quantization = member(entry, "quantization");
	const stored = textMember(quantization, "dtype") ?? dtype;
	if (!isStoredType(stored))
		throw new UnsupportedError(`The weight "${name}" holds ${stored} values; numbers are expected.`, where);
	const extents = shape as readonly number[];
	const bytes = sizeOf(extents) * sizeOfType(stored);
	if (!Number.isSafeInteger(bytes))
		throw new UnreadableFileError(`The weight "${name}" is larger than any file: [${extents.join(", ")}].`, where);
	const decode = (data: Uint8Array) => dequantised(decodeElements(data, stored, extents, where), quantization, dtype);
	return { name, shape: extents, dtype, stored, bytes, where, decode };
}

function isExtent(value: Attr): boolean {
	return typeof value === "number" && Number.isInteger(value) && value >= 0;
}

/** value = q * scale + min (tfjs-core io_utils.ts, decodeWeights); float16 needs no scale. */
function dequantised(tensor: Tensor, quantization: Attr, dtype: string): Tensor {
	if (!isObject(quantization) || !("scale" in quantization)) return tensor;
	const { scale, min } = scaleOf(quantization);
	const isInteger = dtype === "int32";
	const data = isInteger ? new Int32Array(tensor.data.length) : new Float32Array(tensor.data.length);
	for (let i = 0; i < data.length; i++) {
		const value = (tensor.data[i] as number) * scale + min;
		data[i] = isInteger ? Math.round(value) : value;
	}
	return { dtype: isInteger ? "int32" : "float32", shape: tensor.shape, data };
}

function scaleOf(quantization: JsonObject): { scale: number; min: number } {
	const { scale, min } = quantization;
	return { scale: typeof scale === "number" ? scale : 1, min: typeof min === "number" ? min : 0 };
}
