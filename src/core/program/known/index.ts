import { InvalidRequestError } from "../../../shared/errors";
import { sizeOf } from "../../../shared/tensor";
import { tensorData } from "../attributes";
import type { Builder } from "../builder";
import type { Dim, Instruction, Value } from "../types";
import { BINARY, elementwise, UNARY } from "./arithmetic";
import { MOVES } from "./moves";
import { isReduction, reduced } from "./reductions";
import { type KnownTensor, known } from "./tensor";

export type { KnownTensor } from "./tensor";

/** Larger tables are no arithmetic on shapes: they are left to the engines. */
const MOST_ELEMENTS = 2 ** 18;

const remembered = new WeakMap<Builder, Map<number, KnownTensor | undefined>>();

/**
 * The numbers of a value, when nothing but constants and shapes decides them. What is asked for is computed here;
 * instructions that nothing else reads are left out when the program is built.
 */
export function knownTensor(b: Builder, value: Value): KnownTensor | undefined {
	const known = remembered.get(b) ?? new Map<number, KnownTensor | undefined>();
	remembered.set(b, known);
	// Without recursion: chains of shape arithmetic in unrolled loops are long.
	const stack = [value.id];
	for (let id = stack.at(-1); id !== undefined; id = stack.at(-1)) {
		const instruction = b.instruction(id);
		const waiting = known.has(id) ? [] : operandsOf(instruction).filter((input) => !known.has(input));
		if (waiting.length > 0) stack.push(...waiting);
		else {
			stack.pop();
			if (!known.has(id)) known.set(id, compute(b, instruction, known));
		}
	}
	return known.get(value.id);
}

/** The shape of a value is known whatever its elements are. */
function operandsOf({ op, type, inputs }: Instruction): readonly number[] {
	return op === "shapeOf" || op === "input" || isTooLarge(type.shape) ? [] : inputs;
}

const isTooLarge = (shape: readonly Dim[]) => shape.some((dim) => dim < 0) || sizeOf(shape) > MOST_ELEMENTS;

function compute(
	b: Builder,
	instruction: Instruction,
	values: ReadonlyMap<number, KnownTensor | undefined>,
): KnownTensor | undefined {
	const { op, attributes, type, inputs } = instruction;
	const { dtype, shape } = type;
	if (isTooLarge(shape)) return undefined;
	if (op === "constant") return known(dtype, shape, Array.from(tensorData(attributes, "data")));
	if (op === "shapeOf") {
		const extents = b.value(inputs[0] as number).shape;
		return known(
			dtype,
			shape,
			extents.map((dim) => Math.max(dim, 0)),
			extents.map((dim) => Math.max(-dim, 0)),
		);
	}
	const operands: KnownTensor[] = [];
	for (const id of inputs) {
		const operand = values.get(id);
		if (!operand) return undefined;
		operands.push(operand);
	}
	const [x] = operands;
	if (!x) return undefined;
	const move = MOVES[op];
	if (move) return move(operands, attributes, shape);
	const unary = UNARY[op];
	if (unary) return elementwise(operands, dtype, unary);
	const binary = BINARY[op];
	if (binary) return elementwise(operands, dtype, (left, right) => binary(left!, right!));
	if (op === "select")
		return elementwise(operands, dtype, (condition, yes, no) =>
			condition!.batch !== 0 ? undefined : condition!.data !== 0 ? yes! : no!,
		);
	if (op === "cast") return castTo(x, dtype);
	return isReduction(op) ? reduced(op, x, attributes, shape) : undefined;
}

function castTo(x: KnownTensor, dtype: KnownTensor["dtype"]): KnownTensor | undefined {
	if (dtype === "bool")
		return elementwise([x], dtype, (e) => (e!.batch === 0 ? { data: Number(e!.data !== 0), batch: 0 } : undefined));
	if (x.batch || dtype === "float32" || x.dtype !== "float32") return { ...x, dtype };
	return known(dtype, x.shape, x.data.map(Math.trunc));
}

/** Numbers that must be known while a program is built hang on the values of inputs: with those it can be built. */
export class NumbersNeededError extends InvalidRequestError {
	/** @param inputs names of the program's inputs that decide them */
	constructor(
		what: string,
		readonly inputs: readonly string[],
	) {
		const causes = inputs.map((name) => `"${name}"`).join(", ");
		super(
			inputs.length > 0
				? `the ${what} hang on the numbers of the input ${causes}`
				: `the ${what} are computed from weights, but they must be known beforehand`,
		);
	}
}

/** The inputs of the program that a value is computed of, by more than their shapes. */
function decidingInputs(b: Builder, value: Value): string[] {
	const names = new Set<string>();
	const seen = new Set<number>();
	const stack = [value.id];
	for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
		if (seen.has(id)) continue;
		seen.add(id);
		const { op, inputs, attributes } = b.instruction(id);
		if (op === "input") names.add(String(attributes.name));
		else if (op !== "shapeOf") stack.push(...inputs);
	}
	return [...names];
}

/** As {@link knownTensor}. @throws NumbersNeededError when inputs of the program decide the numbers */
export function requireKnown(b: Builder, value: Value, what: string): KnownTensor {
	const tensor = knownTensor(b, value);
	if (!tensor) throw new NumbersNeededError(what, decidingInputs(b, value));
	return tensor;
}

/**
 * Numbers that an op needs while the program is built (axes, bounds, repeats).
 * @param what they are, for the message
 * @throws NumbersNeededError when inputs of the model decide them; InvalidRequestError when the batch size does
 */
export function knownNumbers(b: Builder, value: Value, what: string): number[] {
	const tensor = requireKnown(b, value, what);
	if (tensor.batch) throw new InvalidRequestError(`the ${what} depend on the batch size`);
	return [...tensor.data];
}

/**
 * Extents that may be multiples of the batch: a shape that a file computes. A negative number, such as -1 for an open
 * extent, is given as `null`, since negative extents are multiples of the batch.
 * @throws NumbersNeededError when values of an input decide them
 */
export function knownExtents(b: Builder, value: Value, what: string): (Dim | null)[] {
	const tensor = requireKnown(b, value, what);
	return tensor.data.map((number, index) => {
		const multiple = tensor.batch?.[index] ?? 0;
		if (multiple === 0) return number < 0 ? null : number;
		if (number !== 0 || multiple < 0)
			throw new InvalidRequestError(`the ${what} depend on the batch size in another way than a multiple of it`);
		return -multiple;
	});
}
