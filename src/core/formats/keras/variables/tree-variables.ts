import { Hdf5Dataset } from "../../hdf5/dataset";
import type { Hdf5Group } from "../../hdf5/file";
import type { StoredTensor } from "../../weight-file";
import type { LayerDescription } from "../config/model-config";
import type { StoredVariable, VariableScope } from "./scope";

/** Makes a stored tensor of a dataset. */
export type DatasetReader = (dataset: Hdf5Dataset) => StoredTensor;

/** Groups that hold the layers of a model: Keras 3 and tf_keras; tf_keras 2.12 and 2.13. */
const LAYER_LISTS = ["layers", "_layer_checkpoint_dependencies"];

/**
 * Variables as `.keras` archives and `.weights.h5` files of Keras 3 keep them: a tree of objects, each with its own
 * variables as `vars/0`, `vars/1`. A list of layers is not addressed by name but by class, in snake case, with a
 * number from the second on (`dense`, `dense_1`), in the order of the model's layers: keras/src/saving/saving_lib.py
 * (Keras 3.15), tf_keras/src/saving/saving_lib.py (2.21). Keras 3 also notes the layer's name, which decides where
 * it is told.
 */
export class TreeVariables implements VariableScope {
	private taken = 0;
	private own: StoredVariable[] | undefined;
	private readonly children = new Map<string, TreeVariables>();
	private readonly numbers = new Map<string, number>();

	/** @param group of the object; absent when the file holds none */
	constructor(
		private readonly group: Hdf5Group | undefined,
		private readonly reader: DatasetReader,
		/** Path from the layer, for names. */
		private readonly path: string,
	) {}

	get count(): number {
		return this.variables().length - this.taken;
	}

	take(names: readonly string[]): (StoredVariable | undefined)[] {
		return names.map(() => {
			const variable = this.variables()[this.taken];
			if (variable) this.taken++;
			return variable;
		});
	}

	inner(key: string, _name: string | undefined, className: string | undefined): VariableScope {
		const known = this.children.get(key);
		if (known) return known;
		const slash = key.lastIndexOf("/");
		const list = slash >= 0 ? key.slice(0, slash) : undefined;
		const child = list === undefined ? this.attribute(key) : this.listed(list, key, className);
		this.children.set(key, child);
		return child;
	}

	layers(layers: readonly LayerDescription[]): Map<string, VariableScope> {
		const list = LAYER_LISTS.map((name) => this.group?.group(name)).find((group) => group !== undefined);
		const byName = list ? layerNames(list) : new Map<string, string>();
		const numbers = new Map<string, number>();
		const scopes = new Map<string, VariableScope>();
		for (const layer of layers) {
			if (layer.isOperation) continue;
			const counted = numbered(snakeCase(layer.className), numbers);
			const child = byName.get(layer.name) ?? counted;
			const scope = new TreeVariables(list?.group(child), this.reader, "");
			this.children.set(`layers/${child}`, scope);
			scopes.set(layer.name, scope);
		}
		return scopes;
	}

	rest(): StoredVariable[] {
		const below: StoredVariable[] = [];
		// A member without a name leads back to its own group.
		const known = new Set<string>(this.group ? [this.group.path] : []);
		for (const child of this.children.values()) {
			if (!child.group || known.has(child.group.path)) continue;
			known.add(child.group.path);
			below.push(...child.rest());
		}
		for (const name of this.group?.names() ?? []) {
			if (name !== "vars") below.push(...this.unvisited(name, known));
		}
		return [...this.variables().slice(this.taken), ...below];
	}

	private *unvisited(path: string, known: Set<string>): Generator<StoredVariable> {
		const group = this.group?.group(path);
		if (!group || known.has(group.path)) return;
		known.add(group.path);
		const name = this.path === "" ? path : `${this.path}/${path}`;
		yield* new TreeVariables(group, this.reader, name).variables();
		for (const inner of group.names()) if (inner !== "vars") yield* this.unvisited(`${path}/${inner}`, known);
	}

	private variables(): readonly StoredVariable[] {
		if (this.own) return this.own;
		this.own = [];
		const vars = this.group?.group("vars");
		const indices = (vars?.names() ?? []).sort((a, b) => Number(a) - Number(b) || a.localeCompare(b));
		for (const index of indices) {
			const dataset = vars?.get(index);
			const name = this.path === "" ? index : `${this.path}/${index}`;
			if (dataset instanceof Hdf5Dataset) this.own.push({ name, tensor: this.reader(dataset) });
		}
		return this.own;
	}

	/** Private attributes were written with their underscore by tf_keras, without by Keras 3. */
	private attribute(key: string): TreeVariables {
		const name = [key, `_${key}`, key.replace(/^_/, "")].find((candidate) => this.group?.group(candidate)) ?? key;
		return this.child(name, key);
	}

	private listed(list: string, key: string, className: string | undefined): TreeVariables {
		const name = numbered(className ? snakeCase(className) : key.slice(list.length + 1), this.numbers);
		return this.child(`${list}/${name}`, key);
	}

	private child(groupPath: string, key: string): TreeVariables {
		return new TreeVariables(this.group?.group(groupPath), this.reader, this.path === "" ? key : `${this.path}/${key}`);
	}
}

/** Groups in a list of layers by the layer names noted in them; names noted twice decide nothing. */
function layerNames(list: Hdf5Group): Map<string, string> {
	const names = new Map<string, string>();
	const doubtful = new Set<string>();
	for (const child of list.names()) {
		const attribute = list.group(`${child}/vars`)?.attribute("name");
		const name = attribute?.strings()[0];
		if (name === undefined) continue;
		if (names.has(name)) doubtful.add(name);
		names.set(name, child);
	}
	for (const name of doubtful) names.delete(name);
	return names;
}

function numbered(name: string, numbers: Map<string, number>): string {
	const number = numbers.get(name);
	numbers.set(name, (number ?? -1) + 1);
	return number === undefined ? name : `${name}_${number + 1}`;
}

/** keras/src/utils/naming.py */
export function snakeCase(className: string): string {
	return className
		.replace(/\W+/g, "")
		.replace(/(.)([A-Z][a-z]+)/g, "$1_$2")
		.replace(/([a-z])([A-Z])/g, "$1_$2")
		.toLowerCase();
}
