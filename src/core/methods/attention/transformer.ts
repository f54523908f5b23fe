import { UnsupportedError } from "../../../shared/errors";
import type { Place } from "../../../shared/units";
import type { AttentionBlock } from "../../graph/attention";
import { attentionBlocks } from "../../graph/attention";
import { type ResidualStream, residualStream } from "../../graph/residual-stream";
import type { Graph } from "../../graph/types";
import { placeOfValue } from "../../units/place-of-value";

/** @throws UnsupportedError where the model has none */
export function needAttention(graph: Graph): readonly AttentionBlock[] {
	const blocks = attentionBlocks(graph);
	if (blocks.length === 0)
		throw new UnsupportedError(
			"the model has no attention: no softmax weighs the values of a product",
			undefined,
			"The method is for transformers.",
		);
	return blocks;
}

/** The residual stream that ends in a value. @throws UnsupportedError where there is none */
export function needStream(graph: Graph, value: string): ResidualStream {
	needAttention(graph);
	const stream = residualStream(graph, value);
	if (!stream)
		throw new UnsupportedError(
			"the unit is not made of a residual stream: no sum to which blocks add what they make of it",
			undefined,
			"The method is for transformers whose blocks have residual connections.",
		);
	return stream;
}

/** @throws UnsupportedError for a value that has no address */
export function needPlace(graph: Graph, value: string): Place {
	const place = placeOfValue(graph, value);
	if (!place) throw new UnsupportedError(`the value "${value}" of the model has no address`, value);
	return place;
}
