import protobuf from "protobufjs/light";
import { root } from "../../src/core/formats/onnx/proto/schema";
import type { Tensor } from "../../src/shared/tensor";

/** A whole number, or whole numbers; a number with a fraction is a float. */
export type Attribute = number | readonly number[];

export interface NodeSpec {
	readonly name: string;
	readonly op: string;
	readonly inputs: readonly string[];
	/** Absent: one, named like the node. */
	readonly outputs?: readonly string[];
	readonly attributes?: Readonly<Record<string, Attribute>>;
}

export interface PortSpec {
	readonly name: string;
	readonly type: "float32" | "int64";
	/** A text is the name of a dimension that is open. */
	readonly shape: readonly (number | string)[];
}

export interface ModelSpec {
	readonly inputs: readonly PortSpec[];
	readonly outputs: readonly PortSpec[];
	readonly nodes: readonly NodeSpec[];
	readonly weights: ReadonlyMap<string, Tensor>;
	/** Version of the standard operators. */
	readonly opset: number;
}

const ELEMENT = { float32: 1, int64: 7 };
const ATTRIBUTE = { float: 1, int: 2, ints: 7 };

/** Graph and operator sets are given as they are encoded: the reader takes graphs field by field, so that the schema has no model. */
const modelProto = new protobuf.Type("ModelProto")
	.add(new protobuf.Field("irVersion", 1, "int64"))
	.add(new protobuf.Field("graph", 7, "bytes"))
	.add(new protobuf.Field("opsetImport", 8, "bytes", "repeated"));
new protobuf.Root().add(modelProto);

/** A model as the bytes of an ONNX file: for networks of which only the weights are at hand. */
export function onnxFile({ inputs, outputs, nodes, weights, opset }: ModelSpec): Uint8Array {
	const graph = encode("GraphProto", {
		name: "made for a test",
		node: nodes.map(({ name, op, inputs: input, outputs: output = [name], attributes = {} }) => ({
			name,
			opType: op,
			input,
			output,
			attribute: Object.entries(attributes).map(([key, value]) => attribute(key, value)),
		})),
		initializer: [...weights].map(([name, { dtype, shape, data }]) => ({
			name,
			dims: shape,
			...(dtype === "float32"
				? { dataType: ELEMENT.float32, rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) }
				: { dataType: ELEMENT.int64, int64Data: Array.from(data) }),
		})),
		input: inputs.map(port),
		output: outputs.map(port),
	});
	const opsets = [encode("OperatorSetId", { domain: "", version: opset })];
	return modelProto.encode({ irVersion: 10, graph, opsetImport: opsets }).finish();
}

function encode(name: string, value: Record<string, unknown>): Uint8Array {
	const type = root.lookupType(name);
	return type.encode(type.fromObject(value)).finish();
}

function attribute(name: string, value: Attribute) {
	if (typeof value !== "number") return { name, ints: value, type: ATTRIBUTE.ints };
	return Number.isInteger(value) ? { name, i: value, type: ATTRIBUTE.int } : { name, f: value, type: ATTRIBUTE.float };
}

const port = ({ name, type, shape }: PortSpec) => ({
	name,
	type: {
		tensorType: {
			elemType: ELEMENT[type],
			shape: { dim: shape.map((extent) => (typeof extent === "number" ? { dimValue: extent } : { dimParam: extent })) },
		},
	},
});
