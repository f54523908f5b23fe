import type { TensorSource } from "../tensors/tensor-source";

/** What stands behind a name of an ONNX graph. */
export interface Binding {
	/** Name of the graph value; a constant has none before something needs it as a value. */
	value?: string;
	/** The tensor, when the file holds it or constants decide it. */
	readonly constant?: TensorSource;
	/** Element type by NumPy's name. */
	readonly type: string;
	/** Extents as the file declares them; `null` for free ones. */
	readonly shape?: readonly (number | null)[];
}

/** Names of a graph; inner graphs (bodies of `If`, `Loop`, `Scan`) see those of the graph around them. */
export class Scope {
	private readonly bindings = new Map<string, Binding>();

	constructor(private readonly outer?: Scope) {}

	find(name: string): Binding | undefined {
		return this.bindings.get(name) ?? this.outer?.find(name);
	}

	bind(name: string, binding: Binding): void {
		this.bindings.set(name, binding);
	}
}
