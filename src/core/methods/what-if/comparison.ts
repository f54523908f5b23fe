import type { ParameterDescription } from "../../../shared/methods";
import type { UnitChange } from "../../../shared/result";
import type { Tensor } from "../../../shared/tensor";
import { formatUnit, formatUnitAddress, parseUnitAddress } from "../../../shared/unit-parser";
import type { Unit, UnitAddress } from "../../../shared/units";
import type { ModelSession } from "../../session/model-session";
import { labelIndex } from "../../units/labels";
import { resolvePlace } from "../../units/place";
import { channelAxisOf } from "../../units/unit";
import type { PreparedRequest } from "../method";
import { numberOf, textOf } from "../parameters";

export const COMPARISON_PARAMETERS: readonly ParameterDescription[] = [
	{
		name: "top",
		type: "integer",
		default: 5,
		min: 0,
		max: 1000,
		help: "How many of the top classes are compared: those of the first example before the edit, and those after it.",
	},
	{
		name: "units",
		type: "text",
		default: "",
		placeholder: "conv2d_3[17]; dense[2]",
		help: "Further units to compare, separated by semicolons.",
	},
];

type Inputs = Readonly<Record<string, Tensor>>;

/**
 * What an edit does to units: to the one of the request, those of the parameter `units`, and the top classes before and
 * after. Classes are told by their logits.
 */
export async function compareUnits(
	session: ModelSession,
	request: PreparedRequest,
	edited: Inputs,
): Promise<UnitChange[]> {
	const units = new Map<string, UnitAddress>();
	const add = (unit: UnitAddress) => {
		const numbered = withNumber(session, unit);
		units.set(formatUnitAddress(numbered), numbered);
	};
	add(request.unit);
	for (const unit of furtherUnits(request)) add(unit);
	for (const unit of await topClasses(session, request, edited)) add(unit);
	const addresses = [...units.values()];
	const before = await session.unitValues(request.inputs, addresses, request.signal);
	const after = await session.unitValues(edited, addresses, request.signal);
	return [...units].map(([unit, address], index) => ({
		unit,
		...labelOf(session, address),
		before: Array.from(before[index] ?? []),
		after: Array.from(after[index] ?? []),
	}));
}

function furtherUnits(request: PreparedRequest): UnitAddress[] {
	const text = textOf(request, "units");
	return text
		.split(";")
		.filter((part) => part.trim() !== "")
		.map((part) => parseUnitAddress(part.trim()));
}

/** The classes of the first example's largest values, before and after, at the position of the top class. */
async function topClasses(session: ModelSession, request: PreparedRequest, edited: Inputs): Promise<UnitAddress[]> {
	const count = numberOf(request, "top");
	if (count === 0) return [];
	const found: UnitAddress[] = [];
	for (const inputs of [request.inputs, edited]) {
		const { unit } = await session.topUnit(inputs);
		const [scores] = await session.forward(inputs, [unit.place], request.signal);
		if (!scores || unit.channel === undefined) continue;
		const { layer } = resolvePlace(session.graph, unit.place);
		const axis = channelAxisOf(layer.channelAxis, scores.shape.length);
		const classes = classScores(scores, axis, unit.position ?? []);
		const order = [...classes.keys()].sort((a, b) => (classes[b] as number) - (classes[a] as number) || a - b);
		for (const channel of order.slice(0, count)) found.push({ unit: { ...unit, channel } });
	}
	return found;
}

/** The first example's values along the channel axis at one position. */
function classScores({ shape, data }: Tensor, channelAxis: number, position: readonly number[]): number[] {
	return Array.from({ length: shape[channelAxis] ?? 0 }, (_, channel) => {
		const rest = [...position];
		const index = shape.slice(1).map((_, axis) => (axis + 1 === channelAxis ? channel : (rest.shift() ?? 0)));
		return data[index.reduce((at, own, axis) => at * (shape[axis + 1] as number) + own, 0)] ?? Number.NaN;
	});
}

/** A class that is named by its label, by its number: so that it is told once. */
function withNumber({ labels }: ModelSession, { unit, minus }: UnitAddress): UnitAddress {
	const numbered = (one: Unit): Unit =>
		typeof one.channel === "string" && labels
			? { ...one, channel: labelIndex(one.channel, labels, formatUnit(one)) }
			: one;
	return { unit: numbered(unit), ...(minus && { minus: numbered(minus) }) };
}

function labelOf({ graph, labels }: ModelSession, { unit, minus }: UnitAddress): { label?: string } {
	const isOutput = graph.outputs.some((port) => port.layer === unit.place.layer);
	const label = isOutput && !minus && typeof unit.channel === "number" ? labels?.[unit.channel] : undefined;
	return label === undefined ? {} : { label };
}
