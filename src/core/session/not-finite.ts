import { LaminaError } from "../../shared/errors";
import type { Tensor } from "../../shared/tensor";
import { formatPlace } from "../../shared/unit-parser";
import type { UnitAddress } from "../../shared/units";
import { type Inputs, indexOf } from "./inputs";
import type { ModelSession } from "./model-session";

/** Layers whose values are looked at in one run: few enough for the memory, enough to share the work. */
const AT_ONCE = 16;

/** Where numbers stop being finite. */
export interface NotFinite {
	/** The first layer, in the order of the graph, that gives NaN or infinity. */
	readonly layer: string;
	readonly value: number;
	/** Of the first such element, batch included. */
	readonly index: readonly number[];
	/** The weight of that layer that holds one already. */
	readonly weight?: { readonly name: string; readonly value: number; readonly index: readonly number[] };
}

/**
 * The first layer on the way to a unit that gives NaN or infinity. Minus infinity is what masks add before a softmax: it
 * counts only where there is nothing else.
 * @param inputs finite ones
 */
export async function firstNotFinite(
	session: ModelSession,
	inputs: Inputs,
	unit: UnitAddress,
	signal?: AbortSignal,
): Promise<NotFinite | undefined> {
	const places = session.layerInfo(inputs, unit).map(({ place }) => place);
	let masked: NotFinite | undefined;
	for (let from = 0; from < places.length; from += AT_ONCE) {
		const some = places.slice(from, from + AT_ONCE);
		const values = await session.forward(inputs, some, signal);
		for (const [at, place] of some.entries()) {
			const tensor = values[at] as Tensor;
			const layer = formatPlace(place);
			const found = find(tensor, (value) => !Number.isFinite(value) && value !== Number.NEGATIVE_INFINITY);
			if (found) return { layer, ...found, ...(await badWeight(session, place.layer)) };
			const minus = masked ? undefined : find(tensor, (value) => value === Number.NEGATIVE_INFINITY);
			if (minus) masked = { layer, ...minus, ...(await badWeight(session, place.layer)) };
		}
	}
	return masked;
}

/** The same in a sentence. */
export function describeNotFinite({ layer, value, index, weight }: NotFinite): string {
	const place = (at: readonly number[]) => `[${at.join(", ")}]`;
	return weight
		? `the layer "${layer}" is the first to give ${value}: its weight "${weight.name}" holds ${weight.value} at ${place(weight.index)}`
		: `the layer "${layer}" is the first to give ${value}, at ${place(index)}, from finite weights and inputs`;
}

/** Why a unit that is not finite cannot be explained. */
export async function notFiniteError(
	session: ModelSession,
	inputs: Inputs,
	unit: UnitAddress,
	unitValue: number,
	signal?: AbortSignal,
): Promise<LaminaError> {
	const found = await firstNotFinite(session, inputs, unit, signal);
	return new LaminaError({
		code: "failed",
		message: `the unit is ${unitValue}, which no map explains${found ? `: ${describeNotFinite(found)}` : ""}`,
		...(found && { where: found.layer }),
		hint: found?.weight
			? "Training has gone wrong, or the file is damaged: load an earlier checkpoint."
			: "The numbers overflow: check how the input was prepared, and the scale of the weights before that layer.",
	});
}

async function badWeight(session: ModelSession, layer: string): Promise<Pick<NotFinite, "weight">> {
	const names = session.graph.nodes
		.filter((node) => node.layer === layer)
		.flatMap(({ params }) => Object.values(params).map(({ weight }) => weight));
	for (const name of new Set(names)) {
		const found = find(await session.weights.read(name), (value) => !Number.isFinite(value));
		if (found) return { weight: { name, ...found } };
	}
	return {};
}

function find({ shape, data, dtype }: Tensor, isWanted: (value: number) => boolean) {
	if (dtype !== "float32") return undefined;
	const at = data.findIndex(isWanted);
	return at < 0 ? undefined : { value: data[at] as number, index: indexOf(at, shape) };
}
