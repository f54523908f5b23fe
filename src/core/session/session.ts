import { InvalidRequestError } from "../../shared/errors";
import type { ModelSummary } from "../../shared/model";
import type { Tensor } from "../../shared/tensor";
import { formatPlace } from "../../shared/unit-parser";
import type { Place, UnitAddress } from "../../shared/units";
import type { Engine, Plan } from "../engine/engine";
import { PlanCache, type Plans } from "../engine/plan-cache";
import { speedsOf } from "../engine/speed/speeds";
import type { OpenedModel } from "../formats/format";
import type { WeightStore } from "../formats/weights";
import { cutGraph } from "../graph/cut";
import { downstream } from "../graph/reach";
import type { Graph, GraphPort } from "../graph/types";
import type { Program } from "../program/types";
import type { Ledger } from "../rules/ledger";
import { placeOfOutput, resolvePlace } from "../units/place";
import { resolveUnit, type UnitContext } from "../units/unit";
import { outputOf, runBatches } from "./batches";
import { buildForward } from "./build-programs";
import { checkInputs, concatTensors, fitInputs, type Inputs, indexOf, sliceInputs } from "./inputs";
import { copyOf, KnownValues } from "./known-values";
import { layersBefore } from "./layer-info";
import { isAffine, layoutOf } from "./layout";
import { type Lowering, Lowerings, ORIGINAL, type Variant } from "./lowerings";
import { backwardBytesPerExample, bytesPerExample, defaultMemoryBudget, examplesWithin } from "./memory";
import type {
	BackwardRequest,
	BackwardResult,
	Edit,
	LayerInfo,
	ModelSession,
	PerturbedBatch,
	PlaceLayout,
	SummedMap,
	SummedRequest,
	WalkProgram,
} from "./model-session";
import { mainOutput, namedValues } from "./named-values";
import { type PerturbationContext, perturb } from "./perturbed/perturb";
import type { Rehearsal } from "./rehearsal";
import { type UnitParts, unitKey, unitValues } from "./seeds";
import { Walks } from "./walks";

export interface SessionOptions {
	/** Path of the model file, for the record. */
	path: string;
	labels?: readonly string[];
	/** Bytes that the values of one run may take. */
	memoryBudget?: number;
}

/** Makes a session one that computes nothing: it notes what it is asked, with the plans of a real one. */
interface RehearsalOf {
	readonly real: Session;
	readonly rehearsal: Rehearsal;
}

/** The one implementation of {@link ModelSession}. */
export class Session implements ModelSession {
	readonly graph: Graph;
	readonly weights: WeightStore;
	readonly labels: readonly string[] | undefined;
	readonly path: string;
	private readonly budget: number;
	private readonly lowerings: Lowerings;
	private readonly cache: PlanCache;
	private readonly plans: Plans;
	private readonly ledgers: Map<string, Ledger>;
	private readonly known: KnownValues;
	/** Bytes for one example, by what is computed: telling them takes as long as building the program. */
	private readonly estimates = new Map<string, number>();
	private readonly cuts = new Map<string, Session>();
	private readonly walks: Walks;
	private readonly layouts = new Map<string, PlaceLayout>();
	/** Programs of forward passes, which may be asked for their time before they are compiled. */
	private readonly forwards: Map<string, Program>;

	constructor(
		model: OpenedModel,
		readonly engine: Engine,
		readonly summary: ModelSummary,
		private readonly options: SessionOptions,
		private readonly rehearses?: RehearsalOf,
	) {
		this.graph = model.graph;
		this.weights = model.weights;
		this.labels = options.labels;
		this.path = options.path;
		this.budget = options.memoryBudget ?? defaultMemoryBudget(engine.id, 4 * summary.parameters);
		this.lowerings = rehearses?.real.lowerings ?? new Lowerings(model);
		this.cache = rehearses?.real.cache ?? new PlanCache(engine, {}, speedsOf(engine).observe);
		this.plans = rehearses?.rehearsal.plans(this.cache) ?? this.cache;
		this.ledgers = rehearses?.real.ledgers ?? new Map();
		this.known = new KnownValues(rehearses?.real.known);
		this.forwards = rehearses?.real.forwards ?? new Map();
		this.walks = new Walks({
			graph: this.graph,
			path: this.path,
			lowerings: this.lowerings,
			budget: this.budget,
			rehearsal: rehearses?.rehearsal,
			ledgers: this.ledgers,
			known: this.known,
			recall: (tensors, values, signal) => this.recall(tensors, values, signal),
			resolve: (tensors, unit) => this.resolve(tensors, unit),
			plan: (key, variant, build) => this.plan(key, variant, build),
			estimate: (key, compute) => this.estimate(key, compute),
		});
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
		const [values] = await this.unitValues(inputs, [unit], signal);
		return values as Float32Array;
	}

	async unitValues(inputs: Inputs, units: readonly UnitAddress[], signal?: AbortSignal): Promise<Float32Array[]> {
		const { tensors } = checkInputs(this.graph, inputs);
		const resolved = units.map((unit) => this.resolve(tensors, unit));
		const wanted = [...new Set(resolved.flat().map((part) => part.unit.value))];
		const found = await this.values(tensors, wanted, signal);
		const heldBy = ({ unit }: UnitParts) => found[wanted.indexOf(unit.value)] as Tensor;
		return resolved.map((parts) => unitValues(parts, parts.map(heldBy)));
	}

	async remember(inputs: Inputs, places: readonly Place[], signal?: AbortSignal): Promise<Tensor[]> {
		const { tensors } = checkInputs(this.graph, inputs);
		const lowering = this.lowerings.lower(ORIGINAL, tensors);
		const values = places.map((place) => {
			const { value } = resolvePlace(this.graph, place);
			lowering.require(value, formatPlace(place));
			return value;
		});
		return (await this.recall(tensors, values, signal)).map(copyOf);
	}

	forwardTime(inputs: Inputs): number {
		const { tensors, batch } = fitInputs(this.graph, inputs);
		const program = this.wholeForward(tensors);
		const outputs = this.graph.outputs.map(({ value }) => value).filter((value) => program.outputs.has(value));
		return speedsOf(this.engine).estimate(program, outputs, batch).milliseconds;
	}

	backward(request: BackwardRequest, inputs: Inputs, signal?: AbortSignal): Promise<BackwardResult> {
		return this.walks.backward(request, inputs, signal);
	}

	summedBackward(
		request: SummedRequest,
		inputs: Inputs,
		weights: readonly number[],
		signal?: AbortSignal,
	): Promise<SummedMap[]> {
		return this.walks.summed(request, inputs, weights, signal);
	}

	walkProgram(request: BackwardRequest, inputs: Inputs): WalkProgram {
		return this.walks.program(request, inputs);
	}

	forwardProgram(places: readonly Place[], inputs: Inputs): { program: Program; values: readonly string[] } {
		const { tensors } = checkInputs(this.graph, inputs);
		const lowering = this.lowerings.lower(ORIGINAL, tensors);
		const values = places.map((place) => resolvePlace(this.graph, place).value);
		for (const [index, value] of values.entries()) lowering.require(value, formatPlace(places[index] as Place));
		return { program: buildForward(lowering, new Set(values)), values };
	}

	async *perturbed(
		inputs: Inputs,
		unit: UnitAddress,
		edits: readonly Edit[],
		signal?: AbortSignal,
	): AsyncGenerator<PerturbedBatch, void, void> {
		const { tensors } = checkInputs(this.graph, inputs);
		const parts = this.resolve(tensors, unit);
		const context: PerturbationContext = {
			lowering: this.lowerings.lower(ORIGINAL, tensors),
			parts,
			key: `${this.lowerings.key(ORIGINAL, tensors)}|${unitKey(parts)}`,
			budget: this.budget,
			plan: (key, build) => this.plan(key, ORIGINAL, build),
			unitValue: (edited) => this.unitValue(edited, unit, signal),
			wholeAtOnce: this.batchSize("forward", tensors),
			signal,
		};
		yield* perturb(context, tensors, edits);
	}

	async topUnit(inputs: Inputs): Promise<UnitAddress> {
		const { tensors } = checkInputs(this.graph, inputs);
		const lowering = this.lowerings.lower(ORIGINAL, tensors);
		const output = mainOutput(lowering, this.graph);
		if (!output) throw new InvalidRequestError("the model has no output", this.path);
		lowering.require(output.value, output.name);
		const place = placeOfOutput(this.graph, output);
		const { unit } = this.resolve(tensors, { unit: { place } })[0] as UnitParts;
		const [scores] = await this.values(sliceInputs(this.graph, tensors, 0, 1), [unit.value]);
		const data = scores?.data ?? [];
		let best = 0;
		for (let at = 1; at < data.length; at++) if ((data[at] ?? 0) > (data[best] ?? 0)) best = at;
		const index = indexOf(best, unit.shape);
		const position = index.filter((_, axis) => axis !== unit.channelAxis);
		const channel = unit.channelAxis >= 0 ? { channel: index[unit.channelAxis] ?? 0 } : {};
		return { unit: { place, ...channel, ...(position.length > 0 && { position }) } };
	}

	batchSize(kind: "forward" | "backward", inputs: Inputs): number {
		const { tensors } = fitInputs(this.graph, inputs);
		const lowering = this.lowerings.lower(ORIGINAL, tensors);
		const bytes = this.estimate(`${kind}|${this.lowerings.key(ORIGINAL, tensors)}`, () => {
			const values = this.graph.outputs.map((port) => port.value).filter((value) => lowering.lowered.values.has(value));
			const program = buildForward(lowering, values);
			return kind === "forward" ? bytesPerExample(program) : backwardBytesPerExample(program);
		});
		return examplesWithin(this.budget, bytes);
	}

	layerInfo(inputs: Inputs, unit: UnitAddress): readonly LayerInfo[] {
		const { tensors } = fitInputs(this.graph, inputs);
		return layersBefore(
			this.lowerings.lower(ORIGINAL, tensors),
			new Set(this.resolve(tensors, unit).map((part) => part.unit.value)),
		);
	}

	layout(place: Place, inputs: Inputs): PlaceLayout {
		const { tensors } = fitInputs(this.graph, inputs);
		const { layer, value } = resolvePlace(this.graph, place);
		const key = `${value}|${this.lowerings.key(ORIGINAL, tensors)}`;
		const known = this.layouts.get(key);
		if (known) return known;
		const lowering = this.lowerings.lower(ORIGINAL, tensors);
		const layout = layoutOf(lowering, value, formatPlace(place), layer.channelAxis);
		this.layouts.set(key, layout);
		return layout;
	}

	isAffine(place: Place, unit: UnitAddress, inputs: Inputs): boolean {
		const { tensors } = fitInputs(this.graph, inputs);
		const values = new Set(this.resolve(tensors, unit).map((part) => part.unit.value));
		return isAffine(this.lowerings.lower(ORIGINAL, tensors), resolvePlace(this.graph, place).value, values);
	}

	/** The same model on plans that compute nothing: what a method asks of it is noted, and answered with zeros. */
	rehearse(rehearsal: Rehearsal): Session {
		const model = { graph: this.graph, weights: this.weights };
		return new Session(model, this.engine, this.summary, this.options, { real: this, rehearsal });
	}

	cutAt(place: Place, inputs: Inputs, unit?: UnitAddress): Session {
		const { tensors } = fitInputs(this.graph, inputs);
		const { layer, value } = resolvePlace(this.graph, place);
		const lowering = this.lowerings.lower(ORIGINAL, tensors);
		const { dtype, shape } = lowering.require(value, formatPlace(place));
		const after = downstream(lowering.lowered.nodes, new Set([value]));
		const parts = unit ? this.resolve(tensors, unit) : [];
		const beside = parts.map((part) => part.unit.value).filter((name) => !after.has(name));
		const key = `${value}|${beside.join()}|${this.lowerings.key(ORIGINAL, tensors)}`;
		const known = this.cuts.get(key);
		if (known) return known;
		const port: GraphPort = {
			name: formatPlace(place),
			value,
			shape: [null, ...shape.slice(1)],
			dtype,
			layer: layer.name,
		};
		const real = this.rehearses?.real.cutAt(place, inputs, unit);
		const cut = real
			? real.rehearse((this.rehearses as RehearsalOf).rehearsal)
			: new Session(
					{ graph: cutGraph(this.graph, port, beside), weights: this.weights },
					this.engine,
					this.summary,
					this.options,
				);
		this.cuts.set(key, cut);
		return cut;
	}

	withWeights(weights: WeightStore): Session {
		return new Session({ graph: this.graph, weights }, this.engine, this.summary, this.options);
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

	/**
	 * Values of the graph for all examples, by one plan that knows every value that a layer or an output has; what else
	 * is asked for (a value inside a layer) gets a plan of its own.
	 */
	private async values(tensors: Inputs, wanted: readonly string[], signal?: AbortSignal): Promise<Tensor[]> {
		const known = this.known.find(tensors, wanted);
		if (known) return known.map(copyOf);
		const lowering = this.lowerings.lower(ORIGINAL, tensors);
		const named = this.named(lowering);
		const isInside = wanted.some((value) => !named.has(value));
		const plan = await this.plan(`${this.forwardKey(tensors)}${isInside ? `|${wanted.join()}` : ""}`, ORIGINAL, () =>
			isInside ? buildForward(lowering, new Set(wanted)) : this.wholeForward(tensors),
		);
		const { batch } = fitInputs(this.graph, tensors);
		const bytes = this.estimate(`${wanted.join()}|${this.lowerings.key(ORIGINAL, tensors)}`, () =>
			bytesPerExample(buildForward(lowering, wanted)),
		);
		const examples = examplesWithin(this.budget, bytes);
		const results = await runBatches(batch, examples, signal, (from, to) =>
			plan.run(sliceInputs(this.graph, tensors, from, to), [...new Set(wanted)], signal),
		);
		return wanted.map((value) => concatTensors(results.map((result) => outputOf(result, value))));
	}

	private async recall(tensors: Inputs, values: readonly string[], signal?: AbortSignal): Promise<Tensor[]> {
		const known = this.known.find(tensors, values);
		if (known) return known;
		const found = await this.values(tensors, values, signal);
		this.known.keep(tensors, new Map(values.map((value, index) => [value, found[index] as Tensor])));
		return found;
	}

	/** The program of the forward pass that knows every named value: that of its plan, or of the plan to be. */
	private wholeForward(tensors: Inputs): Program {
		const key = this.forwardKey(tensors);
		const known = this.cache.peek(key)?.program ?? this.forwards.get(key);
		if (known) return known;
		const lowering = this.lowerings.lower(ORIGINAL, tensors);
		const built = buildForward(lowering, this.named(lowering));
		this.forwards.set(key, built);
		return built;
	}

	private forwardKey(tensors: Inputs): string {
		return `forward|${this.lowerings.key(ORIGINAL, tensors)}`;
	}

	/** What the plan of the forward pass knows. */
	private named({ lowered }: Lowering): Set<string> {
		return new Set(namedValues(this.graph).filter((value) => lowered.values.has(value)));
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
