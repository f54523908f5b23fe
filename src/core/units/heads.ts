import { InvalidRequestError } from "../../shared/errors";
import { formatUnit } from "../../shared/unit-parser";
import type { Unit } from "../../shared/units";
import { type AttentionBlock, attentionBlocks } from "../graph/attention";
import type { Graph } from "../graph/types";

/** A unit of an attention head: `attn/head3@5>2`. */
export interface HeadUnit {
	/** Value that holds it. */
	readonly value: string;
	/** Axis of the heads, from the end. */
	readonly axis: number;
	readonly head: number;
	/** Place along the axes that are left. */
	readonly position: readonly number[] | undefined;
	/** What a head gives has features, which the position may leave out. */
	readonly hasFeatures: boolean;
}

const HEAD = /^(.+)\/head(\d+)$/;

/**
 * Reads `attn/head3` (what the head gives, all of it or at `@5`) and `attn/head3@5>2` (its weight of key 2 for query 5).
 * The layer is one that attends, or a part of the path of one: `blocks.2.attn` where the softmax is
 * `blocks.2.attn/Softmax` or `blocks.2.attn.Softmax`. `undefined` for other units, and where a layer has that very name.
 * @throws InvalidRequestError when the layer does not attend, or several below it do
 */
export function headUnit(graph: Graph, unit: Unit): HeadUnit | undefined {
	const [, name, digits] = HEAD.exec(unit.place.layer) ?? [];
	if (name === undefined || graph.layers.some((layer) => layer.name === unit.place.layer)) return undefined;
	const all = attentionBlocks(graph);
	const block = blockOf(graph, all, unit, name);
	const head = Number(digits);
	if (unit.channel !== undefined)
		throw new InvalidRequestError(
			`a head has no channels of its own, but [${unit.channel}] was asked for`,
			formatUnit(unit),
			`${name}/heads holds what the heads give, feature by feature.`,
		);
	if (unit.key === undefined && unit.place.stage !== "pre") {
		if (block.context === undefined)
			throw new InvalidRequestError(`what the heads of "${name}" give is not known apart`, formatUnit(unit));
		return { value: block.context, axis: block.contextAxis, head, position: unit.position, hasFeatures: true };
	}
	const value = unit.place.stage === "pre" ? block.scores : block.weights;
	const position = unit.position && [...unit.position, ...(unit.key ?? [])];
	return { value, axis: block.weightsAxis, head, position, hasFeatures: false };
}

/** Paths are joined with slashes in Keras, with dots in PyTorch. */
const isBelow = (layer: string, name: string) => layer.startsWith(`${name}/`) || layer.startsWith(`${name}.`);

function blockOf(graph: Graph, all: readonly AttentionBlock[], unit: Unit, name: string): AttentionBlock {
	const where = formatUnit(unit);
	const own = all.filter(({ layer }) => layer === name);
	const calls = graph.layers.find((layer) => layer.name === name)?.calls ?? [];
	const called = own.filter(({ softmax }) => calls[unit.place.call ?? 0]?.nodes.includes(softmax));
	const found = called.length > 0 ? called : own.length > 0 ? own : all.filter(({ layer }) => isBelow(layer, name));
	const [block] = found;
	if (block && found.length === 1) return block;
	const names = [...new Set((block ? found : all).map(({ layer }) => layer))];
	throw new InvalidRequestError(
		block ? `${found.length} layers below "${name}" attend` : `no layer "${name}" attends, so it has no heads`,
		where,
		names.length === 0
			? "The model has no attention: no softmax weighs anything."
			: `Layers that attend: ${names.slice(0, 8).join(", ")}${names.length > 8 ? ", ..." : ""}.`,
	);
}
