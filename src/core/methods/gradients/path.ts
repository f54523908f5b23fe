import type { AttributionMap } from "../../../shared/result";
import type { Tensor } from "../../../shared/tensor";
import { gradientComposite } from "../../rules/composites";
import type { BackwardResult, ModelSession } from "../../session/model-session";
import { walk } from "../backward-method";
import { baselineOf } from "../baselines";
import { type Batch, growingBatches } from "../batches";
import { type ExplainedInput, explainedInputs, repeatOthers, repeatTensor } from "../examples";
import type { MapSum } from "../map-sum";
import type { PreparedRequest } from "../method";
import { type GradientTerms, summedGradients } from "../summed-gradients";
import type { Quadrature } from "./quadrature";

/** The straight line from a baseline to each example of each explained input. */
export interface StraightPath {
	readonly explained: readonly ExplainedInput[];
	/** By name, shaped like the inputs. */
	readonly baselines: ReadonlyMap<string, Tensor>;
}

export function straightPath(session: ModelSession, request: PreparedRequest): StraightPath {
	const explained = explainedInputs(session, request);
	const baselines = new Map(
		explained.map(({ name, tensor, channelAxis }) => [name, baselineOf(request, name, tensor, channelAxis)]),
	);
	return { explained, baselines };
}

/** Some points of a path, each for all examples: the first point of every example, then the second, and so on. */
export interface PathBatch extends Batch {
	/** What the model was given. */
	readonly inputs: Readonly<Record<string, Tensor>>;
	readonly request: PreparedRequest;
	/** Share of the points that are done with this batch. */
	readonly progress: number;
}

/**
 * The inputs at points of a straight path, in batches.
 * @param points 0 is the baseline, 1 the input
 */
export function* pathBatches(
	session: ModelSession,
	request: PreparedRequest,
	{ explained, baselines }: StraightPath,
	points: readonly number[],
): Generator<PathBatch, void, void> {
	const n = explained[0]?.tensor.shape[0] ?? 1;
	const most = Math.max(1, Math.floor(session.batchSize("backward", request.inputs) / n));
	for (const { from, size } of growingBatches(points.length, most)) {
		const inputs = repeatOthers(request.inputs, explained, size);
		for (const { name, tensor } of explained)
			inputs[name] = interpolate(tensor, baselines.get(name) as Tensor, points.slice(from, from + size));
		const repeated = { ...request, ...(request.start && { start: repeatTensor(request.start, size) }) };
		yield { from, size, inputs, request: repeated, progress: (from + size) / points.length };
	}
}

/** The gradient at each point of a path, at the inputs or at a layer. */
export async function* pathGradients(
	session: ModelSession,
	request: PreparedRequest,
	path: StraightPath,
	points: readonly number[],
): AsyncGenerator<PathBatch & { readonly gradients: BackwardResult }, void, void> {
	for (const batch of pathBatches(session, request, path, points)) {
		const gradients = await walk(session, batch.request, { composite: gradientComposite }, batch.inputs);
		yield { ...batch, gradients };
	}
}

/** The gradients at the inputs that a quadrature sums up along a path. */
export async function* weightedGradients(
	session: ModelSession,
	request: PreparedRequest,
	path: StraightPath,
	{ points, weights }: Quadrature,
): AsyncGenerator<PathBatch & { readonly gradients: GradientTerms }, void, void> {
	for (const batch of pathBatches(session, request, path, points)) {
		const own = weights.slice(batch.from, batch.from + batch.size);
		yield { ...batch, gradients: await summedGradients(session, batch.request, batch.inputs, own) };
	}
}

/** What the unit is worth at both ends of a path. */
export interface PathEnds {
	/** On the first example. */
	readonly unitValue: number;
	/** f(x) - f(baseline) for each example: what the map of a method that integrates along the path sums to. */
	readonly expectedSum: readonly number[];
}

/** Both ends in one pass. */
export async function pathEnds(
	session: ModelSession,
	{ inputs, unit, signal }: PreparedRequest,
	{ explained, baselines }: StraightPath,
): Promise<PathEnds> {
	const both = repeatOthers(inputs, explained, 2);
	for (const { name, tensor } of explained) {
		const ends = repeatTensor(tensor, 2);
		ends.data.set(baselines.get(name)?.data ?? [], tensor.data.length);
		both[name] = ends;
	}
	const values = await session.unitValue(both, unit, signal);
	const n = values.length / 2;
	const expectedSum = Array.from({ length: n }, (_, example) => (values[example] ?? 0) - (values[n + example] ?? 0));
	return { unitValue: values[0] ?? 0, expectedSum };
}

function interpolate(input: Tensor, baseline: Tensor, points: readonly number[]): Tensor {
	const [ends, begins, size] = [input.data, baseline.data, input.data.length];
	const data = new Float32Array(size * points.length);
	for (const [step, point] of points.entries()) {
		const offset = step * size;
		for (let at = 0; at < size; at++) {
			const from = begins[at] as number;
			data[offset + at] = from + point * ((ends[at] as number) - from);
		}
	}
	return { dtype: "float32", shape: [(input.shape[0] ?? 1) * points.length, ...input.shape.slice(1)], data };
}

/** Sums over a path as maps of the inputs, with or without the factor input minus baseline. */
export function pathMaps(
	{ explained, baselines }: StraightPath,
	sums: readonly MapSum[],
	multiply: boolean,
): AttributionMap[] {
	return explained.map(({ name, tensor: { data }, channelAxis }, index) => {
		const baseline = baselines.get(name)?.data ?? [];
		const away = (sum: number, at: number) => sum * ((data[at] ?? 0) - (baseline[at] ?? 0));
		return { at: name, channelAxis, tensor: (sums[index] as MapSum).tensor(multiply ? away : undefined) };
	});
}
