import { UnsupportedError } from "../../shared/errors";
import { formatPlace } from "../../shared/unit-parser";
import type { Place } from "../../shared/units";
import type { Graph } from "../graph/types";
import { resolvePlace } from "../units/place";
import { channelAxisOf } from "../units/unit";
import type { BackwardTarget } from "./build-programs";

/**
 * Where the maps of a backward walk belong; "input" stands for every input of real numbers.
 * @param path of the model file, for the message
 * @throws UnsupportedError when the inputs are asked for and all are whole numbers
 */
export function backwardTargets(graph: Graph, path: string, at: readonly (Place | "input")[]): BackwardTarget[] {
	return at.flatMap((place) => {
		if (place === "input") return inputTargets(graph, path);
		const { layer, value } = resolvePlace(graph, place);
		return [{ at: formatPlace(place), value, channelAxis: layer.channelAxis }];
	});
}

function inputTargets(graph: Graph, path: string): BackwardTarget[] {
	const floating = graph.inputs.filter((port) => port.dtype === "float32");
	if (floating.length === 0) {
		const names = graph.inputs.map((port) => port.name).join(", ");
		throw new UnsupportedError(
			`the inputs (${names}) are whole numbers, which have no gradient`,
			path,
			"Ask for the map at the first layer with real numbers, such as the embedding.",
		);
	}
	return floating.map((port) => ({
		at: port.name,
		value: port.value,
		input: port.name,
		channelAxis: channelAxisOf(
			graph.layers.find((layer) => layer.name === port.layer)?.channelAxis ?? -1,
			port.shape.length,
		),
	}));
}
