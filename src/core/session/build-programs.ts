import { InvalidRequestError } from "../../shared/errors";
import { requireValue } from "../graph/lower";
import { optimizeLayout } from "../program/passes/layout";
import type { Program } from "../program/types";
import { full } from "../program/vocabulary";
import type { Composite } from "../rules/rule";
import { downstream, walkBackward } from "../rules/walk";
import type { Lowering } from "./lowerings";
import { emitUnit, type Start, type UnitParts } from "./seeds";

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
}

export const mapName = (index: number): string => `map:${index}`;
export const activationName = (index: number): string => `activation:${index}`;

/** A program that gives values of the graph, under their own names. */
export function buildForward(lowering: Lowering, values: Iterable<string>): Program {
	const { b, graph } = lowering.emit();
	for (const name of values) b.output(name, requireValue(graph, name, name));
	return optimizeLayout(b.build());
}

/** A program that gives the unit's value (`unit`) and a map for each target (`map:0` ...; `activation:0` ... for layers). */
export function buildBackward(lowering: Lowering, { composite, parts, start, targets }: BackwardPlan): Program {
	const { b, graph } = lowering.emit();
	const graphValue = (name: string) => requireValue(graph, name, name);
	const { value, seeds } = emitUnit(b, parts, start, graphValue);
	b.output("unit", value);
	for (const target of targets) if (target.input === undefined) checkReach(lowering, seeds, target);
	const maps = walkBackward(
		b,
		lowering.source,
		graph.nodes,
		composite,
		seeds,
		new Set(targets.map((target) => target.value)),
	);
	for (const [index, target] of targets.entries()) {
		const place = graphValue(target.value);
		// An input that the unit does not look at explains nothing of it.
		b.output(mapName(index), maps.get(target.value) ?? full(b, place.shape, 0));
		if (target.input === undefined) b.output(activationName(index), place);
	}
	return optimizeLayout(b.build());
}

function checkReach(lowering: Lowering, seeds: ReadonlyMap<string, unknown>, target: BackwardTarget): void {
	const reached = downstream(lowering.lowered.nodes, new Set([target.value]));
	if ([...seeds.keys()].some((name) => reached.has(name))) return;
	throw new InvalidRequestError(
		`the unit does not depend on "${target.at}", so there is no map of it there`,
		target.at,
		"Choose a layer between the inputs and the unit; for a class, the last of them is the one before the softmax.",
	);
}
