import { InvalidRequestError } from "../../shared/errors";
import type { Tensor } from "../../shared/tensor";
import { formatPlace } from "../../shared/unit-parser";
import type { Graph } from "../graph/types";
import { checkInputs, type Inputs } from "./inputs";
import { referenceInput } from "./lowerings";
import type { UnitParts } from "./seeds";

/** A start of one's own. @throws InvalidRequestError where it does not fit the unit's layer */
export function checkStart(start: Tensor, parts: readonly UnitParts[], batch: number): Tensor {
	const [part] = parts;
	if (!part || parts.length > 1)
		throw new InvalidRequestError("a start of one's own belongs to a single unit, not to a difference of two");
	const expected = [batch, ...part.unit.shape];
	if (start.dtype !== "float32" || start.shape.join() !== expected.join()) {
		throw new InvalidRequestError(
			`the start has the shape [${start.shape.join(", ")}] (${start.dtype}), but the unit's layer has [${expected.join(", ")}] (float32)`,
			formatPlace(part.unit.unit.place),
		);
	}
	return start;
}

/** Reference inputs under their names in the program. @throws InvalidRequestError where they do not fit the inputs */
export function checkReference(graph: Graph, reference: Inputs | undefined, inputs: Inputs): Record<string, Tensor> {
	const { tensors } = checkInputs(graph, reference ?? {});
	for (const [name, { shape }] of Object.entries(tensors)) {
		const expected = inputs[name]?.shape ?? [];
		if (shape.join() !== expected.join())
			throw new InvalidRequestError(
				`the reference of the input "${name}" has the shape [${shape.join(", ")}], but the input has [${expected.join(", ")}]`,
				name,
				"Each example has a reference of its own.",
			);
	}
	return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [referenceInput(name), tensor]));
}

/** Values of the unit that a normalisation reads: folded into the layer before it, they would mean something else. */
export function normalised(graph: Graph, parts: readonly UnitParts[]): string[] {
	const read = new Set(graph.nodes.flatMap((node) => (node.op === "BatchNormalization" ? node.inputs : [])));
	return parts.map((part) => part.unit.value).filter((value) => read.has(value));
}
