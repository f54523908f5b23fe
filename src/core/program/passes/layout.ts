import { sizeOf } from "../../../shared/tensor";
import { integer, integers, pairs } from "../attributes";
import { Builder } from "../builder";
import { bindShape } from "../dims";
import { inversePermutation } from "../primitives/shape";
import type { Attributes, Instruction, Program, Value } from "../types";
import { normalAxis, reshape, transpose } from "../vocabulary";
import { fixedValues } from "./hoist";
import { copyInstruction } from "./rewrite";
import { simplify } from "./simplify";

/**
 * A value that is computed in another order of axes than the program writes it:
 * the program's value is transpose(value, permutation).
 */
interface Turned {
	readonly value: Value;
	readonly permutation: readonly number[];
	/** Weights and constants decide it: turning it costs nothing in a run. */
	readonly isFixed: boolean;
}

/** Computes an instruction on turned operands; `undefined` when the op needs the order of axes as written. */
type Turning = (b: Builder, instruction: Instruction, inputs: readonly Turned[]) => Omit<Turned, "isFixed"> | undefined;

/**
 * The same program with transposes moved through everything that does not care about the order of axes, until they
 * meet their inverse or an op that does care. A model that is written channels first, with transposes around each
 * spatial op, comes out with transposes at its edges only. Results are equal bit for bit where sums keep their order.
 */
export function optimizeLayout(program: Program): Program {
	const b = new Builder();
	const fixed = fixedValues(program);
	const values: Turned[] = [];
	for (const instruction of program.instructions) {
		const inputs = instruction.inputs.map((input) => values[input] as Turned);
		const isFixed = fixed.has(instruction.id);
		const turned =
			TURNINGS[instruction.op]?.(b, instruction, inputs) ??
			asWritten(
				copyInstruction(
					b,
					instruction,
					inputs.map((input) => straight(b, input)),
				),
			);
		values.push({ ...turned, isFixed });
	}
	for (const [name, id] of program.outputs) b.output(name, straight(b, values[id] as Turned));
	return simplify(b.build());
}

function asWritten(value: Value): Omit<Turned, "isFixed"> {
	return { value, permutation: [...value.shape.keys()] };
}

/** The value in the order of axes that the program wrote. */
function straight(b: Builder, { value, permutation }: Omit<Turned, "isFixed">): Value {
	return isIdentity(permutation) ? value : transpose(b, value, permutation);
}

function isIdentity(permutation: readonly number[]): boolean {
	return permutation.every((axis, index) => axis === index);
}

/** transpose(transpose(x, first), second) = transpose(x, compose(first, second)). */
function compose(first: readonly number[], second: readonly number[]): number[] {
	return second.map((axis) => first[axis] as number);
}

/** Attributes given axis by axis, in the order of the turned value. */
function turnList<T>(list: readonly T[], permutation: readonly number[]): T[] {
	const turned = new Array<T>(list.length);
	for (const [axis, item] of list.entries()) turned[permutation[axis] as number] = item;
	return turned;
}

const turnTranspose: Turning = (_b, { attributes }, [x]) => ({
	value: x!.value,
	permutation: compose(x!.permutation, integers(attributes, "permutation")),
});

/** More axes in front, of one element each, which broadcasting implies. */
function extended(b: Builder, x: Turned, rank: number): Turned {
	const extra = rank - x.permutation.length;
	if (extra === 0) return x;
	const value = reshape(b, x.value, [...new Array<number>(extra).fill(1), ...x.value.shape]);
	return { ...x, value, permutation: [...Array(extra).keys(), ...x.permutation.map((axis) => axis + extra)] };
}

/** The operand in the order of axes of another one. */
function inOrder(b: Builder, x: Turned, permutation: readonly number[]): Value {
	if (x.value.shape.length === 0) return x.value;
	const whole = extended(b, x, permutation.length);
	const move = compose(whole.permutation, inversePermutation(permutation));
	return isIdentity(move) ? whole.value : transpose(b, whole.value, move);
}

/** Elements that have to be moved in each run to bring an operand into an order of axes. */
function movingCost(x: Turned, permutation: readonly number[]): number {
	if (x.isFixed) return 0;
	const extra = permutation.length - x.permutation.length;
	const own = [...Array(extra).keys(), ...x.permutation.map((axis) => axis + extra)];
	const shape = [...new Array<number>(extra).fill(1), ...x.value.shape];
	const order = compose(own, inversePermutation(permutation)).filter((axis) => shape[axis] !== 1);
	const staysPut = order.every((axis, index) => index === 0 || axis > (order[index - 1] as number));
	return staysPut ? 0 : sizeOf(bindShape(x.value.shape, 1));
}

/** The order of axes in which the least has to be moved; where that is a tie a turned one, whose inverse may follow. */
function cheapestOrder(inputs: readonly Turned[], rank: number): readonly number[] {
	const orders = inputs
		.filter((input) => input.permutation.length === rank && !input.isFixed)
		.map(({ permutation }) => permutation);
	orders.sort((p, q) => Number(isIdentity(p)) - Number(isIdentity(q)));
	let best: readonly number[] = [...Array(rank).keys()];
	let least = Number.POSITIVE_INFINITY;
	for (const order of [...orders, best]) {
		const cost = inputs.reduce((sum, input) => sum + movingCost(input, order), 0);
		if (cost < least) {
			least = cost;
			best = order;
		}
	}
	return best;
}

const turnElementwise: Turning = (b, { op, attributes, type }, inputs) => {
	if (inputs.every(({ permutation }) => isIdentity(permutation))) return undefined;
	const order = cheapestOrder(inputs, type.shape.length);
	return {
		value: b.emit(
			op,
			inputs.map((input) => inOrder(b, input, order)),
			attributes,
		),
		permutation: order,
	};
};

/** One operand whose attributes name a single axis that remains in the result. */
const turnAxis: Turning = (b, { op, attributes }, inputs) => {
	const order = cheapestOrder(inputs, (inputs[0] as Turned).permutation.length);
	if (isIdentity(order)) return undefined;
	const axis = order[integer(attributes, "axis")];
	return {
		value: b.emit(
			op,
			inputs.map((input) => inOrder(b, input, order)),
			{ ...attributes, axis },
		),
		permutation: order,
	};
};

/** Attributes that list something for each axis. */
function turnLists(list: (attributes: Attributes, permutation: readonly number[]) => Attributes): Turning {
	return (b, { op, attributes }, [x]) => {
		if (isIdentity(x!.permutation)) return undefined;
		return {
			value: b.emit(op, [x!.value], { ...attributes, ...list(attributes, x!.permutation) }),
			permutation: x!.permutation,
		};
	};
}

const turnPaddings = turnLists((attributes, permutation) => ({
	paddings: turnList(pairs(attributes, "paddings"), permutation),
}));

const turnBroadcast: Turning = (b, { attributes, type }, [x]) => {
	if (isIdentity(x!.permutation)) return undefined;
	const { value, permutation } = extended(b, x!, type.shape.length);
	return {
		value: b.emit("broadcastTo", [value], { shape: turnList(integers(attributes, "shape"), permutation) }),
		permutation,
	};
};

/** Order of the axes that remain when some are taken out of a turned value. */
function withoutAxes(permutation: readonly number[], axes: readonly number[]): number[] {
	const kept = permutation.filter((_, axis) => !axes.includes(axis));
	const ascending = [...kept].sort((p, q) => p - q);
	return kept.map((axis) => ascending.indexOf(axis));
}

const turnReduction: Turning = (b, { op, attributes }, [x]) => {
	const { value, permutation } = x!;
	if (isIdentity(permutation)) return undefined;
	const axes = integers(attributes, "axes");
	const reduced = b.emit(op, [value], {
		...attributes,
		axes: axes.map((axis) => permutation[axis] as number).sort((p, q) => p - q),
	});
	return { value: reduced, permutation: attributes.keepDims ? permutation : withoutAxes(permutation, axes) };
};

const turnArgument: Turning = (b, { op, attributes }, [x]) => {
	const { value, permutation } = x!;
	if (isIdentity(permutation)) return undefined;
	const axis = integer(attributes, "axis");
	return { value: b.emit(op, [value], { axis: permutation[axis] }), permutation: withoutAxes(permutation, [axis]) };
};

/** Softmax runs over the last axis: it may pass when that is the last one of the turned value too. */
const turnLastAxis: Turning = (b, { op, attributes }, [x]) => {
	const { value, permutation } = x!;
	const last = normalAxis(-1, permutation.length);
	if (isIdentity(permutation) || permutation[last] !== last) return undefined;
	return { value: b.emit(op, [value], attributes), permutation };
};

const ELEMENTWISE =
	"neg abs sign exp log log1p expm1 sqrt rsqrt square reciprocal sin cos tan asin acos atan sinh cosh asinh acosh atanh tanh sigmoid softplus erf relu elu selu leakyRelu floor ceil round isNaN isInfinite logicalNot cast add sub mul div pow maximum minimum floorDiv mod atan2 greater greaterEqual less lessEqual equal notEqual logicalAnd logicalOr select reluGrad".split(
		" ",
	);

const TURNINGS: Readonly<Record<string, Turning>> = {
	...Object.fromEntries(ELEMENTWISE.map((op) => [op, turnElementwise])),
	transpose: turnTranspose,
	concat: turnAxis,
	stridedSlice: turnAxis,
	cumsum: turnAxis,
	slice: turnLists((attributes, permutation) => ({
		begin: turnList(integers(attributes, "begin"), permutation),
		size: turnList(integers(attributes, "size"), permutation),
	})),
	tile: turnLists((attributes, permutation) => ({
		multiples: turnList(integers(attributes, "multiples"), permutation),
	})),
	reverse: turnLists((attributes, permutation) => ({
		axes: integers(attributes, "axes").map((axis) => permutation[axis] as number),
	})),
	pad: turnPaddings,
	mirrorPad: turnPaddings,
	broadcastTo: turnBroadcast,
	reduceSum: turnReduction,
	reduceMean: turnReduction,
	reduceMax: turnReduction,
	reduceMin: turnReduction,
	reduceProd: turnReduction,
	argMax: turnArgument,
	argMin: turnArgument,
	softmax: turnLastAxis,
	logSoftmax: turnLastAxis,
};
