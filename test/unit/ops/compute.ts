import { createHash } from "node:crypto";
import type { Engine, WeightSource } from "../../../src/core/engine/engine";
import { createEngine } from "../../../src/core/engine/registry";
import { opDefinition } from "../../../src/core/ops";
import type { Attrs, Params } from "../../../src/core/ops/op";
import { Builder } from "../../../src/core/program/builder";
import type { Value } from "../../../src/core/program/types";
import { vjp } from "../../../src/core/program/vjp";
import { constant } from "../../../src/core/program/vocabulary";
import { rescale } from "../../../src/core/rules/differences/rescale";
import type { DType, Tensor } from "../../../src/shared/tensor";

export interface Call {
	readonly op: string;
	readonly inputs: readonly Tensor[];
	readonly params?: Readonly<Record<string, Tensor>>;
	readonly attrs?: Attrs;
	/** Extent of the first axis of each input as the program knows it; -1, the batch, when absent. */
	readonly firstDims?: readonly number[];
	/** Inputs whose numbers are known when the program is built. */
	readonly known?: readonly number[];
}

let engine: Promise<Engine> | undefined;
const cpu = () => {
	engine ??= createEngine("cpu").then((chosen) => chosen.engine);
	return engine;
};

/** Runs one op on the reference engine. Inputs have the batch as their first axis. */
export async function compute(call: Call): Promise<Tensor[]> {
	const { b, outputs } = build(call);
	for (const [index, output] of outputs.entries()) b.output(`y${index}`, output);
	const found = await run(b, call);
	return outputs.map((_, index) => found[`y${index}`] as Tensor);
}

/** Gradient of the sum of the first output, weighted by `cotangent`, in each float input; `undefined` where there is none. */
export async function gradients(call: Call, cotangent: Tensor): Promise<(Tensor | undefined)[]> {
	const { b, inputs, outputs } = build(call);
	const [y] = outputs as [Value];
	const g = b.input("cotangent", "float32", y.shape);
	const found = vjp(b, [[y, g]], inputs);
	for (const [index, gradient] of found.entries()) if (gradient) b.output(`g${index}`, gradient);
	if (found.every((gradient) => gradient === undefined)) return found.map(() => undefined);
	const values = await run(b, call, { cotangent });
	return found.map((_, index) => values[`g${index}`]);
}

/** DeepLIFT multipliers of the first output, weighted by `cotangent`, against the inputs of another call of the op. */
export async function differenceMultipliers(
	call: Call,
	references: readonly Tensor[],
	cotangent: Tensor,
): Promise<(Tensor | undefined)[]> {
	const { b, inputs, outputs } = build(call);
	const reference = emit(b, call, (index) => `reference${index}`);
	const g = b.input("cotangent", "float32", (outputs[0] as Value).shape);
	const wanted = call.inputs.map(({ dtype }) => dtype === "float32");
	const { op, attrs = {} } = call;
	const found = rescale().backward({
		b,
		node: { id: op, op, inputs: [], outputs: [], attrs, params: {}, layer: op },
		op: opDefinition(op),
		inputs,
		params: weightsOf(b, call),
		outputs,
		relevance: [g],
		wanted,
		varies: wanted,
		reference,
		spread: [],
		sourceOf: () => undefined,
	});
	for (const [index, multiplier] of found.entries()) if (multiplier) b.output(`m${index}`, multiplier);
	if (found.every((multiplier) => multiplier === undefined)) return found.map(() => undefined);
	const given = Object.fromEntries(references.map((tensor, index) => [`reference${index}`, tensor]));
	const values = await run(b, call, { cotangent, ...given });
	return found.map((_, index) => values[`m${index}`]);
}

/** Types of the outputs, without running anything. */
export const resultTypes = (call: Call): DType[] => build(call).outputs.map(({ dtype }) => dtype);

function build(call: Call): { b: Builder; inputs: Value[]; outputs: Value[] } {
	const b = new Builder();
	return { b, ...emit(b, call, (index) => `x${index}`) };
}

function emit(
	b: Builder,
	{ op, inputs, params, attrs = {}, firstDims, known = [] }: Call,
	name: (index: number) => string,
) {
	const values = inputs.map(({ dtype, shape, data }, index) =>
		known.includes(index)
			? constant(b, data, shape, dtype)
			: b.input(name(index), dtype, [firstDims?.[index] ?? -1, ...shape.slice(1)]),
	);
	return {
		inputs: values,
		outputs: opDefinition(op).forward(b, values, weightsOf(b, { ...(params && { params }) }), attrs),
	};
}

function weightsOf(b: Builder, { params = {} }: Pick<Call, "params">): Params {
	return Object.fromEntries(
		Object.entries(params).map(([param, { dtype, shape }]) => [param, b.weight(param, dtype, shape)]),
	);
}

async function run(b: Builder, { inputs, params = {}, known = [] }: Call, more: Record<string, Tensor> = {}) {
	const weights: WeightSource = {
		read: async (name) => params[name] as Tensor,
		fingerprint: async (name) =>
			createHash("sha256")
				.update((params[name] as Tensor).data)
				.digest("hex"),
	};
	const plan = await (await cpu()).compile(b.build(), weights);
	try {
		const given = inputs.flatMap((input, index) => (known.includes(index) ? [] : [[`x${index}`, input] as const]));
		return await plan.run({ ...Object.fromEntries(given), ...more });
	} finally {
		plan.dispose();
	}
}

/** Numbers from -1 to 1 that look random and are the same in every run. */
export function numbers(shape: readonly number[], seed = 1): Tensor {
	const size = shape.reduce((a, c) => a * c, 1);
	let state = (seed * 2654435761) >>> 0;
	const data = Float32Array.from({ length: size }, () => {
		state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
		return (state / 2 ** 31 - 1) * 1;
	});
	return { dtype: "float32", shape, data };
}

/** Largest absolute difference. @throws when the shapes differ */
export function distance(found: Tensor | undefined, expected: Tensor): number {
	if (!found || found.shape.join() !== expected.shape.join())
		throw new Error(`the shape is [${found?.shape.join()}]; [${expected.shape.join()}] was expected`);
	let worst = 0;
	for (const [index, value] of found.data.entries())
		worst = Math.max(worst, Math.abs(value - (expected.data[index] as number)));
	return worst;
}

/** Element of a tensor; 0 outside, as padding is. */
export function at({ shape, data }: Tensor, ...index: number[]): number {
	let place = 0;
	for (const [axis, i] of index.entries()) {
		const extent = shape[axis] as number;
		if (i < 0 || i >= extent) return 0;
		place = place * extent + i;
	}
	return data[place] as number;
}

/** A tensor from its elements. */
export function tensor(shape: readonly number[], element: (...index: number[]) => number): Tensor {
	const size = shape.reduce((a, c) => a * c, 1);
	const data = Float32Array.from({ length: size }, (_, place) => {
		const index = shape.map((extent, axis) => {
			const after = shape.slice(axis + 1).reduce((a, c) => a * c, 1);
			return Math.floor(place / after) % extent;
		});
		return element(...index);
	});
	return { dtype: "float32", shape, data };
}
