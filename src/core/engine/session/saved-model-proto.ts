import protobuf from "protobufjs/light";

/**
 * The messages of TensorFlow's protobuf files that a SavedModel without variables needs, with the field numbers of
 * tensorflow/core/framework/{graph,node_def,attr_value,tensor,tensor_shape,types}.proto and
 * tensorflow/core/protobuf/{saved_model,meta_graph}.proto (2.21). Fields that Lamina never writes are left out.
 */
const descriptor = {
	nested: {
		TensorShape: {
			fields: { dim: { rule: "repeated", type: "Dim", id: 2 } },
			nested: { Dim: { fields: { size: { type: "int64", id: 1 } } } },
		},
		Tensor: {
			fields: {
				dtype: { type: "int32", id: 1 },
				tensorShape: { type: "TensorShape", id: 2 },
				tensorContent: { type: "bytes", id: 4 },
			},
		},
		AttrValue: {
			oneofs: { value: { oneof: ["list", "s", "i", "f", "b", "type", "shape", "tensor"] } },
			fields: {
				list: { type: "ListValue", id: 1 },
				s: { type: "bytes", id: 2 },
				i: { type: "int64", id: 3 },
				f: { type: "float", id: 4 },
				b: { type: "bool", id: 5 },
				type: { type: "int32", id: 6 },
				shape: { type: "TensorShape", id: 7 },
				tensor: { type: "Tensor", id: 8 },
			},
			nested: { ListValue: { fields: { i: { rule: "repeated", type: "int64", id: 3, options: { packed: true } } } } },
		},
		NodeDef: {
			fields: {
				name: { type: "string", id: 1 },
				op: { type: "string", id: 2 },
				input: { rule: "repeated", type: "string", id: 3 },
				attr: { keyType: "string", type: "AttrValue", id: 5 },
			},
		},
		VersionDef: { fields: { producer: { type: "int32", id: 1 }, minConsumer: { type: "int32", id: 2 } } },
		GraphDef: {
			fields: { node: { rule: "repeated", type: "NodeDef", id: 1 }, versions: { type: "VersionDef", id: 4 } },
		},
		TensorInfo: {
			fields: {
				name: { type: "string", id: 1 },
				dtype: { type: "int32", id: 2 },
				tensorShape: { type: "TensorShape", id: 3 },
			},
		},
		SignatureDef: {
			fields: {
				inputs: { keyType: "string", type: "TensorInfo", id: 1 },
				outputs: { keyType: "string", type: "TensorInfo", id: 2 },
				methodName: { type: "string", id: 3 },
			},
		},
		MetaInfoDef: {
			fields: { tags: { rule: "repeated", type: "string", id: 4 }, tensorflowVersion: { type: "string", id: 5 } },
		},
		MetaGraphDef: {
			fields: {
				metaInfoDef: { type: "MetaInfoDef", id: 1 },
				graphDef: { type: "GraphDef", id: 2 },
				signatureDef: { keyType: "string", type: "SignatureDef", id: 5 },
			},
		},
		SavedModel: {
			fields: {
				savedModelSchemaVersion: { type: "int64", id: 1 },
				metaGraphs: { rule: "repeated", type: "MetaGraphDef", id: 2 },
			},
		},
	},
};

/** `DataType` of tensorflow/core/framework/types.proto. */
export const DATA_TYPE = { float32: 1, int32: 3, bool: 10 } as const;

export interface TensorShapeMessage {
	dim: { size: number }[];
}

export interface TensorMessage {
	dtype: number;
	tensorShape: TensorShapeMessage;
	/** Little-endian elements. */
	tensorContent: Uint8Array;
}

export type AttrMessage =
	| { list: { i: number[] } }
	| { s: Uint8Array }
	| { i: number }
	| { f: number }
	| { b: boolean }
	| { type: number }
	| { shape: TensorShapeMessage }
	| { tensor: TensorMessage };

export interface NodeMessage {
	name: string;
	op: string;
	input: string[];
	attr: Record<string, AttrMessage>;
}

export interface TensorInfoMessage {
	name: string;
	dtype: number;
	tensorShape: TensorShapeMessage;
}

const savedModel = protobuf.Root.fromJSON(descriptor).lookupType("SavedModel");

/** Bytes of `saved_model.pb` with one graph under the tag `serve` and the signature `serving_default`. */
export function encodeSavedModel(
	nodes: NodeMessage[],
	inputs: Record<string, TensorInfoMessage>,
	outputs: Record<string, TensorInfoMessage>,
): Uint8Array {
	return savedModel
		.encode({
			savedModelSchemaVersion: 1,
			metaGraphs: [
				{
					metaInfoDef: { tags: ["serve"], tensorflowVersion: "2.9.1" },
					// A producer of TensorFlow 2.9, the oldest library that tfjs-node 4.22 comes with on most platforms.
					graphDef: { node: nodes, versions: { producer: 1087, minConsumer: 12 } },
					signatureDef: { serving_default: { inputs, outputs, methodName: "tensorflow/serving/predict" } },
				},
			],
		})
		.finish();
}
