import { createHash } from "node:crypto";
import type { PreprocessSpec } from "../shared/preprocess";
import type { InputSource, LoadedInput, Picture } from "../shared/protocol";
import type { Tensor } from "../shared/tensor";

/** A preprocessed input of a model. */
export interface PreparedInput {
	id: string;
	name: string;
	tensors: Record<string, Tensor>;
	picture?: Picture;
	preprocess?: PreprocessSpec;
}

/** Equal bytes and equal preprocessing have equal ids. */
export function inputId(bytes: Uint8Array, shape: string, preprocess: PreprocessSpec | undefined): string {
	const hash = createHash("sha256")
		.update(bytes)
		.update(shape)
		.update(JSON.stringify(preprocess ?? null));
	return hash.digest("base64url").slice(0, 22);
}

export function describeInput(input: PreparedInput): LoadedInput {
	const shapes = Object.fromEntries(Object.entries(input.tensors).map(([name, tensor]) => [name, tensor.shape]));
	return {
		id: input.id,
		name: input.name,
		shapes,
		...(input.picture && { picture: input.picture }),
		...(input.preprocess && { preprocess: input.preprocess }),
	};
}

/** What a source is called in results and pictures. */
export function sourceName(source: InputSource): string {
	return source.kind === "file" ? (source.path.split(/[\\/]/).at(-1) ?? source.path) : source.name;
}
