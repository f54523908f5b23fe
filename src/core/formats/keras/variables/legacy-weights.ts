import { UnreadableFileError } from "../../../../shared/errors";
import { Hdf5Dataset } from "../../hdf5/dataset";
import type { Hdf5Group } from "../../hdf5/file";
import { NamedVariables } from "./named-variables";
import type { StoredVariable, VariableScope } from "./scope";
import type { DatasetReader } from "./tree-variables";

/**
 * Weights as legacy `.h5` files hold them: a group for each layer of the outermost model, its weights in the order
 * of the attribute `weight_names` (keras/src/legacy/saving/legacy_h5_format.py).
 */
export class LegacyWeights {
	private readonly groups = new Map<string, readonly StoredVariable[]>();

	/** @throws UnreadableFileError when a weight that is listed is not there */
	constructor(root: Hdf5Group, reader: DatasetReader) {
		for (const name of listAttribute(root, "layer_names")) {
			const group = root.group(name);
			if (group) this.groups.set(name, readGroup(group, reader));
		}
	}

	/** Layers that the file names, in order. */
	names(): string[] {
		return [...this.groups.keys()];
	}

	variables(layer: string): readonly StoredVariable[] {
		return this.groups.get(layer) ?? [];
	}

	/** The scope of the whole model: layers are found by name. */
	scope(): VariableScope {
		const nothing = NamedVariables.of([]);
		return {
			count: 0,
			take: (names) => nothing.take(names),
			inner: () => nothing,
			layers: (layers) => new Map(layers.map(({ name }) => [name, NamedVariables.of(this.variables(name))])),
			rest: () => [],
		};
	}
}

export function isLegacyWeights(group: Hdf5Group): boolean {
	return group.attribute("layer_names") !== undefined || group.attribute("layer_names0") !== undefined;
}

function readGroup(group: Hdf5Group, reader: DatasetReader): StoredVariable[] {
	return listAttribute(group, "weight_names").map((name) => {
		const dataset = group.get(name);
		if (!(dataset instanceof Hdf5Dataset)) {
			throw new UnreadableFileError(
				`The weight "${name}" is listed, but it is not in the file.`,
				group.where,
				"Copy or download the file again, or save the model once more.",
			);
		}
		return { name: name.replace(/:\d+$/, ""), tensor: reader(dataset) };
	});
}

/** An attribute that may be cut into several, because one holds at most 64 KiB: `weight_names0`, `weight_names1`. */
function listAttribute(group: Hdf5Group, name: string): string[] {
	const whole = group.attribute(name);
	if (whole) return isText(whole.type.kind) ? whole.strings() : [];
	const parts: string[] = [];
	for (let index = 0; ; index++) {
		const part = group.attribute(`${name}${index}`);
		if (!part) return parts;
		parts.push(...part.strings());
	}
}

/** An empty list is written as an empty array of float64. */
function isText(kind: string): boolean {
	return kind === "string" || kind === "vlen-string";
}
