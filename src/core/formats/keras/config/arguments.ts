import { UnreadableFileError } from "../../../../shared/errors";
import type { Attr } from "../../../graph/types";
import { isArray, isObject, member, textMember } from "../../json";
import { type CallArgument, EllipsisArgument, SliceArgument, TensorArgument } from "../translator";

/** An output of a call of a layer, as configurations write it: `["dense", 0, 0]`. */
export class TensorReference {
	constructor(
		readonly layer: string,
		readonly node: number,
		readonly tensor: number,
	) {}

	/** `undefined` when it is something else. */
	static from(value: Attr): TensorReference | undefined {
		if (!isArray(value) || (value.length !== 3 && value.length !== 4)) return undefined;
		const [layer, node, tensor] = value;
		if (typeof layer !== "string" || !isIndex(node) || !isIndex(tensor)) return undefined;
		if (value.length === 4 && !isObject(value[3])) return undefined;
		return new TensorReference(layer, node, tensor);
	}
}

function isIndex(value: Attr): value is number {
	return typeof value === "number" && Number.isInteger(value) && value >= 0;
}

/** Arguments as stored: like {@link CallArgument}, with references where values will be. */
export type SerializedArgument =
	| TensorReference
	| SliceArgument
	| EllipsisArgument
	| number
	| boolean
	| string
	| null
	| undefined
	| readonly SerializedArgument[]
	| { readonly [name: string]: SerializedArgument };

export interface SerializedCall {
	readonly args: readonly SerializedArgument[];
	readonly kwargs: Readonly<Record<string, SerializedArgument>>;
}

/**
 * `inbound_nodes` of a layer: Keras 3 writes `{ args, kwargs }` for each call, Keras 1 and 2 write references to the
 * first argument, each with the other arguments beside it.
 * @throws UnreadableFileError when it is neither
 */
export function argumentsOf(inboundNodes: Attr, where: string): SerializedCall[] {
	if (inboundNodes === undefined || inboundNodes === null) return [];
	if (!isArray(inboundNodes)) throw new UnreadableFileError("inbound_nodes is not a list.", where);
	const calls: SerializedCall[] = [];
	for (const [index, node] of inboundNodes.entries()) {
		const call =
			isObject(node) && "args" in node ? modernCall(node, `${where}/inbound_nodes/${index}`) : legacyCall(node);
		if (!call)
			throw new UnreadableFileError(
				"An inbound node of the layer is not a list of references to layers.",
				`${where}/inbound_nodes/${index}`,
			);
		calls.push(call);
	}
	return calls;
}

function modernCall(node: Attr, where: string): SerializedCall {
	const args = member(node, "args");
	const kwargs = member(node, "kwargs");
	if (!isArray(args)) throw new UnreadableFileError("The arguments of a call are not a list.", where);
	return { args: args.map(modernArgument), kwargs: isObject(kwargs) ? mapObject(kwargs, modernArgument) : {} };
}

/** Special objects of Keras 3's serialisation (keras/src/saving/serialization_lib.py, 3.15). */
function modernArgument(value: Attr): SerializedArgument {
	if (isArray(value)) return value.map(modernArgument);
	if (!isObject(value)) return value as SerializedArgument;
	const config = member(value, "config");
	switch (textMember(value, "class_name")) {
		case "__keras_tensor__": {
			const reference = TensorReference.from(member(config, "keras_history"));
			if (reference) return reference;
			break;
		}
		case "__slice__":
			return new SliceArgument(...sliceParts(config, modernArgument));
		case "__ellipsis__":
			return new EllipsisArgument();
		case "__tensor__":
		case "__numpy__":
			return modernArgument(member(config, "value"));
		case "__tuple__":
			return modernArgument(member(config, "value") ?? member(value, "items"));
	}
	return mapObject(value, modernArgument);
}

function sliceParts(
	config: Attr,
	convert: (value: Attr) => SerializedArgument,
): [CallArgument, CallArgument, CallArgument] {
	const part = (name: string) => (convert(member(config, name)) ?? null) as CallArgument;
	return [part("start"), part("stop"), part("step")];
}

/** A reference, or any structure of references; the other arguments stand beside the first of them. */
function legacyCall(node: Attr): SerializedCall | undefined {
	const kwargs: Record<string, SerializedArgument> = {};
	let sound = true;
	const first = (value: Attr): SerializedArgument => {
		if (isArray(value) && (value.length === 3 || value.length === 4) && typeof value[0] === "string") {
			const beside = value[3];
			if (isObject(beside)) Object.assign(kwargs, mapObject(beside, legacyArgument));
			// `["_CONSTANT_VALUE", -1, value, kwargs]` is a constant first argument.
			if (value[0] === "_CONSTANT_VALUE" && value[1] === -1) return legacyArgument(value[2]);
			const reference = TensorReference.from(value.slice(0, 3));
			if (!reference) sound = false;
			return reference;
		}
		if (isArray(value)) return value.map(first);
		if (isObject(value)) return mapObject(value, first);
		sound = false;
		return undefined;
	};
	const argument = first(node);
	if (!sound || (isArray(node) && node.length === 0)) return undefined;
	// A list of one reference is one tensor.
	return {
		args: [Array.isArray(argument) && argument.length === 1 ? (argument[0] as SerializedArgument) : argument],
		kwargs,
	};
}

function legacyArgument(value: Attr): SerializedArgument {
	const reference = TensorReference.from(value);
	if (reference) return reference;
	if (isArray(value)) return value.map(legacyArgument);
	if (!isObject(value)) return value as SerializedArgument;
	const keys = Object.keys(value);
	if (keys.length === 3 && keys.every((key) => key === "start" || key === "stop" || key === "step")) {
		return new SliceArgument(...sliceParts(value, legacyArgument));
	}
	if (textMember(value, "class_name") === "__ellipsis__" || textMember(value, "class_name") === "Ellipsis")
		return new EllipsisArgument();
	return mapObject(value, legacyArgument);
}

function mapObject(
	value: { readonly [name: string]: Attr },
	convert: (value: Attr) => SerializedArgument,
): Record<string, SerializedArgument> {
	return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, convert(inner)]));
}

/** Replaces every reference by the value that it means. */
export function resolveArgument(
	argument: SerializedArgument,
	resolve: (reference: TensorReference) => string,
): CallArgument {
	if (argument instanceof TensorReference) return new TensorArgument(resolve(argument));
	if (argument instanceof EllipsisArgument || typeof argument !== "object" || argument === null)
		return argument as CallArgument;
	const inner = (value: SerializedArgument) => resolveArgument(value, resolve);
	if (argument instanceof SliceArgument) {
		return new SliceArgument(
			inner(argument.start as SerializedArgument),
			inner(argument.stop as SerializedArgument),
			inner(argument.step as SerializedArgument),
		);
	}
	if (Array.isArray(argument)) return (argument as readonly SerializedArgument[]).map(inner);
	return Object.fromEntries(
		Object.entries(argument).map(([name, value]) => [name, inner(value as SerializedArgument)]),
	);
}

/** All references in a call, in order. */
export function referencesOf(call: SerializedCall): TensorReference[] {
	const found: TensorReference[] = [];
	for (const argument of [...call.args, ...Object.values(call.kwargs)]) {
		resolveArgument(argument, (reference) => {
			found.push(reference);
			return "";
		});
	}
	return found;
}
