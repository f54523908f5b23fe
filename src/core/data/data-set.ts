import { readdir, readFile, stat } from "node:fs/promises";
import path from "node:path";
import { InvalidRequestError, UnreadableFileError } from "../../shared/errors";
import type { PortSummary } from "../../shared/model";
import type { PreprocessSpec } from "../../shared/preprocess";
import type { Tensor } from "../../shared/tensor";
import { concatTensors, sliceTensor } from "../session/inputs";
import { assembleInputs, fitArray } from "./inputs";
import type { NumericArray } from "./npy";
import { isZip, listNpz, readNpz } from "./npz";
import { pictureLayout, preprocess } from "./preprocess";

/** Examples with a class each, for methods that learn from them or compare with them. Examples are read when asked for. */
export interface DataSet {
	readonly count: number;
	/** Class of each example, an index into `classes`. */
	readonly labels: Int32Array;
	readonly classes: readonly string[];
	/** Examples `from` up to `to` as inputs of the model, batch axis included. @throws LaminaError naming the file */
	batch(from: number, to: number): Promise<Readonly<Record<string, Tensor>>>;
}

type Port = Pick<PortSummary, "name" | "shape" | "dtype">;

/**
 * Opens a labelled set: a folder with a folder of pictures or arrays for each class, or an .npz with `x` or
 * `images` (or an array for each input, by name) and `y` or `labels`, the class of each example as a whole number.
 * Pictures are preprocessed, those of 8 bits in an archive too (`[examples, height, width]`, or channels behind them).
 * Classes and files are in the order of their names, so that a set is the same everywhere.
 * @param ports inputs of the model
 * @param spec preprocessing of pictures
 * @param names of classes that an array gives as numbers, where they are known
 * @throws UnreadableFileError, InvalidRequestError
 */
export async function openDataSet(
	file: string,
	ports: readonly Port[],
	spec: PreprocessSpec,
	names: readonly string[] = [],
): Promise<DataSet> {
	const found = await stat(file).catch((cause: NodeJS.ErrnoException) => {
		const reason = cause.code === "ENOENT" ? "does not exist" : "cannot be read";
		throw new UnreadableFileError(`The data set ${reason}.`, file, "Check the path.", { cause });
	});
	const set = found.isDirectory()
		? await folderSet(file, ports, spec)
		: arraySet(await readFile(file), file, ports, spec, names);
	if (new Set(set.labels).size < 2)
		throw new InvalidRequestError(
			`the data set has ${set.count} examples of ${new Set(set.labels).size} class`,
			file,
			"At least two classes are told apart.",
		);
	return set;
}

async function folderSet(folder: string, ports: readonly Port[], spec: PreprocessSpec): Promise<DataSet> {
	const classes = (await readdir(folder, { withFileTypes: true }))
		.filter((entry) => entry.isDirectory() && !entry.name.startsWith("."))
		.map(({ name }) => name)
		.sort();
	const files: string[] = [];
	const labels: number[] = [];
	for (const [label, name] of classes.entries()) {
		const entries = await readdir(path.join(folder, name), { withFileTypes: true });
		const own = entries.filter((entry) => entry.isFile() && !entry.name.startsWith(".")).map((entry) => entry.name);
		for (const file of own.sort()) {
			files.push(path.join(folder, name, file));
			labels.push(label);
		}
	}
	return {
		count: files.length,
		labels: Int32Array.from(labels),
		classes,
		async batch(from, to) {
			const contents = await Promise.all(
				files.slice(from, to).map(async (name) => ({ name, bytes: await readFile(name) })),
			);
			const { tensors, names } = await assembleInputs(contents, ports, spec);
			if (names.length === contents.length) return tensors;
			throw new InvalidRequestError(
				`${contents.length} files hold ${names.length} examples`,
				files[from] ?? folder,
				"A file of a class holds one example; for many in one file give an .npz with x and y.",
			);
		},
	};
}

/** What archives call the examples of the only input, and their classes. */
const EXAMPLES = ["x", "images"];
const LABELS = ["y", "labels"];

function arraySet(
	bytes: Uint8Array,
	file: string,
	ports: readonly Port[],
	spec: PreprocessSpec,
	names: readonly string[],
): DataSet {
	if (!isZip(bytes))
		throw new UnreadableFileError(
			"The data set is neither a folder nor an .npz.",
			`${file}, byte 0`,
			"Give a folder with a folder for each class, or an .npz with x and y.",
		);
	const arrays = readNpz(bytes, file, [...EXAMPLES, ...LABELS, ...ports.map(({ name }) => name)]);
	const needed = (names: readonly string[]): NumericArray => {
		const array = names.flatMap((name) => arrays.get(name) ?? [])[0];
		if (array) return array;
		throw new InvalidRequestError(
			`the data set has no array ${names.join(" or ")}; it holds ${listNpz(bytes, file).join(", ") || "nothing"}`,
			file,
			"An .npz holds x (or an array for each input, by its name) and y, the class of each example.",
		);
	};
	const onlyX = ports.length === 1 && ports[0] && !arrays.has(ports[0].name);
	const labels = classNumbers(needed(LABELS), `${file}: labels`);
	const sources = ports.map((port) => {
		const names = onlyX ? EXAMPLES : [port.name];
		return [port, needed(names), `${file}: ${names[0]}`] as const;
	});
	for (const [port, { shape }] of sources)
		if (shape[0] !== labels.length)
			throw new InvalidRequestError(
				`"${port.name}" has ${shape[0]} examples, but there are ${labels.length} labels`,
				file,
			);
	const readers = sources.map(([port, array, where]) => [port.name, readerOf(array, port, spec, where)] as const);
	const classes = Array.from({ length: Math.max(...labels) + 1 }, (_, label) => names[label] ?? String(label));
	return {
		count: labels.length,
		labels,
		classes,
		batch: async (from, to) => Object.fromEntries(readers.map(([name, read]) => [name, read(from, to)])),
	};
}

/** Pictures of 8 bits are preprocessed as pictures are; other arrays are taken as they are. */
function readerOf(
	array: NumericArray,
	port: Port,
	spec: PreprocessSpec,
	where: string,
): (from: number, to: number) => Tensor {
	const [, height, width, channels = 1] = array.shape;
	const isPicture =
		array.dtype === "uint8" && port.dtype === "float32" && array.shape.length >= 3 && pictureLayout(port.shape);
	if (!isPicture || !height || !width || array.shape.length > 4 || (channels !== 1 && channels !== 3)) {
		const tensor = fitArray(array, port, where);
		return (from, to) => sliceTensor(tensor, from, to);
	}
	const size = height * width * channels;
	return (from, to) =>
		concatTensors(
			Array.from({ length: to - from }, (_, index) => {
				const at = (from + index) * size;
				const data = Uint8Array.from(array.data.subarray(at, at + size) as ArrayLike<number>);
				return preprocess({ width, height, channels, data }, spec, port.shape, port.dtype, where).tensor;
			}),
		);
}

function classNumbers({ data, shape }: NumericArray, where: string): Int32Array {
	const numbers = Int32Array.from(data as ArrayLike<number | bigint>, Number);
	const isWhole = numbers.every((number, at) => number >= 0 && number === Number(data[at]));
	if (!isWhole || shape.filter((extent) => extent !== 1).length > 1 || numbers.length === 0)
		throw new InvalidRequestError(
			`the labels have the shape [${shape.join(", ")}]${isWhole ? "" : " and other numbers than whole ones from 0 up"}`,
			where,
			"They are the number of the class of each example.",
		);
	return numbers;
}
