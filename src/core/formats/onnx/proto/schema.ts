import protobuf from "protobufjs/light";

/**
 * The messages of ONNX files with the field numbers of onnx/onnx.proto (1.23): what inference needs. Training, metadata
 * and documentation are left out, and skipped when they are met. Graphs are read field by field (./read-model), so that
 * weights stay in the file.
 */
const repeated = (type: string, id: number) => ({ rule: "repeated", type, id });

const descriptor = {
	nested: {
		Entry: { fields: { key: { type: "string", id: 1 }, value: { type: "string", id: 2 } } },
		OperatorSetId: { fields: { domain: { type: "string", id: 1 }, version: { type: "int64", id: 2 } } },
		TensorProto: {
			fields: {
				dims: repeated("int64", 1),
				dataType: { type: "int32", id: 2 },
				floatData: repeated("float", 4),
				int32Data: repeated("int32", 5),
				stringData: repeated("bytes", 6),
				int64Data: repeated("int64", 7),
				name: { type: "string", id: 8 },
				rawData: { type: "bytes", id: 9 },
				doubleData: repeated("double", 10),
				uint64Data: repeated("uint64", 11),
				externalData: repeated("Entry", 13),
				dataLocation: { type: "int32", id: 14 },
			},
		},
		SparseTensorProto: {
			fields: {
				values: { type: "TensorProto", id: 1 },
				indices: { type: "TensorProto", id: 2 },
				dims: repeated("int64", 3),
			},
		},
		AttributeProto: {
			fields: {
				name: { type: "string", id: 1 },
				f: { type: "float", id: 2 },
				i: { type: "int64", id: 3 },
				s: { type: "bytes", id: 4 },
				t: { type: "TensorProto", id: 5 },
				g: { type: "GraphProto", id: 6 },
				floats: repeated("float", 7),
				ints: repeated("int64", 8),
				strings: repeated("bytes", 9),
				type: { type: "int32", id: 20 },
				refAttrName: { type: "string", id: 21 },
				sparseTensor: { type: "SparseTensorProto", id: 22 },
			},
		},
		NodeProto: {
			fields: {
				input: repeated("string", 1),
				output: repeated("string", 2),
				name: { type: "string", id: 3 },
				opType: { type: "string", id: 4 },
				attribute: repeated("AttributeProto", 5),
				domain: { type: "string", id: 7 },
			},
		},
		Dimension: { fields: { dimValue: { type: "int64", id: 1 }, dimParam: { type: "string", id: 2 } } },
		TensorShapeProto: { fields: { dim: repeated("Dimension", 1) } },
		TensorTypeProto: {
			fields: { elemType: { type: "int32", id: 1 }, shape: { type: "TensorShapeProto", id: 2 } },
		},
		TypeProto: {
			fields: {
				tensorType: { type: "TensorTypeProto", id: 1 },
				sequenceType: { type: "bytes", id: 4 },
				mapType: { type: "bytes", id: 5 },
				sparseTensorType: { type: "TensorTypeProto", id: 8 },
				optionalType: { type: "bytes", id: 9 },
			},
		},
		ValueInfoProto: { fields: { name: { type: "string", id: 1 }, type: { type: "TypeProto", id: 2 } } },
		GraphProto: {
			fields: {
				node: repeated("NodeProto", 1),
				name: { type: "string", id: 2 },
				initializer: repeated("TensorProto", 5),
				input: repeated("ValueInfoProto", 11),
				output: repeated("ValueInfoProto", 12),
				valueInfo: repeated("ValueInfoProto", 13),
				sparseInitializer: repeated("SparseTensorProto", 15),
			},
		},
		FunctionProto: {
			fields: {
				name: { type: "string", id: 1 },
				input: repeated("string", 4),
				output: repeated("string", 5),
				attribute: repeated("string", 6),
				node: repeated("NodeProto", 7),
				opsetImport: repeated("OperatorSetId", 9),
				domain: { type: "string", id: 10 },
				attributeProto: repeated("AttributeProto", 11),
			},
		},
	},
};

/** The messages, for those who write models too. */
export const root = protobuf.Root.fromJSON(descriptor);

export interface TensorMessage {
	readonly dims?: readonly number[];
	readonly dataType?: number;
	readonly floatData?: readonly number[];
	readonly int32Data?: readonly number[];
	readonly stringData?: readonly Uint8Array[];
	readonly int64Data?: readonly number[];
	readonly doubleData?: readonly number[];
	readonly uint64Data?: readonly number[];
	readonly name?: string;
	readonly rawData?: Uint8Array;
	readonly externalData?: readonly { readonly key?: string; readonly value?: string }[];
	/** 1: in another file. */
	readonly dataLocation?: number;
}

export interface SparseTensorMessage {
	readonly values?: TensorMessage;
	readonly indices?: TensorMessage;
	readonly dims?: readonly number[];
}

export interface AttributeMessage {
	readonly name?: string;
	readonly type?: number;
	readonly f?: number;
	readonly i?: number;
	readonly s?: Uint8Array;
	readonly t?: TensorMessage;
	readonly g?: GraphMessage;
	readonly floats?: readonly number[];
	readonly ints?: readonly number[];
	readonly strings?: readonly Uint8Array[];
	/** Inside a function: takes the value of this attribute of the call. */
	readonly refAttrName?: string;
	readonly sparseTensor?: SparseTensorMessage;
}

export interface NodeMessage {
	readonly input?: readonly string[];
	readonly output?: readonly string[];
	readonly name?: string;
	readonly opType?: string;
	readonly domain?: string;
	readonly attribute?: readonly AttributeMessage[];
}

export interface TensorTypeMessage {
	readonly elemType?: number;
	readonly shape?: { readonly dim?: readonly { readonly dimValue?: number; readonly dimParam?: string }[] };
}

export interface ValueInfoMessage {
	readonly name?: string;
	readonly type?: {
		readonly tensorType?: TensorTypeMessage;
		readonly sequenceType?: Uint8Array;
		readonly mapType?: Uint8Array;
		readonly sparseTensorType?: TensorTypeMessage;
		readonly optionalType?: Uint8Array;
	};
}

/** A graph inside an attribute (`If`, `Loop`, `Scan`). */
export interface GraphMessage {
	readonly node?: readonly NodeMessage[];
	readonly name?: string;
	readonly initializer?: readonly TensorMessage[];
	readonly input?: readonly ValueInfoMessage[];
	readonly output?: readonly ValueInfoMessage[];
	readonly valueInfo?: readonly ValueInfoMessage[];
	readonly sparseInitializer?: readonly SparseTensorMessage[];
}

export interface FunctionMessage {
	readonly name?: string;
	readonly domain?: string;
	readonly input?: readonly string[];
	readonly output?: readonly string[];
	readonly attribute?: readonly string[];
	readonly attributeProto?: readonly AttributeMessage[];
	readonly node?: readonly NodeMessage[];
	readonly opsetImport?: readonly OperatorSetMessage[];
}

export interface OperatorSetMessage {
	readonly domain?: string;
	readonly version?: number;
}

interface Messages {
	readonly TensorProto: TensorMessage;
	readonly SparseTensorProto: SparseTensorMessage;
	readonly NodeProto: NodeMessage;
	readonly ValueInfoProto: ValueInfoMessage;
	readonly FunctionProto: FunctionMessage;
	readonly OperatorSetId: OperatorSetMessage;
	readonly Entry: { readonly key?: string; readonly value?: string };
}

/** Decodes one message; absent fields are absent. @throws Error when the bytes are no such message */
export function decode<Name extends keyof Messages>(name: Name, bytes: Uint8Array): Messages[Name] {
	const type = root.lookupType(name);
	return type.toObject(type.decode(bytes), { longs: Number }) as Messages[Name];
}
