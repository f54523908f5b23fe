import { flag, integer, integers, pairs } from "./attributes";
import type { Builder } from "./builder";
import { bindShape } from "./dims";
import { BINARY } from "./primitives/binary";
import { CONVOLUTIONS } from "./primitives/convolution";
import { POOLS } from "./primitives/pooling";
import { UNARY } from "./primitives/unary";
import type { Instruction, Value } from "./types";

/** Where the cells of a grid lie along an axis: the elements from `first` on, the last extent running fastest. */
export interface TokenGrid {
	/** Axis of the tokens, batch included. */
	readonly axis: number;
	/** Tokens before the grid: a class token, registers. */
	readonly first: number;
	/** Rows and columns; depth before them where there are three. */
	readonly extents: readonly number[];
}

type Cells = Omit<TokenGrid, "axis">;

/** Tokens inside of an axis: `count` of them, each `inner` elements of the axis apart. Ops merge tokens with the batch. */
interface Tokens {
	readonly axis: number;
	readonly inner: number;
	readonly count: number;
}

/** Stands for the free batch size: a prime that no other extent is a multiple of, so that axes are told apart by division. */
const N = 10_007;

/** Where tokens were before an instruction: of an operand, `first` elements further on. */
interface Origin {
	readonly id: number;
	readonly tokens: Tokens;
	readonly first: number;
}

/** Ops whose result has the axes of their operands, counted from the last one where they broadcast. */
const SAME_AXES = new Set([
	...UNARY.map(({ name }) => name),
	...BINARY.map(({ name }) => name),
	"broadcastTo",
	"softmax",
	"logSoftmax",
]);

/** Ops that make positions of positions: all axes but the batch and the channels. */
const SPATIAL = new Set([...CONVOLUTIONS, ...POOLS].map(({ name }) => name));

/** Ops that take, add or turn elements along an axis, which stays the same axis. */
const ALONG_AXIS = new Set(["slice", "stridedSlice", "pad", "mirrorPad", "reverse"]);

/**
 * The grid that the tokens along an axis were laid out of: they are followed back through the program to the reshape that
 * made one axis of two or three, and those on to an input (the rows and columns of a picture; heads and features are
 * spread over axes as well, but come from weights). What was put before or behind the cells, or cut off, is counted.
 * Tokens that never were a grid (words) have none.
 */
export function tokenGrid(b: Builder, value: Value, axis: number): TokenGrid | undefined {
	const tracer = new Tracer(b);
	const count = tracer.shape(value.id)[axis];
	const cells = count === undefined || count % N === 0 ? undefined : tracer.cells(value.id, { axis, inner: 1, count });
	return cells && { axis, ...cells };
}

/**
 * Whether an axis counts positions of an input: rows of a picture, steps of a sequence; not attention heads, features or
 * whatever else is spread over axes.
 */
export function isPosition(b: Builder, value: Value, axis: number): boolean {
	const tracer = new Tracer(b);
	const count = tracer.shape(value.id)[axis];
	return count !== undefined && count % N !== 0 && tracer.reachesInput(value.id, { axis, inner: 1, count });
}

class Tracer {
	private readonly knownCells = new Map<string, Cells | undefined>();
	private readonly knownReach = new Map<string, boolean>();

	constructor(private readonly b: Builder) {}

	shape(id: number): number[] {
		return bindShape(this.b.instruction(id).type.shape, N);
	}

	/** The cells among the tokens of a value, counted from its first token. */
	cells(id: number, tokens: Tokens): Cells | undefined {
		const key = keyOf(id, tokens);
		if (!this.knownCells.has(key)) {
			const found = this.findCells(id, tokens);
			const fits = found && found.first >= 0 && found.first + size(found.extents) <= tokens.count;
			this.knownCells.set(key, fits ? found : undefined);
		}
		return this.knownCells.get(key);
	}

	private findCells(id: number, tokens: Tokens): Cells | undefined {
		const axes = this.spread(id, tokens);
		if (axes) {
			// Windows that are put together again are four axes: their order is not that of rows and columns.
			const isGrid = axes.length <= 3 && axes.every((origin) => this.reachesInput(origin.id, origin.tokens));
			return isGrid ? { first: 0, extents: axes.map((origin) => origin.tokens.count) } : undefined;
		}
		for (const origin of this.origins(id, tokens)) {
			const found = this.cells(origin.id, origin.tokens);
			if (found) return { ...found, first: found.first + origin.first };
		}
		return undefined;
	}

	/** Whether the axis of the tokens is one of a model input, or computed from one by positions. */
	reachesInput(id: number, tokens: Tokens): boolean {
		const key = keyOf(id, tokens);
		const known = this.knownReach.get(key);
		if (known !== undefined) return known;
		const { op, inputs } = this.b.instruction(id);
		const [x] = inputs;
		let reached = op === "input";
		if (x !== undefined && (SPATIAL.has(op) || ALONG_AXIS.has(op))) {
			const shape = this.shape(x);
			const { axis } = tokens;
			const isPosition = axis > 0 && axis < shape.length - 1;
			reached =
				(isPosition || ALONG_AXIS.has(op)) && this.reachesInput(x, { axis, inner: 1, count: shape[axis] as number });
		} else if (!reached) {
			const origins = this.spread(id, tokens) ?? [...this.origins(id, tokens), ...this.positionsBehind(id, tokens)];
			reached = origins.some((origin) => this.reachesInput(origin.id, origin.tokens));
		}
		this.knownReach.set(key, reached);
		return reached;
	}

	/**
	 * Where positions come from that are not the same elements any more: taken by numbers along the axis, looked up for each
	 * token, or mapped along the axis by a constant matrix, as resizing does.
	 */
	private positionsBehind(id: number, { axis }: Tokens): Origin[] {
		const { op, attributes, inputs } = this.b.instruction(id);
		const [x, y] = inputs as [number, number];
		const whole = (operand: number, at: number): Origin[] => [
			{ id: operand, tokens: { axis: at, inner: 1, count: this.shape(operand)[at] as number }, first: 0 },
		];
		if (op === "gather") {
			const along = integer(attributes, "axis");
			const own = axis - along;
			const rank = this.shape(y).length;
			if (own < 0 || own >= rank) return [];
			return rank === 1 ? [...whole(x, along), ...whole(y, 0)] : whole(y, own);
		}
		if (op !== "matmul") return [];
		const fromEnd = this.shape(id).length - axis;
		if (fromEnd > 2) return [];
		const [own, other] = fromEnd === 2 ? [x, y] : [y, x];
		if (!this.isConstant(own)) return [];
		const turned = flag(attributes, fromEnd === 2 ? "transposeB" : "transposeA");
		return whole(other, this.shape(other).length - ((fromEnd === 2) === turned ? 1 : 2));
	}

	/** Numbers of the program itself, not weights of the model. */
	private isConstant(id: number): boolean {
		const { op, inputs } = this.b.instruction(id);
		if (op === "constant") return true;
		const [x] = inputs;
		return (op === "reshape" || op === "broadcastTo" || op === "transpose") && x !== undefined && this.isConstant(x);
	}

	/** The axes that a reshape made the tokens of, outermost first; absent where they were in one axis before. */
	private spread(id: number, { axis, inner, count }: Tokens): Origin[] | undefined {
		const { op, inputs } = this.b.instruction(id);
		const [x] = inputs;
		if (op !== "reshape" || x === undefined) return undefined;
		const from = this.shape(x);
		const place = axisOfStride(from, inner * size(this.shape(id).slice(axis + 1)));
		if (!place || (from[place.axis] as number) % (place.inner * count) === 0) return undefined;
		const axes: Origin[] = [];
		let rest = count;
		for (let at = place.axis, own = place.inner; at >= 0 && rest > 1; at--, own = 1) {
			const extent = (from[at] as number) / own;
			const taken = extent % rest === 0 ? rest : extent;
			if (taken > 1) axes.unshift({ id: x, tokens: { axis: at, inner: own, count: taken }, first: 0 });
			rest /= taken;
		}
		return rest === 1 ? axes : [];
	}

	/** Where the tokens of a value were one instruction before, if they were in one axis. */
	private origins(id: number, tokens: Tokens): Origin[] {
		const instruction = this.b.instruction(id);
		const { attributes, inputs } = instruction;
		const [x] = inputs;
		if (x === undefined) return [];
		const { axis } = tokens;
		const same = (changed: Partial<Tokens> = {}): Origin[] => [{ id: x, tokens: { ...tokens, ...changed }, first: 0 }];
		switch (instruction.op) {
			case "reshape": {
				const place = axisOfStride(this.shape(x), tokens.inner * size(this.shape(id).slice(axis + 1)));
				return place ? same(place) : [];
			}
			case "transpose":
				return same({ axis: integers(attributes, "permutation")[axis] as number });
			case "concat":
				return this.joined(instruction, tokens);
			case "slice":
				return this.shifted(x, id, tokens, -(integers(attributes, "begin")[axis] as number));
			case "stridedSlice":
				if (integer(attributes, "axis") !== axis) return same();
				return integer(attributes, "stride") === 1 ? this.shifted(x, id, tokens, -integer(attributes, "begin")) : [];
			case "pad":
				return this.shifted(x, id, tokens, pairs(attributes, "paddings")[axis]?.[0] ?? 0);
			case "tile":
				return integers(attributes, "multiples")[axis] === 1 ? same() : [];
			case "gather": {
				const along = integer(attributes, "axis");
				const behind = axis - this.shape(inputs[1] as number).length + 1;
				return axis < along ? same() : behind > along ? same({ axis: behind }) : [];
			}
			case "reduceSum":
			case "reduceMean":
			case "reduceMax":
			case "reduceMin": {
				if (flag(attributes, "keepDims")) return same();
				const kept = this.shape(x).flatMap((_, at) => (integers(attributes, "axes").includes(at) ? [] : [at]));
				return same({ axis: kept[axis] as number });
			}
			case "matmul":
				return this.multiplied(instruction, tokens);
			default:
				return SAME_AXES.has(instruction.op) ? this.aligned(instruction, tokens) : [];
		}
	}

	private joined({ id, attributes, inputs }: Instruction, tokens: Tokens): Origin[] {
		if (integer(attributes, "axis") !== tokens.axis) return inputs.map((input) => ({ id: input, tokens, first: 0 }));
		if (!this.isWhole(id, tokens)) return [];
		let before = 0;
		return inputs.map((input) => {
			const count = this.shape(input)[tokens.axis] as number;
			before += count;
			return { id: input, tokens: { ...tokens, count }, first: before - count };
		});
	}

	/** Through an op that moves the tokens by so many, where they are the axis. */
	private shifted(x: number, id: number, tokens: Tokens, first: number): Origin[] {
		const count = this.shape(x)[tokens.axis] as number;
		if (count === this.shape(id)[tokens.axis]) return [{ id: x, tokens, first: 0 }];
		return this.isWhole(id, tokens) ? [{ id: x, tokens: { ...tokens, count }, first }] : [];
	}

	/** Rows of a product are rows of its left operand, columns those of its right one. */
	private multiplied(instruction: Instruction, tokens: Tokens): Origin[] {
		const { id, attributes, inputs } = instruction;
		const fromEnd = this.shape(id).length - tokens.axis;
		if (fromEnd > 2) return this.aligned(instruction, tokens);
		const isRow = fromEnd === 2;
		const turned = flag(attributes, isRow ? "transposeA" : "transposeB");
		const operand = inputs[isRow ? 0 : 1] as number;
		const axis = this.shape(operand).length - (isRow === turned ? 1 : 2);
		return [{ id: operand, tokens: { ...tokens, axis }, first: 0 }];
	}

	private aligned({ id, inputs }: Instruction, tokens: Tokens): Origin[] {
		const shape = this.shape(id);
		return inputs.flatMap((input) => {
			const own = this.shape(input);
			const axis = tokens.axis - (shape.length - own.length);
			const fits = axis >= 0 && own[axis] === shape[tokens.axis];
			return fits ? [{ id: input, tokens: { ...tokens, axis }, first: 0 }] : [];
		});
	}

	private isWhole(id: number, { axis, inner, count }: Tokens): boolean {
		return inner === 1 && this.shape(id)[axis] === count;
	}
}

const keyOf = (id: number, { axis, inner, count }: Tokens) => `${id} ${axis} ${inner} ${count}`;

const size = (shape: readonly number[]) => shape.reduce((product, extent) => product * extent, 1);

/** The axis inside of which elements lie that are so far apart, and how many of its elements that is. */
function axisOfStride(shape: readonly number[], stride: number): { axis: number; inner: number } | undefined {
	let below = 1;
	for (let axis = shape.length - 1; axis >= 0; axis--) {
		const extent = shape[axis] as number;
		if (below * extent > stride) {
			const inner = stride / below;
			return Number.isInteger(inner) && extent % inner === 0 ? { axis, inner } : undefined;
		}
		below *= extent;
	}
	return undefined;
}
