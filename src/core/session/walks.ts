import type { Tensor } from "../../shared/tensor";
import type { UnitAddress } from "../../shared/units";
import type { Plan } from "../engine/engine";
import type { Graph } from "../graph/types";
import type { Builder } from "../program/builder";
import type { Program } from "../program/types";
import { Ledger } from "../rules/ledger";
import { outputOf, runBatches } from "./batches";
import {
	activationName,
	type BackwardPlan,
	buildBackward,
	buildSummed,
	mapName,
	referenceName,
	WEIGHTS_INPUT,
	walkRules,
} from "./build-programs";
import { checkInputs, concatTensors, type Inputs, sliceBatch, sliceInputs, sliceTensor } from "./inputs";
import type { KnownValues } from "./known-values";
import { type Lowering, type Lowerings, referenceInput, type Variant } from "./lowerings";
import { bytesPerExample, examplesWithin } from "./memory";
import type { BackwardRequest, BackwardResult, SummedMap, SummedRequest, WalkProgram } from "./model-session";
import type { Rehearsal } from "./rehearsal";
import { START_INPUT, type UnitParts, unitInputs, unitKey } from "./seeds";
import { backwardTargets } from "./targets";
import { checkReference, checkStart, normalised } from "./walk-inputs";

/** What the session lends to its backward walks. */
export interface WalkContext {
	readonly graph: Graph;
	readonly path: string;
	readonly lowerings: Lowerings;
	/** Bytes that the values of one run may take. */
	readonly budget: number;
	/** What is told of the rules, where nothing is computed. */
	readonly rehearsal: Rehearsal | undefined;
	/** Of walks that keep one, by the key of their plan: with the plans, a session and its rehearsals share them. */
	readonly ledgers: Map<string, Ledger>;
	readonly known: KnownValues;
	/** Values of the graph on inputs of the model, which are known from then on. */
	recall(tensors: Inputs, values: readonly string[], signal?: AbortSignal): Promise<Tensor[]>;
	resolve(tensors: Inputs, unit: UnitAddress): UnitParts[];
	plan(key: string, variant: Variant, build: () => Program): Promise<Plan>;
	estimate(key: string, compute: () => number): number;
}

/** A walk that is ready to be built. */
interface PreparedWalk {
	/** Every input of the model. */
	readonly tensors: Inputs;
	readonly batch: number;
	/** What starts, when the request gives it. */
	readonly start: Tensor | undefined;
	readonly variant: Variant;
	readonly lowering: Lowering;
	readonly plan: BackwardPlan;
	/** Whatever decides the program. */
	readonly key: string;
}

interface BuiltWalk extends PreparedWalk {
	build(): Program;
}

/** The backward walks of a session: from a request to a program, and from its runs to maps. */
export class Walks {
	constructor(private readonly context: WalkContext) {}

	async backward(request: BackwardRequest, inputs: Inputs, signal?: AbortSignal): Promise<BackwardResult> {
		const walk = this.prepare(request, inputs);
		const { tensors } = walk;
		const { targets } = walk.plan;
		const reference = request.composite.needsReference
			? checkReference(this.context.graph, request.reference, tensors)
			: undefined;
		const given = await this.givenTo(walk, request, signal);
		const key = [walk.key, ...(given ? ["given"] : []), ...(request.ledger ? ["ledger"] : [])].join("|");
		const ledger = request.ledger && { ledger: (b: Builder) => this.keepLedger(key, b) };
		const build = () => buildBackward(walk.lowering, { ...walk.plan, ...ledger, ...(given && { areGiven: true }) });
		const results = await this.run({ ...walk, key, build }, signal, (from, to) =>
			sliceBatch({ ...reference, ...given }, from, to),
		);
		const joined = (name: string) => given?.[name] ?? concatTensors(results.map((result) => outputOf(result, name)));
		return {
			maps: targets.map((target, index) => ({
				at: target.at,
				tensor: joined(mapName(index)),
				channelAxis: target.channelAxis,
				activation: target.input === undefined ? joined(activationName(index)) : (tensors[target.input] as Tensor),
				...(reference && {
					reference:
						target.input === undefined
							? joined(referenceName(index))
							: (reference[referenceInput(target.input)] as Tensor),
				}),
			})),
			unitValue: joined("unit").data as Float32Array,
			...(reference && { referenceValue: joined("reference-unit").data as Float32Array }),
			...(request.ledger && { ledger: (this.context.ledgers.get(key) as Ledger).read(joined) }),
		};
	}

	/** @param weights one an example */
	async summed(
		request: SummedRequest,
		inputs: Inputs,
		weights: readonly number[],
		signal?: AbortSignal,
	): Promise<SummedMap[]> {
		const walk = this.prepare(request, inputs);
		if (weights.length !== walk.batch)
			throw new RangeError(`${weights.length} weights were given for ${walk.batch} examples`);
		const build = () => buildSummed(walk.lowering, walk.plan);
		const results = await this.run({ ...walk, key: `${walk.key}|summed`, build }, signal, (from, to) => ({
			[WEIGHTS_INPUT]: { dtype: "float32", shape: [to - from], data: Float32Array.from(weights.slice(from, to)) },
		}));
		return walk.plan.targets.map(({ at, channelAxis }, index) => ({
			at,
			channelAxis,
			tensor: total(results.map((result) => outputOf(result, mapName(index)))),
		}));
	}

	program(request: BackwardRequest, inputs: Inputs): WalkProgram {
		const { variant, lowering, plan } = this.prepare(request, inputs);
		const { parts, targets } = plan;
		const { weights } = this.context.lowerings.model(variant);
		return { program: buildBackward(lowering, plan), weights, targets, constants: unitInputs(parts, 1) };
	}

	/** Values of the layers that a walk ends at, where they are known: it then need not compute what lies before them. */
	private async givenTo(
		{ tensors, batch, lowering, plan: { targets } }: PreparedWalk,
		{ composite, reference }: BackwardRequest,
		signal: AbortSignal | undefined,
	): Promise<Record<string, Tensor> | undefined> {
		const { graph, known, recall } = this.context;
		const values = targets.map(({ value }) => value);
		const areLayers = targets.every(({ input, value }) => input === undefined && isAsIn(graph, lowering.source, value));
		if (!areLayers || new Set(values).size < values.length) return undefined;
		const activations = known.find(tensors, values);
		// Runs are told which examples are theirs by the first axis.
		if (!activations?.every(({ shape }) => shape[0] === batch)) return undefined;
		const references = composite.needsReference
			? await recall(checkInputs(graph, reference ?? {}).tensors, values, signal)
			: [];
		return Object.fromEntries([
			...activations.map((value, index) => [activationName(index), value]),
			...references.map((value, index) => [referenceName(index), value]),
		]);
	}

	private prepare(request: BackwardRequest, inputs: Inputs): PreparedWalk {
		const { graph, lowerings, path } = this.context;
		const { tensors, batch } = checkInputs(graph, inputs);
		const { composite, start } = request;
		const parts = this.context.resolve(tensors, request.unit);
		const variant: Variant = { passes: request.passes, keep: normalised(graph, parts) };
		const targets = backwardTargets(graph, path, request.at);
		const kind = typeof start === "object" ? "given" : start;
		const places = targets.map(({ value, input }) => (input === undefined ? value : `input ${value}`));
		const key = ["backward", lowerings.key(variant, tensors), composite.id, kind, unitKey(parts), places.join()].join(
			"|",
		);
		return {
			tensors,
			batch,
			start: typeof start === "object" ? checkStart(start, parts, batch) : undefined,
			variant,
			lowering: lowerings.lower(variant, tensors),
			plan: { composite, parts, start: kind, targets },
			key,
		};
	}

	/** @param more what else the program takes, for examples `from` up to `to` */
	private async run(
		{ key, variant, build, lowering, plan: { composite, parts, targets }, tensors, batch, start }: BuiltWalk,
		signal: AbortSignal | undefined,
		more: (from: number, to: number) => Record<string, Tensor>,
	): Promise<Record<string, Tensor>[]> {
		const { graph, budget, rehearsal } = this.context;
		rehearsal?.walks.set(key, walkRules(lowering, composite, parts, targets));
		const plan = await this.context.plan(key, variant, build);
		const examples = examplesWithin(
			budget,
			this.context.estimate(key, () => bytesPerExample(plan.program)),
		);
		return runBatches(batch, examples, signal, (from, to) =>
			plan.run(
				{
					...sliceInputs(graph, tensors, from, to),
					...unitInputs(parts, to - from),
					...(start && { [START_INPUT]: sliceTensor(start, from, to) }),
					...more(from, to),
				},
				undefined,
				signal,
			),
		);
	}

	private keepLedger(key: string, b: Builder): Ledger {
		const ledger = new Ledger(b);
		this.context.ledgers.set(key, ledger);
		return ledger;
	}
}

/** Whether a node makes the value, and the passes left it as it was: what is folded means something else. */
function isAsIn(original: Graph, source: Graph, value: string): boolean {
	const maker = (graph: Graph) => graph.nodes.find(({ outputs }) => outputs.includes(value));
	const own = maker(original);
	return own !== undefined && own === maker(source);
}

function total(parts: readonly Tensor[]): Tensor {
	const [first, ...rest] = parts as [Tensor, ...Tensor[]];
	if (rest.length === 0) return first;
	const data = Float32Array.from(first.data, (value, at) =>
		rest.reduce((sum, { data: other }) => sum + (other[at] as number), value),
	);
	return { dtype: "float32", shape: first.shape, data };
}
