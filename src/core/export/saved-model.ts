import { mkdir, readdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { InvalidRequestError, UnsupportedError } from "../../shared/errors";
import type { Tensor } from "../../shared/tensor";
import { formatUnitAddress } from "../../shared/unit-parser";
import { VERSION } from "../../shared/version";
import type { WeightSource } from "../engine/engine";
import { type Ref, shapeMessage } from "../engine/session/graph-writer";
import { writeProgram } from "../engine/session/program-graph";
import { DATA_TYPE, encodeSavedModel, type TensorInfoMessage } from "../engine/session/saved-model-proto";
import { METHODS } from "../methods/index";
import type { MethodRequest, PreparedRequest } from "../methods/method";
import { prepareRequest } from "../methods/prepare";
import { findMethod } from "../methods/run-method";
import { Builder } from "../program/builder";
import { optimizeLayout } from "../program/passes/layout";
import { simplify } from "../program/passes/simplify";
import type { Program } from "../program/types";
import type { ModelSession } from "../session/model-session";
import { ProgramContext } from "./program-context";

/** Most bytes of a protobuf message; weights are part of it. */
const MOST_BYTES = 2 ** 31 - 1;

export interface ExportedFile {
	readonly file: string;
	readonly bytes: number;
	readonly inputs: Readonly<Record<string, readonly (number | null)[]>>;
	readonly outputs: Readonly<Record<string, readonly (number | null)[]>>;
}

interface MethodProgram {
	readonly program: Program;
	/** Where each of its weights comes from. */
	readonly weights: ReadonlyMap<string, WeightSource>;
}

/** A method as a program: from the model's inputs to its maps, the batch being free. */
export function methodProgram(session: ModelSession, id: string, request: PreparedRequest): MethodProgram {
	const method = findMethod(id);
	if (!method.program)
		throw new UnsupportedError(
			`the method ${id} is more than one program: it decides while it runs what to compute next`,
			id,
			`These can be exported: ${exportable().join(", ")}.`,
		);
	const b = new Builder();
	const context = new ProgramContext(b, session, request);
	for (const { at, value } of method.program(context)) b.output(at, value);
	return { program: simplify(optimizeLayout(b.build())), weights: context.weights };
}

/**
 * Writes a self-contained SavedModel: inputs to maps, weights inside. Anything that runs SavedModels computes the
 * explanation with it, without Lamina.
 * @param folder is made; it must be empty or absent
 * @throws UnsupportedError for methods that are no single program, and where the weights pass 2 GB
 * @throws InvalidRequestError when the folder holds something else
 */
export async function exportSavedModel(
	session: ModelSession,
	id: string,
	request: MethodRequest,
	folder: string,
): Promise<ExportedFile> {
	await checkFolder(folder);
	const prepared = await prepareRequest(session, findMethod(id), request);
	const { program, weights: sources } = methodProgram(session, id, prepared);
	const weights = await readWeights(program, sources);
	const { graph, inputs, outputs } = writeProgram(program, (writer, { attributes, type }) => {
		const data = weights.get(String(attributes.name));
		if (!data) throw new RangeError(`the weight ${String(attributes.name)} was not read`);
		return writer.constant(data.data, type.shape as readonly number[], type.dtype);
	});
	const encoded = encodeSavedModel(graph.nodes, infos(inputs), infos(outputs));
	const file = path.join(folder, "saved_model.pb");
	await mkdir(path.join(folder, "variables"), { recursive: true });
	await writeFile(file, encoded);
	const described = {
		method: id,
		...(findMethod(id).needs.unit && { unit: formatUnitAddress(prepared.unit) }),
		parameters: prepared.parameters,
		model: session.path,
		version: VERSION,
		inputs: shapes(inputs),
		outputs: shapes(outputs),
	};
	await writeFile(path.join(folder, "lamina.json"), `${JSON.stringify(described, null, 2)}\n`);
	return { file, bytes: encoded.length, inputs: shapes(inputs), outputs: shapes(outputs) };
}

async function checkFolder(folder: string): Promise<void> {
	const held = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
		if (error.code === "ENOENT") return [];
		throw new InvalidRequestError(`the folder cannot be written: ${error.message}`, folder);
	});
	const others = held.filter((name) => !["saved_model.pb", "variables", "lamina.json"].includes(name));
	if (others.length > 0)
		throw new InvalidRequestError(
			`the folder holds other files already (${others.slice(0, 3).join(", ")})`,
			folder,
			"Name a new folder: a SavedModel is a folder of its own.",
		);
}

async function readWeights(program: Program, sources: ReadonlyMap<string, WeightSource>) {
	const names = new Set(
		program.instructions.filter(({ op }) => op === "weight").map(({ attributes }) => String(attributes.name)),
	);
	const weights = new Map<string, Tensor>();
	let bytes = 0;
	for (const name of names) {
		const tensor = await (sources.get(name) as WeightSource).read(name);
		bytes += tensor.data.byteLength;
		if (bytes > MOST_BYTES)
			throw new UnsupportedError("the weights pass 2 GB, the most that one SavedModel file can hold", name);
		weights.set(name, tensor);
	}
	return weights;
}

function infos(refs: ReadonlyMap<string, Ref>): Record<string, TensorInfoMessage> {
	return Object.fromEntries(
		[...refs].map(([name, ref]) => [
			argumentName(name),
			{ name: `${ref.name}:0`, dtype: DATA_TYPE[ref.dtype], tensorShape: shapeMessage(ref.shape) },
		]),
	);
}

function shapes(refs: ReadonlyMap<string, Ref>): Record<string, (number | null)[]> {
	return Object.fromEntries(
		[...refs].map(([name, { shape }]) => [argumentName(name), shape.map((extent) => (extent < 0 ? null : extent))]),
	);
}

/** Signatures are called with keyword arguments: what is no letter, digit or underscore becomes an underscore. */
export const argumentName = (name: string): string => name.replace(/[^A-Za-z0-9_]/g, "_").replace(/^(?=\d)/, "_");

const exportable = (): string[] => METHODS.filter(({ program }) => program).map(({ id }) => id);
