import { InvalidRequestError } from "../../../shared/errors";
import { sizeOf, type Tensor } from "../../../shared/tensor";
import { formatShape } from "../../program/dims";
import type { ValueType } from "../../program/types";
import type { WeightSource } from "../engine";
import type { EagerBackend, Handle } from "./backend";

interface Held {
	readonly handle: Promise<Handle>;
	users: number;
}

/** Weights in the memory of a backend: read once, shared by all plans that use them, released with the last one. */
export class HeldWeights {
	private readonly held = new Map<WeightSource, Map<string, Held>>();

	constructor(private readonly backend: EagerBackend) {}

	/** @throws InvalidRequestError when the store holds another shape than the program was built with */
	async acquire(source: WeightSource, name: string, type: ValueType): Promise<Handle> {
		let ofSource = this.held.get(source);
		if (!ofSource) {
			ofSource = new Map();
			this.held.set(source, ofSource);
		}
		let entry = ofSource.get(name);
		if (!entry) {
			entry = { handle: source.read(name).then((tensor) => this.backend.upload(checked(name, tensor))), users: 0 };
			ofSource.set(name, entry);
		}
		entry.users++;
		try {
			const handle = await entry.handle;
			if (handle.dtype !== type.dtype || handle.shape.join() !== type.shape.join()) {
				throw new InvalidRequestError(
					`Weight "${name}" must be ${type.dtype}${formatShape(type.shape)}, but is ${handle.dtype}${formatShape(handle.shape)}.`,
				);
			}
			return handle;
		} catch (error) {
			this.release(source, name);
			throw error;
		}
	}

	release(source: WeightSource, name: string): void {
		const ofSource = this.held.get(source);
		const entry = ofSource?.get(name);
		if (!ofSource || !entry || --entry.users > 0) return;
		ofSource.delete(name);
		if (ofSource.size === 0) this.held.delete(source);
		entry.handle.then(
			(handle) => this.backend.release(handle),
			// What could not be read holds nothing; whoever asked for it has been told.
			() => undefined,
		);
	}
}

function checked(name: string, tensor: Tensor): Tensor {
	if (tensor.data.length === sizeOf(tensor.shape)) return tensor;
	throw new InvalidRequestError(
		`Weight "${name}" of shape ${formatShape(tensor.shape)} must hold ${sizeOf(tensor.shape)} values, but holds ${tensor.data.length}.`,
	);
}
