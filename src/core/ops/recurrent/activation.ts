import { InvalidRequestError } from "../../../shared/errors";
import type { Attr } from "../../graph/types";
import type { Builder } from "../../program/builder";
import type { Value } from "../../program/types";
import { ACTIVATIONS } from "../elementwise/activation";
import { SOFTMAX } from "../elementwise/softmax";
import type { Attrs } from "../op";

const FUNCTIONS = new Map([...ACTIVATIONS, ...SOFTMAX].map((definition) => [definition.op, definition]));

type Activation = (x: Value) => Value;

/**
 * The activation of a gate. The attribute is a list of ops, applied in turn: `[{ op: "Tanh", attrs: {} }]`; none is linear.
 * @throws InvalidRequestError when an entry names no activation
 */
export function activationAttr(b: Builder, attrs: Attrs, name: string): Activation {
	const found = attrs[name];
	if (!Array.isArray(found)) throw new InvalidRequestError(`attribute ${name} is not a list of activations`);
	const functions = found.map((entry) => activation(b, entry, name));
	return (x) => functions.reduce((value, apply) => apply(value), x);
}

function activation(b: Builder, entry: Attr, name: string): Activation {
	const { op, attrs } = (entry ?? {}) as { op?: Attr; attrs?: Attrs };
	const definition = typeof op === "string" ? FUNCTIONS.get(op) : undefined;
	if (!definition) throw new InvalidRequestError(`${name} has ${JSON.stringify(op)}, which is no activation`);
	return (x) => definition.forward(b, [x], {}, attrs ?? {})[0] as Value;
}
