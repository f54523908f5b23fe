import { CancelledError, InvalidRequestError, LaminaError, UnsupportedError } from "../../shared/errors";
import type { ModelSummary } from "../../shared/model";
import type { Tensor } from "../../shared/tensor";
import { formatPlace } from "../../shared/unit-parser";
import type { Place, UnitAddress } from "../../shared/units";
import type { Engine, Plan } from "../engine/engine";
import { PlanCache } from "../engine/plan-cache";
import type { OpenedModel } from "../formats/format";
import type { WeightStore } from "../formats/weights";
import { cutGraph } from "../graph/cut";
import type { Graph, GraphPort } from "../graph/types";
import type { Program } from "../program/types";
import { downstream } from "../rules/walk";
import { outputValues } from "../units/logits";
import { resolvePlace } from "../units/place";
import { channelAxisOf, resolveUnit, type UnitContext } from "../units/unit";
import { activationName, type BackwardTarget, buildBackward, buildForward, mapName } from "./build-programs";
import { checkInputs, concatTensors, type Inputs, sliceBatch, sliceTensor } from "./inputs";
import { layersBefore } from "./layer-info";
import { type Lowering, Lowerings, ORIGINAL, type Variant } from "./lowerings";
import { backwardBytesPerExample, bytesPerExample, defaultMemoryBudget, examplesWithin } from "./memory";
import type { BackwardRequest, BackwardResult, LayerInfo, ModelSession } from "./model-session";
import { START_INPUT, type UnitParts, unitInputs, unitKey, unitValues } from "./seeds";

export interface SessionOptions {
	/** Path of the model file, for the record. */
	path: string;
	labels?: readonly string[];
	/** Bytes that the values of one run may take. */
	memoryBudget?: number;
}

/** The one implementation of {@link ModelSession}. */
export class Session implements ModelSession {
	readonly graph: Graph;
	readonly weights: WeightStore;
	readonly labels: readonly string[] | undefined;
	readonly path: string;
	private readonly budget: number;
	private readonly lowerings: Lowerings;
	private readonly plans: PlanCache;
	/** Bytes for one example, by what is computed: telling them takes as long as building the program. */
	private readonly estimates = new Map<string, number>();
	private readonly cuts = new Map<string, Session>();

	constructor(
		model: OpenedModel,
		readonly engine: Engine,
		readonly summary: ModelSummary,
		options: SessionOptions,
	) {
		this.graph = model.graph;
		this.weights = model.weights;
		this.labels = options.labels;
		this.path = options.path;
		this.budget = options.memoryBudget ?? defaultMemoryBudget(engine.id);
		this.lowerings = new Lowerings(model);
		this.plans = new PlanCache(engine);
	}

	async forward(inputs: Inputs, places: readonly Place[] = [], signal?: AbortSignal): Promise<Tensor[]> {
		const { tensors } = checkInputs(this.graph, inputs);
		const lowering = this.lowerings.lower(ORIGINAL, tensors);
		const values =
			places.length === 0
				? this.graph.outputs.map((port) => port.value)
				: places.map((place) => resolvePlace(this.graph, place).value);
		for (const [index, value] of values.entries())
			lowering.require(value, places[index] ? formatPlace(places[index]) : (this.graph.outputs[index]?.name ?? value));
		return this.values(tensors, values, signal);
	}

	async unitValue(inputs: Inputs, unit: UnitAddress, signal?: AbortSignal): Promise<Float32Array> {
		const { tensors } = checkInputs(this.graph, inputs);
		const parts = this.resolve(tensors, unit);
		const layers = await this.values(
			tensors,
			parts.map((part) => part.unit.value),
			signal,
		);
		return unitValues(parts, layers);
	}

	async backward(request: BackwardRequest, inputs: Inputs, signal?: AbortSignal): Promise<BackwardResult> {
		const { tensors, batch } = checkInputs(this.graph, inputs);
		const parts = this.resolve(tensors, request.unit);
		const variant: Variant = { passes: request.passes, keep: this.normalised(parts) };
		const lowering = this.lowerings.lower(variant, tensors);
		const targets = this.targets(request.at);
		const start = typeof request.start === "object" ? checkStart(request.start, parts, batch) : undefined;
		const kind = start ? "given" : (request.start as "one" | "value");
		const key = `backward|${this.lowerings.key(variant, tensors)}|${request.composite.id}|${kind}|${unitKey(parts)}|${targets.map(({ value, input }) => (input === undefined ? value : `input ${value}`)).join()}`;
		const plan = await this.plan(key, variant, () =>
			buildBackward(lowering, { composite: request.composite, parts, start: kind, targets }),
		);
		const examples = examplesWithin(
			this.budget,
			this.estimate(key, () => bytesPerExample(plan.program)),
		);
		const results = await runBatches(batch, examples, signal, (from, to) =>
			plan.run(
				{
					...sliceBatch(tensors, from, to),
					...unitInputs(parts, to - from),
					...(start && { [START_INPUT]: sliceTensor(start, from, to) }),
				},
				undefined,
				signal,
			),
		);
		const joined = (name: string) => concatTensors(results.map((result) => outputOf(result, name)));
		return {
			maps: targets.map((target, index) => ({
				at: target.at,
				tensor: joined(mapName(index)),
				channelAxis: target.channelAxis,
				activation: target.input === undefined ? joined(activationName(index)) : (tensors[target.input] as Tensor),
			})),
			unitValue: joined("unit").data as Float32Array,
		};
	}

	async topUnit(inputs: Inputs): Promise<UnitAddress> {
		const { tensors } = checkInputs(this.graph, inputs);
		const lowering = this.lowerings.lower(ORIGINAL, tensors);
		const output = mainOutput(lowering, this.graph);
		if (!output) throw new InvalidRequestError("the model has no output", this.path);
		lowering.require(output.value, output.name);
		const layer = this.graph.layers.find((candidate) => candidate.name === output.layer);
		const call = layer?.calls.findIndex(({ outputs }) => outputs.includes(output.value)) ?? 0;
		const place: Place = { layer: output.layer, ...(call > 0 && { call }) };
		const { unit } = this.resolve(tensors, { unit: { place } })[0] as UnitParts;
		const [scores] = await this.values(sliceBatch(tensors, 0, 1), [unit.value]);
		const data = scores?.data ?? [];
		let best = 0;
		for (let at = 1; at < data.length; at++) if ((data[at] ?? 0) > (data[best] ?? 0)) best = at;
		const index: number[] = [];
		for (const extent of [...unit.shape].reverse()) {
			index.unshift(best % extent);
			best = Math.floor(best / extent);
		}
		const position = index.filter((_, axis) => axis !== unit.channelAxis);
		const channel = unit.channelAxis >= 0 ? { channel: index[unit.channelAxis] ?? 0 } : {};
		return { unit: { place, ...channel, ...(position.length > 0 && { position }) } };
	}

	batchSize(kind: "forward" | "backward", inputs: Inputs): number {
		const { tensors } = checkInputs(this.graph, inputs);
		const lowering = this.lowerings.lower(ORIGINAL, tensors);
		const bytes = this.estimate(`${kind}|${this.lowerings.key(ORIGINAL, tensors)}`, () => {
			const values = this.graph.outputs.map((port) => port.value).filter((value) => lowering.lowered.values.has(value));
			const program = buildForward(lowering, values);
			return kind === "forward" ? bytesPerExample(program) : backwardBytesPerExample(program);
		});
		return examplesWithin(this.budget, bytes);
	}

	layerInfo(inputs: Inputs, unit: UnitAddress): readonly LayerInfo[] {
		const { tensors } = checkInputs(this.graph, inputs);
		return layersBefore(
			this.lowerings.lower(ORIGINAL, tensors),
			new Set(this.resolve(tensors, unit).map((part) => part.unit.value)),
		);
	}

	cutAt(place: Place, inputs: Inputs): ModelSession {
		const { tensors } = checkInputs(this.graph, inputs);
		const { layer, value } = resolvePlace(this.graph, place);
		const lowering = this.lowerings.lower(ORIGINAL, tensors);
		const { dtype, shape } = lowering.require(value, formatPlace(place));
		const key = `${value}|${this.lowerings.key(ORIGINAL, tensors)}`;
		const known = this.cuts.get(key);
		if (known) return known;
		const port: GraphPort = {
			name: formatPlace(place),
			value,
			shape: [null, ...shape.slice(1)],
			dtype,
			layer: layer.name,
		};
		const options: SessionOptions = {
			path: this.path,
			memoryBudget: this.budget,
			...(this.labels && { labels: this.labels }),
		};
		const cut = new Session(
			{ graph: cutGraph(this.graph, port), weights: this.weights },
			this.engine,
			this.summary,
			options,
		);
		this.cuts.set(key, cut);
		return cut;
	}

	close(): void {
		for (const cut of this.cuts.values()) cut.plans.dispose();
		this.plans.dispose();
		this.weights.close();
	}

	private resolve(tensors: Inputs, address: UnitAddress): UnitParts[] {
		const lowering = this.lowerings.lower(ORIGINAL, tensors);
		const context: UnitContext = {
			graph: this.graph,
			labels: this.labels,
			shapeOf: (value, place) => lowering.require(value, formatPlace(place)).shape,
		};
		const part = (unit: UnitAddress["unit"], sign: 1 | -1): UnitParts => {
			const resolved = resolveUnit(context, unit);
			lowering.require(resolved.value, formatPlace(unit.place));
			return { unit: resolved, sign };
		};
		return [part(address.unit, 1), ...(address.minus ? [part(address.minus, -1)] : [])];
	}

	private targets(at: readonly (Place | "input")[]): BackwardTarget[] {
		return at.flatMap((place) => {
			if (place === "input") return this.inputTargets();
			const { layer, value } = resolvePlace(this.graph, place);
			return [{ at: formatPlace(place), value, channelAxis: layer.channelAxis }];
		});
	}

	/** Values of the unit that a normalisation reads: folded into the layer before it, they would mean something else. */
	private normalised(parts: readonly UnitParts[]): string[] {
		const read = new Set(this.graph.nodes.flatMap((node) => (node.op === "BatchNormalization" ? node.inputs : [])));
		return parts.map((part) => part.unit.value).filter((value) => read.has(value));
	}

	private inputTargets(): BackwardTarget[] {
		const floating = this.graph.inputs.filter((port) => port.dtype === "float32");
		if (floating.length === 0) {
			const names = this.graph.inputs.map((port) => port.name).join(", ");
			throw new UnsupportedError(
				`the inputs (${names}) are whole numbers, which have no gradient`,
				this.path,
				"Ask for the map at the first layer with real numbers, such as the embedding.",
			);
		}
		return floating.map((port) => ({
			at: port.name,
			value: port.value,
			input: port.name,
			channelAxis: channelAxisOf(
				this.graph.layers.find((layer) => layer.name === port.layer)?.channelAxis ?? -1,
				port.shape.length,
			),
		}));
	}

	/** Values of the graph for all examples, by one plan that knows every value that a place can name. */
	private async values(tensors: Inputs, wanted: readonly string[], signal?: AbortSignal): Promise<Tensor[]> {
		const lowering = this.lowerings.lower(ORIGINAL, tensors);
		const named = namedValues(this.graph).filter((value) => lowering.lowered.values.has(value));
		const plan = await this.plan(`forward|${this.lowerings.key(ORIGINAL, tensors)}`, ORIGINAL, () =>
			buildForward(lowering, named),
		);
		const batch = Object.values(tensors)[0]?.shape[0] ?? 1;
		const bytes = this.estimate(`${wanted.join()}|${this.lowerings.key(ORIGINAL, tensors)}`, () =>
			bytesPerExample(buildForward(lowering, wanted)),
		);
		const examples = examplesWithin(this.budget, bytes);
		const results = await runBatches(batch, examples, signal, (from, to) =>
			plan.run(sliceBatch(tensors, from, to), [...new Set(wanted)], signal),
		);
		return wanted.map((value) => concatTensors(results.map((result) => outputOf(result, value))));
	}

	private estimate(key: string, compute: () => number): number {
		const bytes = this.estimates.get(key) ?? compute();
		this.estimates.set(key, bytes);
		return bytes;
	}

	private plan(key: string, variant: Variant, build: () => Program): Promise<Plan> {
		return this.plans.plan(key, () => ({ program: build(), weights: this.lowerings.model(variant).weights }));
	}
}

/** The first output that no other output is computed from: a model may give its inner layers as outputs too. */
function mainOutput({ lowered }: Lowering, { outputs }: Graph): GraphPort | undefined {
	const leadsToAnother = (port: GraphPort) => {
		const after = downstream(lowered.nodes, new Set([port.value]));
		return outputs.some((other) => other.value !== port.value && after.has(other.value));
	};
	return outputs.find((port) => !leadsToAnother(port)) ?? outputs[0];
}

/** Every value that a place or an output can name. */
function namedValues(graph: Graph): string[] {
	const names = new Set<string>(graph.outputs.map((port) => port.value));
	for (const layer of graph.layers) {
		for (const call of layer.calls)
			for (const value of [...call.inputs, ...call.outputs, call.preActivation])
				if (value !== undefined) names.add(value);
	}
	for (const logit of outputValues(graph).logit.values()) names.add(logit);
	return [...names];
}

async function runBatches(
	batch: number,
	examples: number,
	signal: AbortSignal | undefined,
	run: (from: number, to: number) => Promise<Record<string, Tensor>>,
): Promise<Record<string, Tensor>[]> {
	const results: Record<string, Tensor>[] = [];
	for (let from = 0; from < batch; from += examples) {
		if (signal?.aborted) throw new CancelledError();
		results.push(await run(from, Math.min(batch, from + examples)));
	}
	return results;
}

function outputOf(result: Record<string, Tensor>, name: string): Tensor {
	const tensor = result[name];
	if (!tensor) throw new LaminaError({ code: "failed", message: `the engine gave no value for ${name}` });
	return tensor;
}

function checkStart(start: Tensor, parts: readonly UnitParts[], batch: number): Tensor {
	const [part] = parts;
	if (!part || parts.length > 1)
		throw new InvalidRequestError("a start of one's own belongs to a single unit, not to a difference of two");
	const expected = [batch, ...part.unit.shape];
	if (start.dtype !== "float32" || start.shape.join() !== expected.join()) {
		throw new InvalidRequestError(
			`the start has the shape [${start.shape.join(", ")}] (${start.dtype}), but the unit's layer has [${expected.join(", ")}] (float32)`,
			formatPlace(part.unit.unit.place),
		);
	}
	return start;
}
