import { LaminaError } from "../../../shared/errors";
import type { DType, TensorData } from "../../../shared/tensor";
import { isBatchDim } from "../../program/dims";
import type { Dim, ValueType } from "../../program/types";
import { type AttrMessage, DATA_TYPE, type NodeMessage, type TensorShapeMessage } from "./saved-model-proto";

/** A tensor in the graph: `node` or `node:output`, with its type. */
export interface Ref extends ValueType {
	readonly name: string;
}

export type AttrInput = AttrMessage;

export const attr = {
	int: (i: number): AttrMessage => ({ i }),
	float: (f: number): AttrMessage => ({ f }),
	bool: (b: boolean): AttrMessage => ({ b }),
	text: (s: string): AttrMessage => ({ s: Buffer.from(s, "utf8") }),
	ints: (i: readonly number[]): AttrMessage => ({ list: { i: [...i] } }),
	type: (dtype: DType): AttrMessage => ({ type: DATA_TYPE[dtype] }),
	shape: (shape: readonly Dim[]): AttrMessage => ({ shape: shapeMessage(shape) }),
} as const;

/** Extents that depend on the batch are unknown (-1) to TensorFlow. */
export function shapeMessage(shape: readonly Dim[]): TensorShapeMessage {
	return { dim: shape.map((extent) => ({ size: isBatchDim(extent) ? -1 : extent })) };
}

/** Collects the nodes of one TensorFlow graph. Equal small constants are written once. */
export class GraphWriter {
	readonly nodes: NodeMessage[] = [];
	private readonly constants = new Map<string, Ref>();
	private readonly scalars = new Map<string, number>();
	private readonly sharedNodes = new Map<string, Ref>();
	private readonly made = new Map<string, { op: string; inputs: readonly Ref[] }>();
	private batchSize: Ref | undefined;
	private batchSource: { ref: Ref; axis: number } | undefined;

	/** Appends a node; `type` is the type of its first output. */
	node(
		op: string,
		inputs: readonly Ref[],
		attrs: Record<string, AttrMessage>,
		type: ValueType,
		name = `${op}_${this.nodes.length}`,
	): Ref {
		this.nodes.push({ name, op, input: inputs.map((input) => input.name), attr: attrs });
		this.made.set(name, { op, inputs });
		return { name, dtype: type.dtype, shape: type.shape };
	}

	/** As {@link node}, but the same op over the same inputs is written once; its attributes must follow from those. */
	shared(op: string, inputs: readonly Ref[], attrs: Record<string, AttrMessage>, type: ValueType): Ref {
		const known = this.findShared(op, inputs);
		if (known) return known;
		const ref = this.node(op, inputs, attrs, type);
		this.sharedNodes.set(sharedKey(op, inputs), ref);
		return ref;
	}

	findShared(op: string, inputs: readonly Ref[]): Ref | undefined {
		return this.sharedNodes.get(sharedKey(op, inputs));
	}

	/** The inputs of the node that made a value, when it is such an op. */
	inputsOf(ref: Ref, op: string): readonly Ref[] | undefined {
		const made = this.made.get(ref.name);
		return made?.op === op ? made.inputs : undefined;
	}

	/** The value of a float32 scalar constant. */
	scalarValue(ref: Ref): number | undefined {
		return this.scalars.get(ref.name);
	}

	/**
	 * A value that is fed at each run. TensorFlow's optimiser does not trust the shapes of placeholders, so they are
	 * said again: without them it fuses less.
	 * @returns what is fed, and the value to compute with
	 */
	fed(name: string, type: ValueType): { readonly port: Ref; readonly value: Ref } {
		const shape = attr.shape(type.shape);
		const port = this.node("Placeholder", [], { dtype: attr.type(type.dtype), shape }, type, name);
		const value = this.node("EnsureShape", [port], { T: attr.type(type.dtype), shape }, type);
		const axis = type.shape.findIndex(isBatchDim);
		if (axis >= 0 && !this.batchSource) this.batchSource = { ref: value, axis };
		return { port, value };
	}

	constant(data: TensorData, shape: readonly number[], dtype: DType): Ref {
		const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
		const key = bytes.length <= 256 ? `${dtype}[${shape.join()}]${Buffer.from(bytes).toString("latin1")}` : undefined;
		const known = key === undefined ? undefined : this.constants.get(key);
		if (known) return known;
		const tensor = { dtype: DATA_TYPE[dtype], tensorShape: shapeMessage(shape), tensorContent: bytes };
		const ref = this.node("Const", [], { dtype: attr.type(dtype), value: { tensor } }, { dtype, shape });
		if (key !== undefined) this.constants.set(key, ref);
		if (shape.length === 0 && dtype === "float32") this.scalars.set(ref.name, data[0] as number);
		return ref;
	}

	scalar(value: number, dtype: DType = "float32"): Ref {
		return this.constant(
			dtype === "float32" ? Float32Array.of(value) : dtype === "int32" ? Int32Array.of(value) : Uint8Array.of(value),
			[],
			dtype,
		);
	}

	ints(values: readonly number[]): Ref {
		return this.constant(Int32Array.from(values), [values.length], "int32");
	}

	/** int32 rank-2 constant, one row an entry. */
	pairs(values: readonly (readonly number[])[]): Ref {
		return this.constant(Int32Array.from(values.flat()), [values.length, 2], "int32");
	}

	/** int32 scalar: the batch size N of this run, read off an input. */
	batch(): Ref {
		if (this.batchSize) return this.batchSize;
		if (!this.batchSource) {
			throw new LaminaError({
				code: "failed",
				message: "a value of the program depends on the batch size, but none of its inputs does",
			});
		}
		const { ref, axis } = this.batchSource;
		const type: ValueType = { dtype: "int32", shape: [ref.shape.length] };
		const shape = this.node("Shape", [ref], { T: attr.type(ref.dtype), out_type: attr.type("int32") }, type);
		const masks = {
			begin_mask: attr.int(0),
			end_mask: attr.int(0),
			ellipsis_mask: attr.int(0),
			new_axis_mask: attr.int(0),
			shrink_axis_mask: attr.int(1),
		};
		let size = this.node(
			"StridedSlice",
			[shape, this.ints([axis]), this.ints([axis + 1]), this.ints([1])],
			{ T: attr.type("int32"), Index: attr.type("int32"), ...masks },
			{ dtype: "int32", shape: [] },
		);
		const multiple = -(ref.shape[axis] as number);
		if (multiple > 1)
			size = this.node("FloorDiv", [size, this.scalar(multiple, "int32")], { T: attr.type("int32") }, size);
		this.batchSize = size;
		return size;
	}

	/** int32 vector of a shape, whatever depends on the batch computed from it. */
	shapeVector(shape: readonly Dim[]): Ref {
		if (!shape.some(isBatchDim)) return this.ints(shape);
		const extents = shape.map((extent) => {
			if (!isBatchDim(extent)) return this.scalar(extent, "int32");
			const n = this.batch();
			return extent === -1 ? n : this.node("Mul", [n, this.scalar(-extent, "int32")], { T: attr.type("int32") }, n);
		});
		const type: ValueType = { dtype: "int32", shape: [shape.length] };
		return this.node("Pack", extents, { N: attr.int(extents.length), T: attr.type("int32"), axis: attr.int(0) }, type);
	}

	/** As {@link shapeVector}, but for Reshape, which may infer one extent: that spares the run-time arithmetic. */
	reshapeVector(shape: readonly Dim[]): Ref {
		const free = shape.filter(isBatchDim).length;
		if (free === 1 && !shape.includes(0)) return this.ints(shape.map((extent) => (isBatchDim(extent) ? -1 : extent)));
		return this.shapeVector(shape);
	}
}

function sharedKey(op: string, inputs: readonly Ref[]): string {
	return `${op}(${inputs.map((input) => input.name).join()})`;
}
