import type { Builder } from "../../program/builder";
import type { Value } from "../../program/types";
import {
	add,
	broadcastTo,
	cast,
	div,
	exp,
	log,
	max,
	minimum,
	mul,
	neg,
	relu,
	sub,
	sum,
	sumTo,
} from "../../program/vocabulary";
import { type DifferenceRule, derivative, orZero } from "./call";
import { atNearMaximum } from "./near-maximum";
import { difference, quotient } from "./quotient";

/**
 * How differences from a reference pass each primitive. Every rule is complete: multipliers times differences add up to
 * the difference of the result. So what is composed of primitives (layer normalisation, attention, recurrent cells) is
 * complete too.
 */

/** Linear in what varies: the derivative, whatever the operands. */
const linear: DifferenceRule = (b, call, g) => derivative(b, call, call.inputs, call.result, g);

/**
 * Products of two operands. Each factor gets its difference times the mean of the other on input and reference: the
 * Shapley value of the two, and exact. For one that does not vary this is the derivative.
 */
const product: DifferenceRule = (b, call, g) => {
	const middle = call.inputs.map((x, index) =>
		call.varies[index] ? mul(b, add(b, x, call.reference.inputs[index] as Value), 0.5) : x,
	);
	return derivative(b, call, middle, call.result, g);
};

/** x / y as the product of x and 1 / y, whose difference is -(y - y') / (y y'). */
const division: DifferenceRule = (b, { inputs, reference, needed, varies }, g) => {
	const [x, y] = inputs as [Value, Value];
	const [x0, y0] = reference.inputs as [Value, Value];
	const inverse = varies[1] ? mul(b, add(b, div(b, 1, y), div(b, 1, y0)), 0.5) : div(b, 1, y);
	const dividend = varies[0] ? mul(b, add(b, x, x0), 0.5) : x;
	return [
		needed[0] ? sumTo(b, mul(b, g, inverse), x.shape) : undefined,
		needed[1] ? sumTo(b, neg(b, div(b, mul(b, g, dividend), mul(b, y, y0))), y.shape) : undefined,
	];
};

/** Functions of one number: the quotient of the differences (the Rescale rule). Shrikumar et al. 2017. */
const rescale: DifferenceRule = (b, call, g) => {
	const { inputs, reference, result, threshold } = call;
	const x = inputs[0] as Value;
	const [slope] = linear(b, call, g);
	return [
		quotient(
			b,
			mul(b, g, difference(b, result, reference.result)),
			difference(b, x, reference.inputs[0] as Value),
			orZero(b, slope, x),
			threshold,
		),
	];
};

/**
 * Functions of two numbers: each operand gets what its change makes on average, before and after that of the other (the
 * Shapley value), over its own difference.
 */
const ofTwo: DifferenceRule = (b, call, g) => {
	const { instruction, reference, result, needed, varies, threshold } = call;
	const shape = result.shape;
	const wide = (values: readonly Value[]) => values.map((value) => broadcastTo(b, value, shape)) as [Value, Value];
	const [x, y] = wide(call.inputs);
	const [x0, y0] = wide(reference.inputs);
	const at = (left: Value, right: Value) => b.emit(instruction.op, [left, right], call.attributes);
	const slopes = derivative(b, { ...call, inputs: [x, y] }, [x, y], result, g);
	const whole = difference(b, result, reference.result);
	const mean = (one: Value, other: Value) => mul(b, add(b, one, other), 0.5);
	const shares =
		varies[0] && varies[1]
			? [
					() => mean(difference(b, result, at(x0, y)), difference(b, at(x, y0), reference.result)),
					() => mean(difference(b, result, at(x, y0)), difference(b, at(x0, y), reference.result)),
				]
			: [() => whole, () => whole];
	const deltas = [difference(b, x, x0), difference(b, y, y0)];
	return shares.map((share, index) => {
		const like = call.inputs[index] as Value;
		if (!needed[index]) return undefined;
		const fallback = orZero(b, slopes[index], result);
		return sumTo(b, quotient(b, mul(b, g, share()), deltas[index] as Value, fallback, threshold), like.shape);
	});
};

/** The derivative on the reference. */
const atReference: DifferenceRule = (b, call, g) =>
	derivative(b, call, call.reference.inputs, call.reference.result, g);

/**
 * The largest (or smallest) of several: where it rises, the difference goes to where it lies on the input, where it falls,
 * to where it lay on the reference; there the elements themselves differ by at least as much. Overlapping windows add.
 * Captum 0.9 `DeepLift`, which overwrites where windows overlap and loses the rule behind a ReLU.
 */
const extreme =
	(sign: 1 | -1, towardsReference: DifferenceRule = atReference): DifferenceRule =>
	(b, call, g) => {
		const { inputs, reference, result, threshold } = call;
		const x = inputs[0] as Value;
		const x0 = reference.inputs[0] as Value;
		const rise = difference(b, result, reference.result);
		const [up, down] = sign === 1 ? [relu(b, rise), minimum(b, rise, 0)] : [minimum(b, rise, 0), relu(b, rise)];
		const [onInput] = derivative(b, call, inputs, result, mul(b, g, up));
		const [onReference] = towardsReference(b, call, mul(b, g, down));
		const [slope] = linear(b, call, g);
		const contribution = add(b, orZero(b, onInput, x), orZero(b, onReference, x));
		return [quotient(b, contribution, difference(b, x, x0), orZero(b, slope, x), threshold)];
	};

/**
 * Where input and reference take the same side, that side has all of it; where they do not, each has half, and what the
 * change of sides makes belongs to neither (a gap of completeness).
 */
const choice: DifferenceRule = (b, call, g) => {
	const condition = call.inputs[0] as Value;
	const [a, c] = [call.inputs[1] as Value, call.inputs[2] as Value];
	if (!call.varies[0]) return linear(b, call, g);
	const share = mul(
		b,
		add(b, cast(b, condition, "float32"), cast(b, call.reference.inputs[0] as Value, "float32")),
		0.5,
	);
	return [
		undefined,
		call.needed[1] ? sumTo(b, mul(b, g, share), a.shape) : undefined,
		call.needed[2] ? sumTo(b, mul(b, g, sub(b, 1, share)), c.shape) : undefined,
	];
};

/** The rule of an equal computation of simpler primitives. */
const composed =
	(compute: (b: Builder, x: Value) => Value): DifferenceRule =>
	(b, call, g) => {
		const x = call.inputs[0] as Value;
		const x0 = call.reference.inputs[0] as Value;
		const reference = { inputs: [x0], outputs: [compute(b, x0)] };
		return call.multipliersOf({ inputs: [x], outputs: [compute(b, x)], reference }, [g], [true]);
	};

/** x less the largest: what is exponentiated then neither overflows nor sums to zero. */
const belowLargest = (b: Builder, x: Value): Value => sub(b, x, max(b, x, [-1], true));

const softmax = composed((b, x) => {
	const powers = exp(b, belowLargest(b, x));
	return div(b, powers, sum(b, powers, [-1], true));
});

const logSoftmax = composed((b, x) => {
	const shifted = belowLargest(b, x);
	return sub(b, shifted, log(b, sum(b, exp(b, shifted), [-1], true)));
});

/** Nodes and weights of Gauss-Legendre quadrature on [0, 1]: exact for polynomials up to degree 15. */
const QUADRATURE: readonly (readonly [node: number, weight: number])[] = [
	[0.01985507175123188, 0.05061426814518813],
	[0.10166676129318664, 0.11119051722668724],
	[0.2372337950418355, 0.15685332293894363],
	[0.4082826787521751, 0.181341891689181],
	[0.5917173212478249, 0.181341891689181],
	[0.7627662049581645, 0.15685332293894363],
	[0.8983332387068134, 0.11119051722668724],
	[0.9801449282487681, 0.05061426814518813],
];

/** The derivative, averaged on the way from the reference to the input: exact for products of up to 16 factors. */
const averaged: DifferenceRule = (b, call, g) => {
	const x = call.inputs[0] as Value;
	const x0 = call.reference.inputs[0] as Value;
	let total: Value | undefined;
	for (const [node, weight] of QUADRATURE) {
		const between = [add(b, x0, mul(b, difference(b, x, x0), node)), ...call.inputs.slice(1)];
		const [slope] = derivative(b, call, between, b.emit(call.instruction.op, between, call.attributes), g);
		const part = mul(b, orZero(b, slope, x), weight);
		total = total ? add(b, total, part) : part;
	}
	return [total];
};

const entries = (rule: DifferenceRule, ...names: readonly string[]): [string, DifferenceRule][] =>
	names.map((name) => [name, rule]);

/** Rules by primitive; a primitive that is not here carries no multiplier (comparisons, indices, sources). */
export const DIFFERENCE_RULES: ReadonlyMap<string, DifferenceRule> = new Map([
	...entries(linear, "add", "sub", "neg", "cast", "reduceSum", "reduceMean", "cumsum"),
	...entries(linear, "reshape", "transpose", "concat", "broadcastTo", "tile", "reverse"),
	...entries(linear, "slice", "stridedSlice", "pad", "mirrorPad", "gather", "scatterAdd"),
	...entries(linear, "avgPool2d", "avgPool2dGrad", "avgPool3d", "avgPool3dGrad"),
	...entries(product, "mul", "matmul", "conv2d", "conv2dInputGrad", "conv2dFilterGrad"),
	...entries(product, "depthwiseConv2d", "depthwiseConv2dInputGrad", "conv3d", "conv3dInputGrad"),
	...entries(division, "div"),
	...entries(rescale, "abs", "sign", "exp", "log", "log1p", "expm1", "sqrt", "rsqrt", "square", "reciprocal"),
	...entries(rescale, "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "asinh", "acosh", "atanh"),
	...entries(rescale, "tanh", "sigmoid", "softplus", "erf", "relu", "selu", "elu", "leakyRelu"),
	...entries(rescale, "floor", "ceil", "round"),
	...entries(ofTwo, "pow", "maximum", "minimum", "atan2", "mod", "floorDiv"),
	...entries(extreme(1, atNearMaximum), "maxPool2d", "maxPool3d"),
	...entries(extreme(1), "reduceMax", "scatterMax"),
	...entries(extreme(-1), "reduceMin", "scatterMin"),
	...entries(choice, "select"),
	...entries(softmax, "softmax"),
	...entries(logSoftmax, "logSoftmax"),
	...entries(averaged, "reduceProd", "scatterProd"),
]);
