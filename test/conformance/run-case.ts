import { sliceBatch } from "../../src/core/session/inputs";
import type { Session } from "../../src/core/session/session";
import type { Tensor } from "../../src/shared/tensor";
import { formatUnit } from "../../src/shared/unit-parser";
import type { Unit } from "../../src/shared/units";
import { type MethodCall, runCall } from "../support/attributions";
import type { Call, NeuronCall } from "./calls/call";
import { choosesNeurons, neuronsOf, placeOfLayer, targetUnit } from "./layers";
import { type Case, type Data, flatten, tensorOf } from "./manifest";

type Tensors = Record<string, Tensor>;
type Arrays = Record<string, ArrayLike<number>>;

/** Runs a case; its arrays by the names of `expected`. */
export async function attribute(session: Session, entry: Case, call: Exclude<Call, string>): Promise<Arrays> {
	const inputs = tensorsOf(entry.inputs ?? {});
	const held = tensorsOf(entry.additional_forward_args ?? {});
	if ("run" in call) return call.run(session, { ...inputs, ...held });
	const batch = Object.values(inputs)[0]?.shape[0] ?? 1;
	const groups = examplesByTarget(entry, batch);
	const baselines = baselinesOf(entry, inputs);
	const parts = new Map<number, Arrays>();
	for (const { target, examples } of groups) {
		const whole = groups.length === 1;
		for (const [from, to] of whole ? [[0, batch] as const] : examples.map((at) => [at, at + 1] as const)) {
			const given = whole ? inputs : sliceBatch(inputs, from, to);
			const references = whole ? baselines : sliceReferences(baselines, batch, from, to);
			const masks = call.masks && (whole ? call.masks : sliceReferences(call.masks, batch, from, to));
			parts.set(
				from,
				await runUnits(
					session,
					entry,
					{ ...call, ...(masks && { masks }), ...(Object.keys(references).length > 0 && { baselines: references }) },
					{ ...given, ...held },
					target,
				),
			);
		}
	}
	return joined([...parts].sort(([a], [b]) => a - b).map(([, arrays]) => arrays));
}

/** The call for the units of the case. Attributions are linear in the unit: neurons that are summed are run one by one. */
async function runUnits(
	session: Session,
	entry: Case,
	call: MethodCall | NeuronCall,
	inputs: Tensors,
	target: Case["target"],
): Promise<Arrays> {
	const held = Object.keys(entry.additional_forward_args ?? {});
	const atLayer = Boolean(entry.layer) && !choosesNeurons(entry);
	const targeted = targetUnit(session, target);
	const neurons = choosesNeurons(entry) ? neuronsOf(entry) : [];
	const { neuronParameter, ...direct } = "neuronParameter" in call ? call : { ...call, neuronParameter: undefined };
	const runs: { unit: Unit; parameters: MethodCall["parameters"] }[] =
		neuronParameter !== undefined
			? neurons.map((neuron) => ({
					unit: targeted,
					parameters: { ...call.parameters, [neuronParameter]: formatUnit(neuron) },
				}))
			: (neurons.length > 0 ? neurons : [targeted]).map((unit) => ({ unit, parameters: call.parameters }));
	const start = entry.relevance_at_output ? tensorOf(entry.relevance_at_output) : undefined;
	let sum: Arrays | undefined;
	for (const { unit, parameters } of runs) {
		const { maps } = await runCall(
			session,
			{
				unit: { unit },
				...(atLayer && { at: placeOfLayer(entry) }),
				...(held.length > 0 && { held }),
				...(start && { start }),
				...direct,
				parameters,
			},
			inputs,
		);
		const arrays = Object.fromEntries(
			maps.map(({ at, tensor }) => [entry.expected.layer && maps.length === 1 ? "layer" : at, tensor.data]),
		);
		sum = sum ? added(sum, arrays) : arrays;
	}
	return sum ?? {};
}

/** Examples of the same target: a number for all, one for each, or an index of several axes for all. */
function examplesByTarget({ target }: Case, batch: number): { target: Case["target"]; examples: number[] }[] {
	const all = Array.from({ length: batch }, (_, index) => index);
	const each = Array.isArray(target) && target.length === batch && batch > 1;
	if (!each) return [{ target, examples: all }];
	const groups = new Map<string, { target: Case["target"]; examples: number[] }>();
	for (const [example, one] of (target as (number | number[])[]).entries()) {
		const group = groups.get(JSON.stringify(one)) ?? { target: one, examples: [] };
		group.examples.push(example);
		groups.set(JSON.stringify(one), group);
	}
	return [...groups.values()];
}

function tensorsOf(data: Readonly<Record<string, Data>>): Tensors {
	return Object.fromEntries(Object.entries(data).map(([name, one]) => [name, tensorOf(one)]));
}

/** Baselines as tensors; absent ones are zero. A number stands for every element; shorter axes are repeated. */
function baselinesOf({ baselines }: Case, inputs: Tensors): Tensors {
	const given: Tensors = {};
	for (const [name, value] of Object.entries(baselines ?? {})) {
		if (value === null) continue;
		const shape: number[] = [];
		for (let level = value; Array.isArray(level); level = level[0]) shape.push(level.length);
		const data = Float32Array.from(flatten(value));
		const wanted = shape.map((extent, axis) => (axis > 0 && extent === 1 ? (inputs[name]?.shape[axis] ?? 1) : extent));
		given[name] = { dtype: "float32", shape: wanted, data: repeated(data, shape, wanted) };
	}
	return given;
}

function repeated(data: Float32Array, shape: readonly number[], wanted: readonly number[]): Float32Array {
	const size = wanted.reduce((product, extent) => product * extent, 1);
	return Float32Array.from({ length: size }, (_, at) => {
		let [rest, from, step] = [at, 0, 1];
		for (let axis = wanted.length - 1; axis >= 0; axis--) {
			const place = rest % wanted[axis]!;
			rest = Math.floor(rest / wanted[axis]!);
			from += (shape[axis] === 1 ? 0 : place) * step;
			step *= shape[axis]!;
		}
		return data[from]!;
	});
}

/** References that have a row for each example are cut like the examples. */
function sliceReferences(baselines: Tensors, batch: number, from: number, to: number): Tensors {
	const whole = Object.entries(baselines).filter(([, { shape }]) => shape[0] !== batch || batch === 1);
	const rows = Object.fromEntries(Object.entries(baselines).filter(([, { shape }]) => shape[0] === batch && batch > 1));
	return { ...Object.fromEntries(whole), ...sliceBatch(rows, from, to) };
}

function added(a: Arrays, b: Arrays): Arrays {
	return Object.fromEntries(
		Object.entries(a).map(([name, values]) => [
			name,
			Float64Array.from(values, (value, index) => value + b[name]![index]!),
		]),
	);
}

/** Examples that were run one by one, one after the other. */
function joined(parts: readonly Arrays[]): Arrays {
	const [first = {}] = parts;
	if (parts.length === 1) return first;
	return Object.fromEntries(
		Object.keys(first).map((name) => [name, Float64Array.from(parts.flatMap((part) => Array.from(part[name]!)))]),
	);
}
