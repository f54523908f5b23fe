import { CancelledError } from "../../shared/errors";
import type { ParameterDescription } from "../../shared/methods";
import type { Tensor } from "../../shared/tensor";
import { outputValues } from "../units/logits";
import { resolvePlace } from "../units/place";
import { type MetricContext, parameter } from "./metric";

/** Of metrics that watch the unit while the input is edited. */
export const softmaxParameter = (byDefault: boolean): ParameterDescription => ({
	name: "softmax",
	type: "boolean",
	default: byDefault,
	help: "Watches the probability of a class; false its logit (Quantus: softmax). Units that are no classes are watched as they are.",
});

/**
 * Values of the unit for edited inputs, each of one example, in batches.
 * @param count of the inputs, where they are made as they are needed: what progress is told by
 * @throws CancelledError
 */
export async function unitValues(
	context: MetricContext,
	inputs: Iterable<Readonly<Record<string, Tensor>>>,
	count = Array.isArray(inputs) ? inputs.length : 0,
): Promise<number[]> {
	const { session, example, signal, progress } = context;
	const size = session.batchSize("forward", example.inputs);
	const values: number[] = [];
	let waiting: Readonly<Record<string, Tensor>>[] = [];
	const run = async () => {
		if (signal?.aborted) throw new CancelledError();
		if (waiting.length > 0) values.push(...(await watched(context, joined(waiting))));
		waiting = [];
		if (count > 1) progress?.(values.length / count);
	};
	for (const edited of inputs) {
		waiting.push(edited);
		if (waiting.length >= size) await run();
	}
	await run();
	return values;
}

async function watched(context: MetricContext, inputs: Readonly<Record<string, Tensor>>): Promise<Iterable<number>> {
	const { session, signal } = context;
	const address = context.example.unit;
	const { unit, minus } = address;
	if (!parameter(context, "softmax", "boolean")) return session.unitValue(inputs, address, signal);
	const place = resolvePlace(session.graph, unit.place);
	const { final, logit } = outputValues(session.graph);
	const isClass = minus === undefined && unit.channel !== undefined && final.has(place.value);
	if (!isClass) return session.unitValue(inputs, address, signal);
	if (logit.has(place.value))
		return session.unitValue(inputs, { unit: { ...unit, place: { ...unit.place, stage: "post" } } }, signal);
	const [scores] = await session.forward(inputs, [unit.place], signal);
	return scores ? probabilities(scores, await session.unitValue(inputs, address, signal)) : [];
}

/** Softmax of the class whose logit is `value`, among the scores of each example. */
function probabilities({ data, shape }: Tensor, values: Float32Array): Float64Array {
	const examples = shape[0] ?? 1;
	const classes = data.length / Math.max(1, examples);
	return Float64Array.from({ length: examples }, (_, example) => {
		const scores = data.subarray(example * classes, (example + 1) * classes);
		let largest = Number.NEGATIVE_INFINITY;
		for (const score of scores) largest = Math.max(largest, score);
		let total = 0;
		for (const score of scores) total += Math.exp(score - largest);
		return Math.exp((values[example] ?? 0) - largest) / total;
	});
}

function joined(parts: readonly Readonly<Record<string, Tensor>>[]): Record<string, Tensor> {
	const [first = {}] = parts;
	return Object.fromEntries(
		Object.entries(first).map(([name, { dtype, shape, data }]) => {
			const all = new (data.constructor as Float32ArrayConstructor)(data.length * parts.length);
			for (const [index, part] of parts.entries()) all.set(part[name]?.data ?? [], index * data.length);
			return [name, { dtype, shape: [parts.length, ...shape.slice(1)], data: all } as Tensor];
		}),
	);
}

/** The example with other values of the explained input. */
export function withValues({ example }: MetricContext, data: Float32Array): Record<string, Tensor> {
	const { shape } = example.inputs[example.input] as Tensor;
	return { ...example.inputs, [example.input]: { dtype: "float32", shape, data } };
}

/** A copy of the explained input's numbers. */
export const valuesOf = ({ example }: MetricContext): Float32Array =>
	Float32Array.from(example.inputs[example.input]?.data ?? []);
