import { InvalidRequestError } from "../../shared/errors";
import { sizeOf } from "../../shared/tensor";
import { formatPlace, formatPosition, formatUnit } from "../../shared/unit-parser";
import type { Place, Reduction, Unit } from "../../shared/units";
import type { Graph } from "../graph/types";
import type { Dim } from "../program/types";
import { caretAt } from "./caret";
import { type HeadUnit, headUnit } from "./heads";
import { labelIndex } from "./labels";
import { type OutputValues, outputValues } from "./logits";
import { resolvePlace } from "./place";

/** A unit found in a graph: which elements of which value it is made of, and how they become one number. */
export interface ResolvedUnit {
	/** As written, the label replaced by its index. */
	readonly unit: Unit;
	/** Name of the value that holds it: the logits for a class of a classifier. */
	readonly value: string;
	/** Shape of the layer's output that the address counts in, batch left out; the value may be shaped otherwise, in the same order. */
	readonly shape: readonly number[];
	/** Axis of channels in `shape`, -1 for none. */
	readonly channelAxis: number;
	readonly reduction: Reduction;
}

export interface UnitContext {
	readonly graph: Graph;
	readonly labels: readonly string[] | undefined;
	/** Shape of a value. @throws UnsupportedError when it cannot be computed, naming the layer that stands in the way */
	shapeOf(value: string, place: Place): readonly Dim[];
}

/**
 * Finds a unit. A class of a classifier means its logit unless the address says `^post`; labels become indices.
 * @throws InvalidRequestError for an unknown layer, channel, label or position, with what was expected
 */
export function resolveUnit(context: UnitContext, unit: Unit): ResolvedUnit {
	const head = headUnit(context.graph, unit);
	return head ? resolveHead(context, unit, head) : resolveOfLayer(context, unit);
}

/**
 * Name of the value that a unit is made of, and whether that is the logit in place of a probability.
 * @throws InvalidRequestError for an unknown layer or head
 */
export function valueOfUnit(graph: Graph, unit: Unit): { value: string; isLogit: boolean } {
	const head = headUnit(graph, unit);
	if (head) return { value: head.value, isLogit: false };
	const { value } = resolvePlace(graph, unit.place);
	const logit = unit.place.stage === undefined ? outputValues(graph).logit.get(value) : undefined;
	return { value: logit ?? value, isLogit: logit !== undefined };
}

function resolveOfLayer(context: UnitContext, unit: Unit): ResolvedUnit {
	const found = resolvePlace(context.graph, unit.place);
	const outputs = outputValues(context.graph);
	const full = context.shapeOf(found.value, unit.place);
	checkVaries(full, unit, found.layer.name);
	const shape = full.slice(1);
	const channelAxis = channelAxisOf(found.layer.channelAxis, full.length) - 1;
	const channel =
		unit.channel === undefined ? undefined : resolveChannel(context, outputs, found.value, unit, shape, channelAxis);
	const position = unit.position && [...unit.position, ...(unit.key ?? [])];
	checkPosition(unit, position, shape, channelAxis);
	const logit = unit.place.stage === undefined ? outputs.logit.get(found.value) : undefined;
	return {
		unit: { ...unit, ...(channel !== undefined && { channel }), ...(position && { position }) },
		value: logit ?? found.value,
		shape,
		channelAxis: channelAxis < 0 ? -1 : channelAxis,
		reduction: unit.reduction ?? "sum",
	};
}

/** A head is the channel of its attention: `attn/head3@5>2` is channel 3 at 5,2. */
function resolveHead(context: UnitContext, unit: Unit, head: HeadUnit): ResolvedUnit {
	const full = context.shapeOf(head.value, unit.place);
	checkVaries(full, unit, unit.place.layer);
	const shape = full.slice(1);
	const axis = Math.max(-1, shape.length + head.axis);
	const count = axis < 0 ? 1 : (shape[axis] ?? 0);
	if (head.head >= count)
		throw new InvalidRequestError(
			`there ${count === 1 ? "is 1 head, 0" : `are ${count} heads, 0 to ${count - 1}`}, but head ${head.head} was asked for`,
			formatUnit(unit),
		);
	checkPosition(unit, head.position, shape, axis, head.hasFeatures);
	return {
		unit: {
			place: unit.place,
			...(axis >= 0 && { channel: head.head }),
			...(head.position && { position: [...head.position] }),
		},
		value: head.value,
		shape,
		channelAxis: axis,
		reduction: unit.reduction ?? "sum",
	};
}

function checkVaries(shape: readonly Dim[], unit: Unit, name: string): void {
	if ((shape[0] ?? 0) >= 0)
		throw new InvalidRequestError(
			`"${name}" has the same value for every input, so there is nothing to explain`,
			formatPlace(unit.place),
		);
}

/** The axis of channels of a value of this rank, batch included; a vector's elements are its channels. -1 for none. */
export function channelAxisOf(declared: number, rank: number): number {
	if (declared > 0 && declared < rank) return declared;
	return rank === 2 ? 1 : -1;
}

function resolveChannel(
	context: UnitContext,
	outputs: OutputValues,
	value: string,
	unit: Unit,
	shape: readonly number[],
	axis: number,
): number {
	const where = formatUnit(unit);
	const { layer } = unit.place;
	if (axis < 0) {
		throw new InvalidRequestError(
			`"${layer}" has no channels: its values have the shape [${shape.join(", ")}]`,
			where,
			`Give a position instead: ${formatPlace(unit.place)}@${shape.map(() => 0).join(",")}`,
		);
	}
	const count = shape[axis] ?? 0;
	const channel =
		typeof unit.channel === "string"
			? classIndex(context, outputs, value, unit.channel, count, caretAt(where, unit.channel))
			: (unit.channel ?? 0);
	if (!Number.isInteger(channel) || channel < 0 || channel >= count) {
		throw new InvalidRequestError(
			`"${layer}" has ${count} channels, 0 to ${count - 1}, but channel ${channel} was asked for`,
			caretAt(formatUnit(unit), `[${channel}`).replace(/\^$/, " ^"),
		);
	}
	return channel;
}

function classIndex(
	{ graph, labels }: UnitContext,
	outputs: OutputValues,
	value: string,
	label: string,
	count: number,
	where: string,
): number {
	const isClassifier = outputs.final.has(value) || [...outputs.logit.values()].includes(value);
	if (!isClassifier) {
		const names = graph.outputs.map((port) => `"${port.layer}"`).join(", ");
		throw new InvalidRequestError(
			`the channel "${label}" is no number, and labels name the classes of an output of the model (${names})`,
			where,
			"Channels of other layers are numbers from 0 up.",
		);
	}
	if (!labels)
		throw new InvalidRequestError(
			`the class "${label}" is given by its label, but the model has no labels`,
			where,
			"Give the index of the class, or a file of labels.",
		);
	if (labels.length !== count)
		throw new InvalidRequestError(
			`there are ${labels.length} labels for ${count} classes`,
			where,
			"Give the index of the class, or the file of labels that belongs to this model.",
		);
	return labelIndex(label, labels, where);
}

/** @param hasFeatures the last axis may be left out: all features of a position */
function checkPosition(
	unit: Unit,
	position: readonly number[] | undefined,
	shape: readonly number[],
	channelAxis: number,
	hasFeatures = false,
): void {
	if (!position) return;
	const all = shape.filter((_, axis) => axis !== channelAxis);
	const extents = hasFeatures && position.length === all.length - 1 ? all.slice(0, -1) : all;
	const expected =
		extents.length === 0
			? "no positions"
			: `positions of ${extents.length} ${extents.length === 1 ? "number" : "numbers"}, up to ${extents.map((extent) => extent - 1).join(",")}`;
	const fits =
		position.length === extents.length &&
		position.every((at, axis) => Number.isInteger(at) && at >= 0 && at < (extents[axis] ?? 0));
	if (!fits)
		throw new InvalidRequestError(
			`"${unit.place.layer}" has ${expected}, but ${formatPosition(unit)} was asked for`,
			caretAt(formatUnit(unit), formatPosition(unit)),
		);
}

/** 1 for each element that belongs to the unit (for the mean: its share), 0 elsewhere; row-major over `shape`. */
export function unitMask(resolved: ResolvedUnit): Float32Array {
	const { unit, shape, channelAxis } = resolved;
	const mask = new Float32Array(sizeOf(shape));
	const index = shape.map(() => 0);
	let count = 0;
	for (let at = 0; at < mask.length; at++) {
		if (belongs(index, unit, channelAxis)) {
			mask[at] = 1;
			count++;
		}
		for (let axis = shape.length - 1; axis >= 0; axis--) {
			index[axis] = (index[axis] ?? 0) + 1;
			if ((index[axis] ?? 0) < (shape[axis] ?? 0)) break;
			index[axis] = 0;
		}
	}
	return resolved.reduction === "mean" ? mask.map((one) => one / count) : mask;
}

function belongs(index: readonly number[], unit: Unit, channelAxis: number): boolean {
	if (unit.channel !== undefined && index[channelAxis] !== unit.channel) return false;
	if (!unit.position) return true;
	let axisOfPosition = 0;
	for (const [axis, at] of index.entries()) {
		if (axis === channelAxis) continue;
		const wanted = unit.position[axisOfPosition++];
		if (wanted !== undefined && at !== wanted) return false;
	}
	return true;
}
