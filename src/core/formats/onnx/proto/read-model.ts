import { UnreadableFileError } from "../../../../shared/errors";
import type { ByteSource } from "../../bytes/byte-source";
import { tensorFromFile, tensorFromMessage } from "../tensors/read-tensor";
import { sparseTensor } from "../tensors/sparse";
import type { TensorSource } from "../tensors/tensor-source";
import { inOrder } from "../wiring/order";
import {
	decode,
	type FunctionMessage,
	type GraphMessage,
	type NodeMessage,
	type OperatorSetMessage,
	type ValueInfoMessage,
} from "./schema";
import { type Field, fieldsOf, type Span } from "./wire";

/** What an ONNX file says, its weights left in the file. */
export interface OnnxModel {
	readonly irVersion: number;
	readonly producer: string;
	/** Versions of the operator sets by domain; the standard one is "". */
	readonly opsets: ReadonlyMap<string, number>;
	readonly functions: readonly FunctionMessage[];
	readonly graph: OnnxGraph;
}

export interface OnnxGraph {
	readonly name: string;
	readonly nodes: readonly NodeMessage[];
	readonly initializers: ReadonlyMap<string, TensorSource>;
	readonly inputs: readonly ValueInfoMessage[];
	readonly outputs: readonly ValueInfoMessage[];
	readonly valueInfo: readonly ValueInfoMessage[];
}

/** A single node or description is never this large; weights, which may be, are not read here. */
const MOST_BYTES = 2 ** 31 - 1;

/** @throws UnreadableFileError when the file is no ONNX model, or a damaged one */
export function readModel(source: ByteSource): OnnxModel {
	const opsets = new Map<string, number>();
	const functions: FunctionMessage[] = [];
	const spans: Span[] = [];
	let [irVersion, producer, version] = [0, "", ""];
	for (const field of fieldsOf(source, { offset: 0, length: source.size })) {
		switch (field.id) {
			case 1:
				irVersion = field.value ?? 0;
				break;
			case 2:
				producer = text(source, field);
				break;
			case 3:
				version = text(source, field);
				break;
			case 7:
				if (field.bytes) spans.push(field.bytes);
				break;
			case 8: {
				const { domain, version: opset } = message(source, field, "OperatorSetId") as OperatorSetMessage;
				opsets.set(standardDomain(domain), opset ?? 1);
				break;
			}
			case 25:
				functions.push(message(source, field, "FunctionProto"));
				break;
		}
	}
	const [span] = spans;
	if (!span) throw new UnreadableFileError("The ONNX file holds no graph.", source.where, "Export the model again.");
	const graph = readGraph(source, span);
	return { irVersion, producer: [producer, version].filter((part) => part !== "").join(" "), opsets, functions, graph };
}

/** `ai.onnx` is the standard domain written out. */
export const standardDomain = (domain: string | undefined): string =>
	domain === undefined || domain === "ai.onnx" ? "" : domain;

function readGraph(source: ByteSource, span: Span): OnnxGraph {
	const nodes: NodeMessage[] = [];
	const initializers = new Map<string, TensorSource>();
	const inputs: ValueInfoMessage[] = [];
	const outputs: ValueInfoMessage[] = [];
	const valueInfo: ValueInfoMessage[] = [];
	let name = "";
	for (const field of fieldsOf(source, span)) {
		switch (field.id) {
			case 1:
				nodes.push(message(source, field, "NodeProto"));
				break;
			case 2:
				name = text(source, field);
				break;
			case 5:
				if (field.bytes) {
					const tensor = tensorFromFile(source, field.bytes);
					initializers.set(tensor.name, tensor);
				}
				break;
			case 11:
				inputs.push(message(source, field, "ValueInfoProto"));
				break;
			case 12:
				outputs.push(message(source, field, "ValueInfoProto"));
				break;
			case 13:
				valueInfo.push(message(source, field, "ValueInfoProto"));
				break;
			case 15: {
				const tensor = sparseTensor(message(source, field, "SparseTensorProto"), source.where);
				initializers.set(tensor.name, tensor);
				break;
			}
		}
	}
	return { name, nodes: inOrder(nodes), initializers, inputs, outputs, valueInfo };
}

/** A graph that was decoded whole: the body of an `If`, `Loop` or `Scan`. */
export function innerGraph(graph: GraphMessage, where: string): OnnxGraph {
	const initializers = new Map<string, TensorSource>();
	for (const tensor of graph.initializer ?? []) {
		const read = tensorFromMessage(tensor, where);
		initializers.set(read.name, read);
	}
	for (const tensor of graph.sparseInitializer ?? []) {
		const read = sparseTensor(tensor, where);
		initializers.set(read.name, read);
	}
	return {
		name: graph.name ?? "",
		nodes: inOrder(graph.node ?? []),
		initializers,
		inputs: graph.input ?? [],
		outputs: graph.output ?? [],
		valueInfo: graph.valueInfo ?? [],
	};
}

function text(source: ByteSource, { bytes }: Field): string {
	return bytes ? Buffer.from(source.read(bytes.offset, checked(source, bytes))).toString("utf8") : "";
}

function message<Name extends Parameters<typeof decode>[0]>(source: ByteSource, { bytes }: Field, name: Name) {
	if (!bytes) throw damaged(source, `a ${name} was expected, but a number was found`);
	const content = source.read(bytes.offset, checked(source, bytes));
	try {
		return decode(name, content);
	} catch (cause) {
		throw damaged(source, `the ${name} at byte ${bytes.offset} cannot be read (${(cause as Error).message})`);
	}
}

function checked(source: ByteSource, { length }: Span): number {
	if (length > MOST_BYTES) throw damaged(source, `a description of ${length} bytes is too long`);
	return length;
}

/** What the decoder throws says where bytes end, and is part of the message: it is no defect of the program. */
function damaged(source: ByteSource, reason: string): UnreadableFileError {
	return new UnreadableFileError(
		`The ONNX file is damaged: ${reason}.`,
		source.where,
		"Copy or download the file again.",
	);
}
