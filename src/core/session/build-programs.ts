import { type LoweredGraph, requireValue } from "../graph/lower";
import { downstream } from "../graph/reach";
import type { Builder } from "../program/builder";
import { BATCH, productOf } from "../program/dims";
import { givenValues } from "../program/passes/given-values";
import { optimizeLayout } from "../program/passes/layout";
import { sumExamples } from "../program/passes/sum-examples";
import type { Program, Value } from "../program/types";
import { full, mul, reshape } from "../program/vocabulary";
import { type AssignedRule, assignRules } from "../rules/assign";
import type { Ledger } from "../rules/ledger";
import type { Composite } from "../rules/rule";
import { walkBackward } from "../rules/walk";
import { unreached } from "../units/place";
import type { Lowering } from "./lowerings";
import { emitDifference, emitUnit, type Start, type UnitParts } from "./seeds";

/** Where a map is wanted: a value of the graph. `input` names the model input, for those. */
export interface BackwardTarget {
	readonly at: string;
	readonly value: string;
	readonly channelAxis: number;
	readonly input?: string;
}

export interface BackwardPlan {
	readonly composite: Composite;
	readonly parts: readonly UnitParts[];
	readonly start: Start;
	readonly targets: readonly BackwardTarget[];
	/** The values of the targets, layers all, are given: they are inputs of the program in place of outputs. */
	readonly areGiven?: boolean;
	/** Makes the ledger that the walk is noted in. */
	readonly ledger?: (b: Builder) => Ledger;
}

/** Input of a program that sums over examples: the weight of each. */
export const WEIGHTS_INPUT = "weights";

export const mapName = (index: number): string => `map:${index}`;
export const activationName = (index: number): string => `activation:${index}`;
export const referenceName = (index: number): string => `reference-activation:${index}`;

const valuesOf = (graph: LoweredGraph) => (name: string) => requireValue(graph, name, name);

/** A program that gives values of the graph, under their own names. */
export function buildForward(lowering: Lowering, values: Iterable<string>): Program {
	const { b, graph } = lowering.emit();
	for (const name of values) b.output(name, requireValue(graph, name, name));
	return optimizeLayout(b.build());
}

/** A program that gives the unit's value (`unit`: [N]). */
export function buildUnit(lowering: Lowering, parts: readonly UnitParts[]): Program {
	const { b, graph } = lowering.emit();
	b.output("unit", emitUnit(b, parts, "one", (name) => requireValue(graph, name, name)).value);
	return optimizeLayout(b.build());
}

/**
 * A program that gives the unit's value (`unit`) and a map for each target (`map:0` ...; `activation:0` ... for layers).
 * For a composite that compares with a reference the forward pass is there twice; the program then gives the unit's
 * value (`reference-unit`) and the values of layers (`reference-activation:0` ...) on the reference inputs too.
 */
export function buildBackward(lowering: Lowering, plan: BackwardPlan): Program {
	const { composite, parts, start, targets } = plan;
	const { b, graph } = lowering.emit();
	const graphValue = valuesOf(graph);
	const reference = composite.needsReference ? lowering.emitReference(b) : undefined;
	const { value, seeds } = reference
		? emitDifference(b, parts, start, graphValue, valuesOf(reference))
		: emitUnit(b, parts, start, graphValue);
	b.output("unit", value);
	if (reference) b.output("reference-unit", emitUnit(b, parts, "one", valuesOf(reference)).value);
	checkReach(lowering, seeds, targets);
	const maps = walkBackward({
		b,
		graph: lowering.source,
		nodes: graph.nodes,
		...(reference && { reference: reference.nodes }),
		composite,
		seeds,
		wanted: wantedBy(targets),
		...(plan.ledger && { ledger: plan.ledger(b) }),
	});
	for (const [index, target] of targets.entries()) {
		const place = graphValue(target.value);
		// An input that the unit does not look at explains nothing of it.
		b.output(mapName(index), maps.get(target.value) ?? full(b, place.shape, 0));
		if (target.input !== undefined) continue;
		b.output(activationName(index), place);
		if (reference) b.output(referenceName(index), valuesOf(reference)(target.value));
	}
	const given = targets.flatMap((_, index) => [activationName(index), ...(reference ? [referenceName(index)] : [])]);
	return optimizeLayout(plan.areGiven ? givenValues(b.build(), given) : b.build());
}

/**
 * A program that gives a map for each target (`map:0` ...), summed over the examples, each times its weight: what starts
 * is weighted, and every rule is linear in that.
 */
export function buildSummed(lowering: Lowering, { composite, parts, start, targets }: BackwardPlan): Program {
	if (composite.needsReference) throw new RangeError(`${composite.id} compares with references: it is not summed`);
	const { b, graph } = lowering.emit();
	const graphValue = valuesOf(graph);
	const { seeds } = emitUnit(b, parts, start, graphValue);
	checkReach(lowering, seeds, targets);
	const weights = b.input(WEIGHTS_INPUT, "float32", [BATCH]);
	const weighted = [...seeds].map(([name, seed]): [string, Value] => [name, weigh(b, seed, weights)]);
	const maps = walkBackward({
		b,
		graph: lowering.source,
		nodes: graph.nodes,
		composite,
		seeds: new Map(weighted),
		wanted: wantedBy(targets),
	});
	for (const [index, { value }] of targets.entries())
		b.output(mapName(index), sumExamples(b, maps.get(value) ?? full(b, graphValue(value).shape, 0)));
	return optimizeLayout(b.build());
}

/** Each example times its weight. */
function weigh(b: Builder, seed: Value, weights: Value): Value {
	const rows = [BATCH, -productOf(seed.shape)];
	return reshape(b, mul(b, reshape(b, seed, rows), reshape(b, weights, [BATCH, 1])), seed.shape);
}

/** The rules that the walk of {@link buildBackward} would take, without anything being built. */
export function walkRules(
	lowering: Lowering,
	composite: Composite,
	parts: readonly UnitParts[],
	targets: readonly BackwardTarget[],
): AssignedRule[] {
	const seeds = new Set(parts.map(({ unit }) => unit.value));
	return assignRules(lowering.source, lowering.lowered.nodes, composite, seeds, wantedBy(targets));
}

/** @throws InvalidRequestError where a layer's map is wanted that the unit does not depend on */
function checkReach(lowering: Lowering, seeds: ReadonlyMap<string, unknown>, targets: readonly BackwardTarget[]): void {
	for (const { at, value, input } of targets) {
		if (input !== undefined) continue;
		const reached = downstream(lowering.lowered.nodes, new Set([value]));
		if (![...seeds.keys()].some((name) => reached.has(name))) throw unreached(at);
	}
}

const wantedBy = (targets: readonly BackwardTarget[]) => new Set(targets.map(({ value }) => value));
