import * as fc from "fast-check";
import { Builder } from "../../../src/core/program/builder";
import type { Value } from "../../../src/core/program/types";
import * as v from "../../../src/core/program/vocabulary";
import { sizeOf, type Tensor } from "../../../src/shared/tensor";
import { generator } from "../parity/operands";
import type { RandomProgram } from "./random-program";

/** Extents of the input `x`. */
export const MAP = [13, 11, 2] as const;

type Pick = (count: number) => number;
type Step = (m: MapMaker, x: Value, pick: Pick) => Value | undefined;

/**
 * Networks over maps of 13 x 11 x 2 (`x`) and a second input (`y`), of up to 10 steps: windows of every kind, and what
 * stands between them. Examples are never mixed. Outputs are the last values.
 */
export const randomMapProgram: fc.Arbitrary<RandomProgram> = fc
	.array(fc.array(fc.nat(1_000_000), { minLength: 12, maxLength: 12 }), { minLength: 1, maxLength: 10 })
	.map((steps) => new MapMaker(steps).make());

class MapMaker {
	readonly b = new Builder();
	readonly tensors: Record<string, Tensor> = {};
	readonly pool: Value[] = [];
	private readonly random = generator(5);

	constructor(private readonly steps: readonly (readonly number[])[]) {}

	make(): RandomProgram {
		this.pool.push(this.b.input("y", "float32", [-1, 1, 1, 2]), this.b.input("x", "float32", [-1, ...MAP]));
		for (const choices of this.steps) {
			let used = 0;
			const pick: Pick = (count) => (choices[used++ % choices.length] as number) % count;
			const step = STEPS[pick(STEPS.length)] as Step;
			const x = this.pool[this.pool.length - 1 - Math.min(pick(this.pool.length), pick(this.pool.length))] as Value;
			const made = x.shape.includes(0) ? undefined : step(this, x, pick);
			if (made && sizeOf(made.shape.slice(1)) <= 3000) this.pool.push(made);
		}
		for (const [index, value] of this.pool.slice(-2).entries()) this.b.output(`out${index}`, value);
		return { program: this.b.build(), tensors: this.tensors };
	}

	weight(shape: readonly number[]): Value {
		const name = `w${Object.keys(this.tensors).length}`;
		const data = Float32Array.from({ length: sizeOf(shape) }, () => this.random() * 2 - 1);
		this.tensors[name] = { dtype: "float32", shape, data };
		return this.b.weight(name, "float32", shape);
	}
}

const isMap = (x: Value) => x.shape.length === 4;
const channels = (x: Value) => x.shape.at(-1) as number;

function geometry(x: Value, pick: Pick) {
	const kernel = [1 + pick(3), 1 + pick(3)];
	const dilations = [1 + pick(2), 1 + pick(2)];
	const strides = [1 + pick(3), 1 + pick(3)];
	const padding = [
		[pick(3), pick(2)],
		[pick(2), pick(3)],
	] as [number, number][];
	const fits = kernel.every(
		(cells, axis) =>
			(cells - 1) * (dilations[axis] as number) + 1 <= (x.shape[axis + 1] as number) + sum(padding[axis] as number[]),
	);
	return fits ? { kernel, attributes: { dilations, strides, padding } } : undefined;
}

const sum = (list: readonly number[]) => list.reduce((total, item) => total + item, 0);

const convolved: Step = (m, x, pick) => {
	const found = isMap(x) ? geometry(x, pick) : undefined;
	return found && v.conv2d(m.b, x, m.weight([...found.kernel, channels(x), 1 + pick(3)]), found.attributes);
};
const depthwise: Step = (m, x, pick) => {
	const found = isMap(x) ? geometry(x, pick) : undefined;
	return found && v.depthwiseConv2d(m.b, x, m.weight([...found.kernel, channels(x), 1]), found.attributes);
};
const pooled: Step = (m, x, pick) => {
	const padding = pick(2) === 0 ? "same" : "valid";
	const window = [1 + pick(3), 1 + pick(3)];
	if (!isMap(x) || window.some((cells, axis) => cells > (x.shape[axis + 1] as number))) return undefined;
	const pool = pick(2) === 0 ? v.maxPool2d : v.avgPool2d;
	return pool(m.b, x, { window, strides: [1 + pick(2), 1 + pick(2)], padding });
};
const normalised: Step = (m, x) => v.add(m.b, v.mul(m.b, x, m.weight([channels(x)])), m.weight([channels(x)]));
const placed: Step = (m, x) => v.add(m.b, x, m.weight(x.shape.slice(1)));
const activated: Step = (m, x, pick) => (pick(2) === 0 ? v.relu(m.b, x) : v.unary(m.b, "tanh", x));
const joined: Step = (m, x, pick) => {
	const same = m.pool.filter((y) => isMap(x) && isMap(y) && [1, 2].every((axis) => x.shape[axis] === y.shape[axis]));
	return same.length === 0 ? undefined : v.concat(m.b, [x, same[pick(same.length)] as Value], 3);
};
const added: Step = (m, x, pick) => {
	const fitting = m.pool.filter(
		(y) =>
			y.shape.length === x.shape.length &&
			y.shape.every((dim, axis) => dim === x.shape[axis] || (axis > 0 && dim === 1)),
	);
	return v.binary(m.b, pick(2) === 0 ? "add" : "mul", x, fitting[pick(fitting.length)] as Value);
};
const padded: Step = (m, x, pick) =>
	v.pad(
		m.b,
		x,
		x.shape.map((_, axis): [number, number] => (axis === 0 ? [0, 0] : [pick(2), pick(3)])),
		pick(2),
	);
const sliced: Step = (m, x, pick) => {
	const begin = x.shape.map((extent, axis) => (axis === 0 ? 0 : pick(Math.ceil(extent / 2))));
	const size = x.shape.map((extent, axis) => (axis === 0 ? -1 : 1 + pick(extent - (begin[axis] as number))));
	return v.slice(m.b, x, begin, size);
};
const turned: Step = (m, x, pick) =>
	isMap(x) ? v.transpose(m.b, x, pick(2) === 0 ? [0, 2, 1, 3] : [0, 3, 1, 2]) : undefined;
const reduced: Step = (m, x, pick) =>
	v.reduce(m.b, pick(2) === 0 ? "reduceMean" : "reduceMax", x, [1 + pick(x.shape.length - 1)], pick(2) === 0);
const reshaped: Step = (m, x, pick) => {
	if (pick(2) === 0) return v.expandDims(m.b, x, 1 + pick(x.shape.length));
	if (x.shape.length < 3) return undefined;
	const at = 1 + pick(x.shape.length - 2);
	const merged = (x.shape[at] as number) * (x.shape[at + 1] as number);
	return v.reshape(m.b, x, [...x.shape.slice(0, at), merged, ...x.shape.slice(at + 2)]);
};
const projected: Step = (m, x, pick) =>
	x.shape.length > 1 ? v.matmul(m.b, x, m.weight([channels(x), 1 + pick(3)])) : undefined;
const lastAxis: Step = (m, x) => (x.shape.length > 1 ? v.softmax(m.b, x) : undefined);
const summedUp: Step = (m, x) => (x.shape.length > 1 ? v.cumsum(m.b, x, 1) : undefined);
const repeated: Step = (m, x) =>
	v.broadcastTo(
		m.b,
		x,
		x.shape.map((dim, axis) => (axis > 0 && dim === 1 ? 3 : dim)),
	);

const STEPS: readonly Step[] = [
	...[convolved, convolved, convolved, depthwise, depthwise, pooled, pooled, pooled],
	...[normalised, placed, activated, activated, joined, added, added, added, padded, sliced, turned, reduced],
	...[reshaped, projected, lastAxis, summedUp, repeated],
];
