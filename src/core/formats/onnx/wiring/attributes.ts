import { UnreadableFileError, UnsupportedError } from "../../../../shared/errors";
import { innerGraph, type OnnxGraph } from "../proto/read-model";
import type { AttributeMessage, NodeMessage } from "../proto/schema";
import { tensorFromMessage } from "../tensors/read-tensor";
import { sparseTensor } from "../tensors/sparse";
import type { TensorSource } from "../tensors/tensor-source";

/** The attributes of a node, each read as the type that the operator asks for. */
export class Attributes {
	private readonly byName: ReadonlyMap<string, AttributeMessage>;

	constructor(
		node: NodeMessage,
		private readonly where: string,
	) {
		this.byName = new Map((node.attribute ?? []).map((attribute) => [attribute.name ?? "", attribute]));
	}

	has(name: string): boolean {
		return this.byName.has(name);
	}

	names(): string[] {
		return [...this.byName.keys()];
	}

	int(name: string, fallback?: number): number {
		return this.required(
			name,
			this.optional(name, 2, ({ i = 0 }) => i),
			fallback,
		);
	}

	float(name: string, fallback?: number): number {
		return this.required(
			name,
			this.optional(name, 1, ({ f = 0 }) => f),
			fallback,
		);
	}

	text(name: string, fallback?: string): string {
		return this.required(
			name,
			this.optional(name, 3, ({ s }) => utf8(s)),
			fallback,
		);
	}

	ints(name: string): number[] | undefined {
		return this.optional(name, 7, ({ ints = [] }) => [...ints]);
	}

	floats(name: string): number[] | undefined {
		return this.optional(name, 6, ({ floats = [] }) => [...floats]);
	}

	texts(name: string): string[] | undefined {
		return this.optional(name, 8, ({ strings = [] }) => strings.map(utf8));
	}

	tensor(name: string): TensorSource | undefined {
		const attribute = this.byName.get(name);
		const where = `${this.where}, attribute ${name}`;
		if (attribute?.sparseTensor) return sparseTensor(attribute.sparseTensor, where);
		return attribute?.t && tensorFromMessage(attribute.t, where, where);
	}

	graph(name: string): OnnxGraph {
		const attribute = this.byName.get(name);
		if (!attribute?.g) throw new UnreadableFileError(`The attribute ${name}, a graph, is missing.`, this.where);
		return innerGraph(attribute.g, this.where);
	}

	/** What a layer's configuration shows. */
	shown(name: string): number | string | number[] | undefined {
		const attribute = this.byName.get(name);
		switch (attribute?.type) {
			case 1:
				return attribute.f ?? 0;
			case 2:
				return attribute.i ?? 0;
			case 3:
				return utf8(attribute.s);
			case 6:
				return [...(attribute.floats ?? [])];
			case 7:
				return [...(attribute.ints ?? [])];
			default:
				return undefined;
		}
	}

	private optional<T>(name: string, type: number, read: (attribute: AttributeMessage) => T): T | undefined {
		const attribute = this.byName.get(name);
		if (!attribute) return undefined;
		// Files before version 2 of the format leave the type out.
		if (attribute.type !== undefined && attribute.type !== 0 && attribute.type !== type)
			throw new UnreadableFileError(`The attribute ${name} is of another type than the operator takes.`, this.where);
		if (attribute.refAttrName)
			throw new UnsupportedError(`The attribute ${name} refers to one of a function, outside of any.`, this.where);
		return read(attribute);
	}

	private required<T>(name: string, found: T | undefined, fallback: T | undefined): T {
		const value = found ?? fallback;
		if (value === undefined) throw new UnreadableFileError(`The attribute ${name} is missing.`, this.where);
		return value;
	}
}

const utf8 = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString("utf8");
