import * as fc from "fast-check";
import { Builder } from "../../../src/core/program/builder";
import type { Program, Value } from "../../../src/core/program/types";
import * as v from "../../../src/core/program/vocabulary";
import { sizeOf, type Tensor } from "../../../src/shared/tensor";
import { generator } from "../parity/operands";

export const BATCH = 2;

export interface RandomProgram {
	readonly program: Program;
	/** Inputs and weights by name. */
	readonly tensors: Readonly<Record<string, Tensor>>;
}

/** A choice among `count` things. */
type Pick = (count: number) => number;
type Step = (m: Maker, x: Value, pick: Pick) => Value | undefined;

const MOST_ELEMENTS = 2000;

/** Programs of up to 14 steps over a pool of values: what models written channels first are made of, and much that they are not. */
export const randomProgram: fc.Arbitrary<RandomProgram> = fc
	.array(fc.array(fc.nat(1_000_000), { minLength: 10, maxLength: 10 }), { minLength: 2, maxLength: 14 })
	.map((steps) => new Maker(steps).make());

class Maker {
	readonly b = new Builder();
	readonly tensors: Record<string, Tensor> = {};
	readonly pool: Value[] = [];
	private readonly random = generator(7);

	constructor(private readonly steps: readonly (readonly number[])[]) {}

	make(): RandomProgram {
		this.pool.push(this.source("x", [-1, 3, 4, 4], (name) => this.b.input(name, "float32", [-1, 3, 4, 4])));
		this.pool.push(this.source("y", [-1, 4], (name) => this.b.input(name, "float32", [-1, 4])));
		for (const choices of this.steps) {
			let used = 0;
			const pick: Pick = (count) => (choices[used++ % choices.length] as number) % count;
			const step = STEPS[pick(STEPS.length)] as Step;
			// Recent values more often, so that chains grow.
			const x = this.pool[this.pool.length - 1 - Math.min(pick(this.pool.length), pick(this.pool.length))] as Value;
			const made = step(this, x, pick);
			if (
				made &&
				made.dtype === "float32" &&
				elements(made) > 0 &&
				elements(made) <= MOST_ELEMENTS &&
				made.shape.length <= 5
			)
				this.pool.push(made);
		}
		for (const [index, value] of this.pool.slice(-3).entries()) this.b.output(`out${index}`, value);
		return { program: this.b.build(), tensors: this.tensors };
	}

	weight(shape: readonly number[]): Value {
		const name = `w${Object.keys(this.tensors).length}`;
		return this.source(name, shape, () => this.b.weight(name, "float32", shape));
	}

	private source(name: string, shape: readonly number[], declare: (name: string) => Value): Value {
		const bound = shape.map((dim) => (dim < 0 ? -dim * BATCH : dim));
		this.tensors[name] = {
			dtype: "float32",
			shape: bound,
			data: Float32Array.from({ length: sizeOf(bound) }, () => this.random() * 4 - 2),
		};
		return declare(name);
	}
}

const elements = (x: Value) => sizeOf(x.shape.map((dim) => (dim < 0 ? -dim * BATCH : dim)));
const isFree = (dim: number | undefined) => (dim ?? 0) < 0;
/** An axis whose extent is known. */
function knownAxis(x: Value, pick: Pick): number | undefined {
	const axes = [...x.shape.keys()].filter((axis) => !isFree(x.shape[axis]));
	return axes.length > 0 ? axes[pick(axes.length)] : undefined;
}

function permutation(rank: number, pick: Pick): number[] {
	const axes = [...Array(rank).keys()];
	for (let i = rank - 1; i > 0; i--) {
		const j = pick(i + 1);
		[axes[i], axes[j]] = [axes[j] as number, axes[i] as number];
	}
	return axes;
}

const isMap = (x: Value) => x.shape.length === 4 && x.shape.every((dim, axis) => (axis === 0) === isFree(dim));
const UNARY = ["relu", "neg", "tanh", "sigmoid", "square", "abs"] as const;
const BINARY = ["add", "sub", "mul", "maximum"] as const;

function transposeAny(m: Maker, x: Value, pick: Pick): Value {
	return v.transpose(m.b, x, permutation(x.shape.length, pick));
}

/** A spatial op as models written channels first have it: transposes around it. */
function channelsFirst(m: Maker, x: Value, pick: Pick): Value | undefined {
	if (!isMap(x) || (x.shape[2] as number) < 2 || (x.shape[3] as number) < 2) return undefined;
	const last = v.transpose(m.b, x, [0, 2, 3, 1]);
	const channels = x.shape[1] as number;
	const result =
		pick(3) === 0
			? v.maxPool2d(m.b, last, { window: [2, 2], strides: [1, 1], padding: "same" })
			: v.conv2d(m.b, last, m.weight([2, 1, channels, 1 + pick(3)]), {
					strides: [1, 1],
					padding: [
						[0, 1],
						[0, 0],
					],
					dilations: [1, 1],
				});
	return v.transpose(m.b, result, [0, 3, 1, 2]);
}

function withOther(m: Maker, x: Value, pick: Pick): Value | undefined {
	const other = m.pool.filter(
		(y) =>
			y.shape.length <= x.shape.length &&
			y.shape.every((dim, axis) => [1, x.shape[axis + x.shape.length - y.shape.length]].includes(dim)),
	);
	return v.binary(m.b, BINARY[pick(BINARY.length)] ?? "add", x, other[pick(other.length)] as Value);
}

/** A bias or scale: a weight of fewer axes, some of them 1. */
function withWeight(m: Maker, x: Value, pick: Pick): Value {
	const shape = x.shape.slice(pick(x.shape.length + 1)).map((dim) => (isFree(dim) || pick(2) === 0 ? 1 : dim));
	const operands: [Value, Value] = pick(4) === 0 ? [m.weight(shape), x] : [x, m.weight(shape)];
	return v.binary(m.b, BINARY[pick(BINARY.length)] ?? "add", ...operands);
}

const withNumber: Step = (m, x, pick) =>
	v.binary(m.b, (["add", "sub", "mul", "div"] as const)[pick(4)] ?? "add", x, [0, 1, -1, 0.5][pick(4)] as number);
/** Identities that simplification removes, spread over the whole shape. */
const withFull: Step = (m, x, pick) => v.binary(m.b, pick(2) === 0 ? "mul" : "add", x, v.full(m.b, x.shape, pick(2)));

function reduceSome(m: Maker, x: Value, pick: Pick): Value {
	const axes = [...x.shape.keys()].filter(() => pick(2) === 0);
	return v.reduce(
		m.b,
		(["reduceSum", "reduceMean", "reduceMax", "reduceMin"] as const)[pick(4)] ?? "reduceSum",
		x,
		axes,
		pick(2) === 0,
	);
}

const alongAxis =
	(make: (m: Maker, x: Value, axis: number, extent: number, pick: Pick) => Value): Step =>
	(m, x, pick) => {
		const axis = knownAxis(x, pick);
		return axis === undefined ? undefined : make(m, x, axis, x.shape[axis] as number, pick);
	};

const padAxis = alongAxis((m, x, axis, _extent, pick) =>
	v.pad(
		m.b,
		x,
		x.shape.map((_, i): [number, number] => (i === axis ? [pick(2), pick(3)] : [0, 0])),
		pick(2),
	),
);
const mirrorAxis = alongAxis((m, x, axis, extent, pick) =>
	v.mirrorPad(
		m.b,
		x,
		x.shape.map((_, i): [number, number] => (i === axis ? [pick(extent), pick(extent)] : [0, 0])),
		pick(2) === 0 ? "reflect" : "symmetric",
	),
);
const sliceAxis = alongAxis((m, x, axis, extent, pick) => {
	const begin = pick(extent);
	const size = 1 + pick(extent - begin);
	return v.slice(
		m.b,
		x,
		x.shape.map((_, i) => (i === axis ? begin : 0)),
		x.shape.map((_, i) => (i === axis ? size : -1)),
	);
});
const strideAxis = alongAxis((m, x, axis, extent, pick) =>
	pick(2) === 0
		? v.stridedSlice(m.b, x, axis, pick(extent), extent, 1 + pick(2))
		: v.stridedSlice(m.b, x, axis, extent - 1, -1, -1 - pick(2)),
);
const concatAxis = alongAxis((m, x, axis, _extent, pick) => {
	const same = m.pool.filter(
		(y) =>
			y.shape.length === x.shape.length && y.shape.every((dim, i) => (i === axis ? !isFree(dim) : dim === x.shape[i])),
	);
	return v.concat(m.b, [x, same[pick(same.length)] as Value], axis);
});
const tileAxis = alongAxis((m, x, axis, _extent, pick) =>
	v.tile(
		m.b,
		x,
		x.shape.map((_, i) => (i === axis ? 1 + pick(2) : 1)),
	),
);
const gatherAxis = alongAxis((m, x, axis, extent, pick) =>
	v.gather(m.b, x, v.constant(m.b, [pick(extent), pick(extent)], [2], "int32"), axis),
);

function reshapeSome(m: Maker, x: Value, pick: Pick): Value {
	if (pick(3) === 0) return v.expandDims(m.b, x, pick(x.shape.length + 1));
	if (pick(2) === 0)
		return v.squeeze(
			m.b,
			x,
			[...x.shape.keys()].filter((axis) => x.shape[axis] === 1),
		);
	// Two neighbours become one.
	const at = pick(Math.max(1, x.shape.length - 1));
	return x.shape.length < 2
		? x
		: v.reshape(m.b, x, [
				...x.shape.slice(0, at),
				(x.shape[at] as number) * (x.shape[at + 1] as number),
				...x.shape.slice(at + 2),
			]);
}

const broadcastMore: Step = (m, x, pick) =>
	v.broadcastTo(m.b, x, [...(pick(2) === 0 ? [2] : []), ...x.shape.map((dim) => (dim === 1 ? 1 + pick(3) : dim))]);
const gate: Step = (m, x, pick) => {
	const other = m.pool.filter((y) => y.shape.join() === x.shape.join());
	return v.reluGrad(m.b, x, other[pick(other.length)] as Value);
};
const choose: Step = (m, x) => v.select(m.b, v.binary(m.b, "greater", x, 0.25), x, v.neg(m.b, x));
const lastAxis: Step = (m, x, pick) =>
	x.shape.length === 0 || isFree(x.shape.at(-1))
		? undefined
		: pick(2) === 0
			? v.softmax(m.b, x)
			: v.cumsum(m.b, x, pick(x.shape.length));
const largest: Step = (m, x, pick) =>
	x.shape.length === 0 ? undefined : v.cast(m.b, v.argMax(m.b, x, pick(x.shape.length)), "float32");
const turnAround: Step = (m, x, pick) =>
	v.reverse(
		m.b,
		x,
		[...x.shape.keys()].filter(() => pick(2) === 0),
	);

const STEPS: readonly Step[] = [
	transposeAny,
	transposeAny,
	channelsFirst,
	channelsFirst,
	channelsFirst,
	(m, x, pick) => v.unary(m.b, UNARY[pick(UNARY.length)] ?? "relu", x),
	withOther,
	withOther,
	withWeight,
	withNumber,
	withFull,
	reduceSome,
	padAxis,
	mirrorAxis,
	sliceAxis,
	strideAxis,
	concatAxis,
	tileAxis,
	gatherAxis,
	reshapeSome,
	broadcastMore,
	gate,
	choose,
	lastAxis,
	largest,
	turnAround,
];
