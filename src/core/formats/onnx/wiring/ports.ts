import { UnsupportedError } from "../../../../shared/errors";
import type { GraphPort } from "../../../graph/types";
import type { OnnxGraph } from "../proto/read-model";
import type { ValueInfoMessage } from "../proto/schema";
import { computedIn } from "../tensors/element-types";
import { declaredType } from "./declared-types";

/** An input of the model as the file declares it. */
export interface DeclaredInput {
	readonly port: GraphPort;
	/** Element type in the file. */
	readonly type: string;
	/** Name of the first extent, when it is free and has one. */
	readonly firstName: string | undefined;
}

/** Inputs that are no initialisers: files of IR version 3 list both. */
export function declaredInputs(graph: OnnxGraph, file: string): DeclaredInput[] {
	return graph.inputs.flatMap((info): DeclaredInput[] => {
		const name = info.name ?? "";
		if (graph.initializers.has(name)) return [];
		const declared = declaredType(info);
		const dtype = declared && computedIn(declared.type);
		if (!declared || !dtype || !declared.shape) {
			throw new UnsupportedError(
				`The input "${name}" is ${kindOf(info, declared?.type)}: inputs are tensors of numbers of a known rank.`,
				file,
			);
		}
		const first = info.type?.tensorType?.shape?.dim?.[0];
		return [
			{
				port: { name, value: name, shape: declared.shape, dtype, layer: name },
				type: declared.type,
				firstName: first?.dimValue === undefined ? first?.dimParam || undefined : undefined,
			},
		];
	});
}

function kindOf({ type }: ValueInfoMessage, element: string | undefined): string {
	if (type?.sequenceType) return "a sequence";
	if (type?.mapType) return "a map";
	if (type?.optionalType) return "an optional";
	if (type?.sparseTensorType) return "a sparse tensor";
	return element === undefined ? "of no type" : `a tensor of ${element}`;
}

/**
 * Which inputs may count examples on their first axis, as far as the declarations tell; the likeliest first. Whether the
 * model then treats examples independently is to be tried (./batch). Exporters name the free first extents of inputs
 * alike, or each for itself; a file without free ones has the number of examples that it was exported with.
 */
export function withExamples(inputs: readonly DeclaredInput[]): GraphPort[][] {
	const [leading] = inputs.filter(({ port }) => port.shape.length > 0);
	const [free] = inputs.filter(({ port }) => port.shape[0] === null);
	const marked = (counts: (input: DeclaredInput) => boolean) =>
		inputs.map((input): GraphPort => (counts(input) ? input.port : { ...input.port, fixed: true }));
	if (!free)
		return leading ? [marked(({ port }) => port.shape.length > 0 && port.shape[0] === leading.port.shape[0])] : [];
	return [
		marked(({ port }) => port.shape[0] === null),
		marked(({ port, firstName }) => port.shape[0] === null && firstName === free.firstName),
	];
}
