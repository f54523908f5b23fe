import { InvalidRequestError } from "../../shared/errors";
import type { LayerStatistics, TensorStatistics } from "../../shared/model";
import { sizeOf, type Tensor } from "../../shared/tensor";
import type { OpenedModel } from "../formats/format";
import { deadUnits } from "./dead-units";
import { tensorStatistics } from "./tensor-statistics";
import type { GraphLayer } from "./types";

/**
 * Statistics of a layer's weights, and of its output where there is one.
 * @param layer name of the layer
 * @param activation output of the layer for the current input, batch included
 * @throws InvalidRequestError for an unknown layer; UnreadableFileError when weights cannot be read
 */
export async function weightStatistics(
	model: OpenedModel,
	layer: string,
	activation?: Tensor,
): Promise<LayerStatistics> {
	const found = model.graph.layers.find((candidate) => candidate.name === layer);
	if (!found) throw new InvalidRequestError(`The model has no layer "${layer}".`, layer);
	const weights: LayerStatistics["weights"] = [];
	for (const { name } of found.weights)
		weights.push({ name, statistics: tensorStatistics((await model.weights.read(name)).data) });
	const dead = await deadUnits(model, found);
	const ofActivation = activation && tensorStatistics(activation.data);
	const inactive = activation ? inactiveUnits(activation, channelAxisOf(found, activation)) : [];
	return {
		layer,
		weights,
		...(ofActivation && { activation: ofActivation }),
		inactiveUnits: inactive,
		deadUnits: dead.units,
		health: healthOf(found, weights, ofActivation, dead),
	};
}

function channelAxisOf(layer: GraphLayer, activation: Tensor): number {
	if (layer.channelAxis > 0 && layer.channelAxis < activation.shape.length) return layer.channelAxis;
	return activation.shape.length === 2 ? 1 : -1;
}

/** Channels that are 0 at every position of every example. */
function inactiveUnits({ data, shape }: Tensor, axis: number): number[] {
	if (axis < 0) return [];
	const channels = shape[axis] ?? 0;
	const inner = sizeOf(shape.slice(axis + 1));
	const active = new Uint8Array(channels);
	for (let index = 0; index < data.length; index++)
		if (data[index] !== 0) active[Math.floor(index / inner) % channels] = 1;
	return Array.from(active.keys()).filter((channel) => active[channel] === 0);
}

function healthOf(
	layer: GraphLayer,
	weights: LayerStatistics["weights"],
	activation: TensorStatistics | undefined,
	dead: { units: number[]; of: number; reason: string },
): LayerStatistics["health"] {
	for (const { name, statistics } of weights) {
		const broken = statistics.nan + statistics.infinite;
		if (broken > 0)
			return {
				state: "broken",
				reason: `${broken} of ${statistics.count} values of ${name} are ${statistics.nan > 0 ? "NaN" : "infinite"}.`,
			};
	}
	if (activation && activation.nan + activation.infinite > 0) {
		return {
			state: "broken",
			reason: `${activation.nan + activation.infinite} of ${activation.count} outputs are ${activation.nan > 0 ? "NaN" : "infinite"} for the current input.`,
		};
	}
	const zero = weights.find(
		({ name, statistics }) => /kernel|embeddings/.test(name) && statistics.count > 0 && statistics.sparsity === 1,
	);
	if (zero) return { state: "broken", reason: `All values of ${zero.name} are 0.` };
	if (dead.units.length > 0)
		return {
			state: "warning",
			reason: `${dead.units.length} of ${dead.of} units can never become active: ${dead.reason}.`,
		};
	if (activation && layer.activation === "relu" && activation.sparsity === 1)
		return { state: "warning", reason: "No unit is active for the current input." };
	return { state: "healthy" };
}
