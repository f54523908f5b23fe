import type { LayerDescription } from "../config/model-config";
import type { StoredVariable, VariableScope } from "./scope";

/** A variable in a flat list; taken once. */
interface Entry extends StoredVariable {
	taken: boolean;
}

/**
 * Variables in a flat list with names, in Keras' order: legacy `.h5` files (trainable, then the others) and
 * TensorFlow.js manifests. The names are those of variables: `bidirectional/forward_lstm/lstm_cell/kernel`. Prefixes
 * differ between versions of Keras (TimeDistributed may leave the inner layer out, a Sequential may put its own name
 * in front), so an inner name narrows the choice only where it occurs.
 */
export class NamedVariables implements VariableScope {
	private constructor(private readonly entries: readonly Entry[]) {}

	static of(variables: readonly StoredVariable[]): NamedVariables {
		return new NamedVariables(variables.map(({ name, tensor }) => ({ name, tensor, taken: false })));
	}

	get count(): number {
		return this.left().length;
	}

	take(names: readonly string[]): (StoredVariable | undefined)[] {
		const found = names.map((name) => this.byName(name));
		if (found.some((entry) => entry !== undefined)) return found.map((entry) => entry && claim(entry));
		// Names that are not Keras' (written by hand, or of another age): position decides, as it does in Keras.
		const left = this.left();
		return names.map((_, index) => {
			const entry = left[index];
			return entry && claim(entry);
		});
	}

	inner(key: string, name: string | undefined): VariableScope {
		const last = key.slice(key.lastIndexOf("/") + 1);
		for (const candidate of [name, key, last]) {
			if (!candidate) continue;
			const within = this.entries.filter((entry) => contains(entry.name, candidate));
			if (within.length > 0) return new NamedVariables(within);
		}
		return this;
	}

	layers(layers: readonly LayerDescription[]): Map<string, VariableScope> {
		const owners = new Map<string, Entry[]>(layers.map(({ name }) => [name, []]));
		for (const entry of this.entries) ownerOf(entry.name, owners)?.push(entry);
		return new Map([...owners].map(([name, entries]) => [name, new NamedVariables(entries)]));
	}

	rest(): StoredVariable[] {
		return this.left();
	}

	private left(): Entry[] {
		return this.entries.filter(({ taken }) => !taken);
	}

	/** Among several of the same name the one with the shortest path is the layer's own. */
	private byName(name: string): Entry | undefined {
		let best: Entry | undefined;
		for (const entry of this.left()) {
			if (!isNamed(entry.name, name)) continue;
			if (!best || depth(entry.name) < depth(best.name)) best = entry;
		}
		return best;
	}
}

/** The layer whose name occurs in a path: at the front before further in, a longer name before a shorter. */
function ownerOf(path: string, owners: ReadonlyMap<string, Entry[]>): Entry[] | undefined {
	const segments = path.split("/").slice(0, -1);
	for (let start = 0; start < segments.length; start++) {
		for (let end = segments.length; end > start; end--) {
			const found = owners.get(segments.slice(start, end).join("/"));
			if (found) return found;
		}
	}
	return undefined;
}

function claim(entry: Entry): StoredVariable {
	entry.taken = true;
	return entry;
}

function depth(path: string): number {
	return path.split("/").length;
}

/** Whether a path has these segments somewhere before its last one. Layer names may contain slashes themselves. */
function contains(path: string, segments: string): boolean {
	return `/${path.slice(0, path.lastIndexOf("/") + 1)}`.includes(`/${segments}/`);
}

/** Keras 1 called the kernel of `dense_1` `dense_1_W`. */
const KERAS1_SUFFIXES: Readonly<Record<string, string>> = {
	kernel: "_W",
	depthwise_kernel: "_depthwise_kernel",
	pointwise_kernel: "_pointwise_kernel",
	recurrent_kernel: "_U",
	bias: "_b",
	gamma: "_gamma",
	beta: "_beta",
	moving_mean: "_running_mean",
	moving_variance: "_running_std",
	embeddings: "_W",
	alpha: "_alphas",
};

function isNamed(path: string, name: string): boolean {
	const last = path.slice(path.lastIndexOf("/") + 1);
	return last === name || (Object.hasOwn(KERAS1_SUFFIXES, name) && last.endsWith(KERAS1_SUFFIXES[name] as string));
}
