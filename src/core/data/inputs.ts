import { readFile } from "node:fs/promises";
import path from "node:path";
import { InvalidRequestError, LaminaError, UnreadableFileError, UnsupportedError } from "../../shared/errors";
import type { PortSummary, SymbolicShape } from "../../shared/model";
import type { PreprocessSpec } from "../../shared/preprocess";
import { sizeOf, type Tensor } from "../../shared/tensor";
import { didYouMean } from "../units/nearest";
import { decodeImage, isImage } from "./image/decode";
import { isNpy, type NumericArray, readNpy } from "./npy";
import { isZip, readNpz } from "./npz";
import { pictureLayout, preprocess } from "./preprocess";
import type { Samples } from "./resize";

/** What a model is run on. */
export interface ModelInputs {
	/** By input name, batch axis included; several files are one batch. */
	readonly tensors: Readonly<Record<string, Tensor>>;
	/** Name of the example, one for each of the batch: of its file. */
	readonly names: readonly string[];
	/** What was done to pictures; absent when there was none. */
	readonly preprocess?: PreprocessSpec;
	/** The pictures as the network sees them, by input name, in the order of the batch. */
	readonly pictures: Readonly<Record<string, readonly Samples[]>>;
	readonly notices: readonly string[];
}

type Port = Pick<PortSummary, "name" | "shape" | "dtype" | "fixed">;

interface Piece {
	readonly tensor: Tensor;
	readonly file: string;
	readonly picture?: Samples;
	readonly spec?: PreprocessSpec;
}

const describe = (shape: SymbolicShape) => `[${shape.map((extent) => extent ?? "N").join(", ")}]`;

/**
 * Fits an array to an input: a missing batch axis is added, the type is changed where nothing is lost. Nothing is scaled,
 * turned or padded: arrays are taken as they are.
 * @throws InvalidRequestError telling both shapes
 */
export function fitArray(array: NumericArray, port: Port, where: string): Tensor {
	const matches = (shape: readonly number[]) =>
		shape.length === port.shape.length && port.shape.every((extent, axis) => extent === null || extent === shape[axis]);
	const shape = [array.shape, [1, ...array.shape]].find(matches);
	if (!shape) {
		throw new InvalidRequestError(
			`The array has the shape ${describe(array.shape)}, the input "${port.name}" takes ${describe(port.shape)}.`,
			where,
			"N is the batch; it may be left out for one example.",
		);
	}
	if (sizeOf(shape) === 0) throw new InvalidRequestError(`The array of shape ${describe(shape)} is empty.`, where);
	return { dtype: port.dtype, shape, data: convert(array, port, where) };
}

function convert({ data, dtype }: NumericArray, port: Port, where: string): Tensor["data"] {
	if (port.dtype === "float32")
		return data instanceof Float32Array ? data : Float32Array.from(data as ArrayLike<number | bigint>, Number);
	const values = port.dtype === "bool" ? new Uint8Array(data.length) : new Int32Array(data.length);
	for (let i = 0; i < data.length; i++) {
		const value = Number(data[i]!);
		values[i] = value;
		if (values[i] !== value || (port.dtype === "bool" && value > 1)) {
			throw new InvalidRequestError(
				`Element ${i} of the ${dtype} array is ${data[i]}; the input "${port.name}" takes ${port.dtype}.`,
				where,
			);
		}
	}
	return values;
}

/** The input that a picture is for: the only one that takes pictures. @throws InvalidRequestError */
export function pictureInput<P extends Port>(ports: readonly P[], where: string): P {
	const fitting = ports.filter((port) => pictureLayout(port.shape));
	if (fitting.length === 1) return fitting[0]!;
	const inputs = ports.map((port) => `${port.name} ${describe(port.shape)}`).join(", ");
	throw new InvalidRequestError(
		fitting.length === 0
			? "No input of the model takes a picture."
			: `${fitting.length} inputs of the model take pictures.`,
		where,
		fitting.length === 0
			? `Give arrays as .npy or .npz: ${inputs}.`
			: `Say for which one it is: NAME=FILE. The inputs are ${inputs}.`,
	);
}

/** Arrays of an archive by input: by name, by number, or the only one that fits the only input. */
function assignArrays(
	arrays: Map<string, NumericArray>,
	ports: readonly Port[],
	where: string,
	notices: string[],
): [Port, NumericArray, string][] {
	const named = ports.filter((port) => arrays.has(port.name));
	if (named.length > 0) return named.map((port) => [port, arrays.get(port.name)!, `${where}: ${port.name}`]);
	const numbered = byNumber(arrays, ports);
	if (numbered) {
		if (ports.length > 1) {
			const order = numbered.map(([port, , name]) => `${name} as ${port.name}`).join(", ");
			notices.push(`${where}: the arrays are taken in their order: ${order}`);
		}
		return numbered.map(([port, array, name]) => [port, array, `${where}: ${name}`]);
	}
	const [port] = ports;
	const fitting = [...arrays].filter(([, array]) => port && fits(array, port));
	if (ports.length === 1 && port && fitting.length === 1) {
		const [name, array] = fitting[0]!;
		if (arrays.size > 1)
			notices.push(`${where}: the array "${name}" is taken, the only one of ${arrays.size} that fits the input`);
		return [[port, array, `${where}: ${name}`]];
	}
	const held = [...arrays].map(([name, array]) => `${name} ${describe(array.shape)}`).join(", ") || "nothing";
	throw new InvalidRequestError(
		`The archive holds ${held}; none of them is named like an input of the model${fitting.length > 1 ? `, and ${fitting.length} of them fit` : ""}.`,
		where,
		`The inputs are ${ports.map((input) => `${input.name} ${describe(input.shape)}`).join(", ")}.`,
	);
}

/** Arrays without names of their own (`np.savez(file, a, b)` calls them `arr_0`, `arr_1`), one for each input and in their order. */
function byNumber(
	arrays: Map<string, NumericArray>,
	ports: readonly Port[],
): [Port, NumericArray, string][] | undefined {
	const numberOf = (name: string) => Number(/^(?:arr_)?(\d+)$/.exec(name)?.[1] ?? Number.NaN);
	const names = [...arrays.keys()].sort((a, b) => numberOf(a) - numberOf(b));
	if (names.length !== ports.length || names.some((name) => Number.isNaN(numberOf(name)))) return undefined;
	const assigned = ports.map((port, i): [Port, NumericArray, string] => [port, arrays.get(names[i]!)!, names[i]!]);
	return assigned.every(([port, array]) => fits(array, port)) ? assigned : undefined;
}

function fits(array: NumericArray, port: Port): boolean {
	try {
		fitArray(array, port, "");
		return true;
	} catch (error) {
		if (error instanceof LaminaError) return false;
		throw error;
	}
}

/** `name=file` where `name` is an input; a file name may hold `=` too. */
function splitArgument(argument: string, ports: readonly Port[]): { port?: Port; file: string } {
	const at = argument.indexOf("=");
	const port = at > 0 ? ports.find(({ name }) => name === argument.slice(0, at)) : undefined;
	return port ? { port, file: argument.slice(at + 1) } : { file: argument };
}

async function readInputFile(file: string, ports: readonly Port[]): Promise<Uint8Array> {
	try {
		return await readFile(file);
	} catch (cause) {
		const name = /^([\w./:-]+)=/.exec(file)?.[1];
		const hint = name
			? didYouMean(
					name,
					ports.map((port) => port.name),
					`The inputs are ${ports.map((port) => port.name).join(", ")}.`,
				)
			: "Check the path.";
		const code = (cause as NodeJS.ErrnoException).code;
		const reason =
			code === "ENOENT" ? "does not exist" : code === "EISDIR" ? "is a folder" : `cannot be read (${code})`;
		throw new UnreadableFileError(`The input file ${reason}.`, file, hint, { cause });
	}
}

/** One file's content, or what was dropped or pasted. */
export interface InputContent {
	/** Name or path: for errors, and for the record. */
	readonly name: string;
	readonly bytes: Uint8Array;
	/** Name of the model input that it is for; absent: found out by shape and name. */
	readonly input?: string;
}

async function readPieces(
	content: InputContent,
	ports: readonly Port[],
	spec: PreprocessSpec,
	notices: string[],
): Promise<[string, Piece][]> {
	const { name: file, bytes } = content;
	const port = ports.find(({ name }) => name === content.input);
	const candidates = port ? [port] : ports;
	if (isZip(bytes)) {
		const arrays = assignArrays(readNpz(bytes, file), candidates, file, notices);
		return arrays.map(([input, array, where]) => [input.name, { tensor: fitArray(array, input, where), file }]);
	}
	if (isNpy(bytes)) {
		const array = readNpy(bytes, file);
		const fitting = candidates.filter((candidate) => fits(array, candidate));
		if (fitting.length > 1) {
			throw new InvalidRequestError(
				`The array fits ${fitting.length} inputs of the model.`,
				file,
				`Say for which one it is: NAME=FILE. They are ${fitting.map(({ name }) => name).join(", ")}.`,
			);
		}
		const input = fitting[0] ?? candidates[0]!;
		return [[input.name, { tensor: fitArray(array, input, file), file }]];
	}
	if (!isImage(bytes) && /\.(npy|npz)$/i.test(file)) {
		throw new UnreadableFileError(
			"The file is neither a NumPy array nor an archive of arrays: it begins otherwise.",
			`${file}, byte 0`,
		);
	}
	const image = await decodeImage(bytes, file);
	const input = port ?? pictureInput(candidates, file);
	const done = preprocess(image, spec, input.shape, input.dtype, file);
	notices.push(...done.notices.map((notice) => `${path.basename(file)}: ${notice}`));
	return [[input.name, { tensor: done.tensor, file, picture: done.picture, spec: done.spec }]];
}

/**
 * Reads the files that a model is to be run on. An argument is a file, or `NAME=FILE` for the input of that name.
 * @throws LaminaError naming the file; see {@link assembleInputs}
 */
export async function readInputs(
	files: readonly string[],
	ports: readonly Port[],
	spec: PreprocessSpec,
): Promise<ModelInputs> {
	const contents: InputContent[] = [];
	for (const argument of files) {
		const { port, file } = splitArgument(argument, ports);
		contents.push({ name: file, bytes: await readInputFile(file, ports), ...(port && { input: port.name }) });
	}
	return assembleInputs(contents, ports, spec);
}

/**
 * Makes the inputs of a model of what is given: `.npy` and `.npz` are taken as they are, pictures are preprocessed.
 * Several contents for an input become one batch.
 * @param spec preprocessing of pictures
 * @throws LaminaError naming the content
 */
export async function assembleInputs(
	contents: readonly InputContent[],
	ports: readonly Port[],
	spec: PreprocessSpec,
): Promise<ModelInputs> {
	if (contents.length === 0)
		throw new InvalidRequestError("No input is given.", "input", "A picture, an .npy or an .npz file is expected.");
	if (ports.length === 0)
		throw new UnsupportedError(
			"The file tells of no input of a model: nothing can be computed with it.",
			"input",
			"Its weights and their statistics can be inspected.",
		);
	const notices: string[] = [];
	const pieces: [string, Piece][] = [];
	for (const content of contents) pieces.push(...(await readPieces(content, ports, spec, notices)));
	const byPort = new Map(
		ports.map((port) => [port.name, pieces.filter(([name]) => name === port.name).map(([, piece]) => piece)]),
	);
	const missing = ports.filter((port) => byPort.get(port.name)!.length === 0);
	if (missing.length > 0) {
		throw new InvalidRequestError(
			`The model has ${ports.length} inputs; nothing is given for ${missing.map((port) => `${port.name} ${describe(port.shape)}`).join(", ")}.`,
			"input",
			"Give one file for each, as NAME=FILE, or an .npz with an array for each.",
		);
	}
	const tensors = Object.fromEntries(ports.map((port) => [port.name, joinBatch(byPort.get(port.name)!, port)]));
	const counting = ports.filter(({ fixed }) => !fixed);
	const batches = new Set(counting.map(({ name }) => tensors[name]!.shape[0]));
	if (batches.size > 1) {
		const counts = counting.map((port) => `${port.name} ${tensors[port.name]!.shape[0]}`).join(", ");
		throw new InvalidRequestError(`The inputs have different numbers of examples: ${counts}.`, "input");
	}
	const first = byPort.get(ports[0]!.name)!;
	const spread = (piece: Piece) => {
		const count = piece.tensor.shape[0]!;
		const name = path.basename(piece.file);
		return count === 1 ? [name] : Array.from({ length: count }, (_, i) => `${name}[${i}]`);
	};
	const used = pieces.find(([, piece]) => piece.spec)?.[1].spec;
	const pictures = [...byPort].map(([name, list]) => [name, list.flatMap((piece) => piece.picture ?? [])] as const);
	return {
		tensors,
		names: first.flatMap(spread),
		...(used && { preprocess: used }),
		pictures: Object.fromEntries(pictures.filter(([, list]) => list.length > 0)),
		notices: [...new Set(notices)],
	};
}

function joinBatch(pieces: readonly Piece[], port: Port): Tensor {
	const [first] = pieces;
	if (pieces.length === 1) return first!.tensor;
	const rest = first!.tensor.shape.slice(1);
	for (const { tensor, file } of pieces) {
		if (tensor.shape.slice(1).join() !== rest.join()) {
			throw new InvalidRequestError(
				`The files of one batch must have one shape: ${describe(tensor.shape)} here, ${describe(first!.tensor.shape)} in ${path.basename(first!.file)}.`,
				file,
				"Give a size in the preprocessing, or run them one by one.",
			);
		}
	}
	const count = pieces.reduce((sum, { tensor }) => sum + tensor.shape[0]!, 0);
	if (port.shape[0] != null && port.shape[0] !== count) {
		throw new InvalidRequestError(
			`The input "${port.name}" takes a batch of ${port.shape[0]}, ${count} examples are given.`,
			"input",
		);
	}
	const shape = [count, ...rest];
	const Data = first!.tensor.data.constructor as new (length: number) => Tensor["data"];
	const data = new Data(sizeOf(shape));
	let at = 0;
	for (const { tensor } of pieces) {
		data.set(tensor.data, at);
		at += tensor.data.length;
	}
	return { dtype: first!.tensor.dtype, shape, data };
}
