import type { Builder } from "../../program/builder";
import { firstMaxima, poolAttributes } from "../../program/primitives/pooling";
import type { Attributes, Value } from "../../program/types";
import { vjp } from "../../program/vjp";
import { add, binary, cast, full, minimum, mul, relu, select } from "../../program/vocabulary";
import { gradient } from "../gradient";
import type { Composite, Rule } from "../rule";
import { type DifferenceRule, derivative, orZero } from "./call";
import { multipliers } from "./multipliers";
import { nearly } from "./near-maximum";
import { DIFFERENCE_RULES } from "./primitive-rules";
import { difference, quotient } from "./quotient";
import { referenceOf } from "./rescale";

/**
 * Max pooling of Captum 0.9 `DeepLift` as it is, so that its numbers can be had. It is complete only where neither of its
 * two faults shows: directly behind an activation the rule is lost and the gradient applies (both hook the same tensor,
 * and the activation reads the gradient before the pool has replaced it); and where windows overlap, the last one
 * overwrites what others sent to the same element.
 */
export function withCaptumPooling(composite: Composite, threshold: number): Composite {
	return {
		...composite,
		id: `${composite.id},max-pooling=captum`,
		rule: (node, op, context) =>
			op.family === "max-pooling" ? poolingRule(threshold) : composite.rule(node, op, context),
	};
}

/** Modules with a hook of their own. */
const HOOKED = new Set(["Relu", "Elu", "LeakyRelu", "Sigmoid", "Tanh", "Softplus"]);

const poolingRule = (threshold: number): Rule => ({
	id: `captum-pooling(${threshold})`,
	backward: (step) => {
		const source = step.sourceOf(step.node.inputs[0] as string);
		if (source && HOOKED.has(source.op.op)) return gradient.backward(step);
		const { b, inputs, outputs, relevance, wanted } = step;
		return multipliers(b, { inputs, outputs, reference: referenceOf(step) }, relevance, wanted, threshold, RULES);
	},
});

const overwriting: DifferenceRule = (b, call, g) => {
	const { inputs, reference, result, attributes, threshold } = call;
	const [x, x0] = [inputs[0] as Value, reference.inputs[0] as Value];
	const rise = difference(b, result, reference.result);
	const onInput = unpooled(b, x, result, mul(b, g, relu(b, rise)), attributes);
	const onReference = unpooled(b, x0, nearly(b, reference.result), mul(b, g, minimum(b, rise, 0)), attributes);
	const [slope] = derivative(b, call, inputs, result, g);
	return [quotient(b, add(b, onInput, onReference), difference(b, x, x0), orZero(b, slope, x), threshold)];
};

/** `value` of each window at its first element from `least` on; of several windows the last in row-major order counts. */
function unpooled(b: Builder, x: Value, least: Value, value: Value, attributes: Attributes): Value {
	let placed = full(b, x.shape, 0);
	// The later the window, the earlier in it an element lies.
	for (const { isFirst, cellOf } of firstMaxima(
		b,
		x,
		least,
		poolAttributes(attributes, x.shape.length - 2),
	).reverse()) {
		const place = (inWindows: Value) => orZero(b, vjp(b, [[cellOf(x), inWindows]], [x])[0], x);
		const taken = place(cast(b, isFirst, "float32"));
		placed = select(b, binary(b, "greater", taken, 0), place(select(b, isFirst, value, 0)), placed);
	}
	return placed;
}

const RULES = new Map([...DIFFERENCE_RULES, ["maxPool2d", overwriting], ["maxPool3d", overwriting]] as const);
