import type { DataId, KernelBackend, KernelConfig, NamedAttrMap, TensorInfo } from "@tensorflow/tfjs-core";
import { LaminaError } from "../../../shared/errors";
import { type DType, sizeOf, type Tensor, type TensorData } from "../../../shared/tensor";

/** A tensor in the memory of a tfjs backend. Every handle counts as one reference to its data. */
export type Handle = TensorInfo;

/** What the two tfjs backends have in common beyond KernelBackend. */
export interface RawBackend {
	readonly backend: KernelBackend;
	readonly kernels: ReadonlyMap<string, KernelConfig>;
	/** Values for a new tensor of so many elements, or null where the backend allocates by itself. */
	blank(size: number, dtype: DType): TensorData | null;
	/** The values in place, without a copy. Any allocation may move them: take the view after the last allocation. */
	view(handle: Handle): TensorData;
	/** False for the result of an allocation that failed. */
	isAllocated(handle: Handle): boolean;
	/** Most bytes that the backend can ever hold. */
	readonly limit: number;
}

/**
 * Memory and kernels of one tfjs backend, used directly: no global "current backend", no tape, no tensor registry, so
 * that engines on several backends (tfjs-node among them) live side by side in one process.
 */
export class EagerBackend {
	private scope: Handle[] | undefined;
	/** Bytes of each live buffer. */
	private readonly sizes = new Map<object, number>();
	private held = 0;

	constructor(private readonly raw: RawBackend) {}

	/** Bytes held now. */
	get bytes(): number {
		return this.held;
	}

	get limit(): number {
		return this.raw.limit;
	}

	/** Values of a shape, zero or not initialised. @throws LaminaError when memory has run out. */
	allocate(shape: readonly number[], dtype: DType): Handle {
		const values = this.raw.blank(sizeOf(shape), dtype);
		// The declared type wants values, but each backend takes what its `blank` gives.
		const dataId = this.raw.backend.write(values as TensorData, [...shape], dtype);
		return this.track({ dataId, shape: [...shape], dtype });
	}

	upload(tensor: Tensor): Handle {
		const handle = this.allocate(tensor.shape, tensor.dtype);
		this.view(handle).set(tensor.data);
		return handle;
	}

	/** A copy of the values. */
	download(handle: Handle): Tensor {
		return { dtype: handle.dtype as DType, shape: [...handle.shape], data: this.view(handle).slice() as TensorData };
	}

	/** The values in place; valid until the next allocation. */
	view(handle: Handle): TensorData {
		return this.raw.view(handle);
	}

	/** Runs a tfjs kernel by name. */
	kernel(name: string, inputs: Record<string, Handle>, attributes: NamedAttrMap = {}): Handle {
		const config = this.raw.kernels.get(name);
		if (!config) throw new LaminaError({ code: "failed", message: `the backend has no kernel ${name}` });
		const result = config.kernelFunc({ inputs, attrs: attributes, backend: this.raw.backend }) as Handle;
		return this.track(result);
	}

	/** The same data seen in another shape: a new handle. */
	reshape(handle: Handle, shape: readonly number[]): Handle {
		this.raw.backend.incRef(handle.dataId as DataId);
		return this.track({ dataId: handle.dataId, shape: [...shape], dtype: handle.dtype });
	}

	/** Gives a handle back; the data goes with its last handle. */
	release(handle: Handle): void {
		const dataId = handle.dataId as DataId;
		const isGone = this.raw.backend.disposeData(dataId);
		if (!isGone) return;
		this.held -= this.sizes.get(dataId) ?? 0;
		this.sizes.delete(dataId);
	}

	/** Runs `compute` and releases every handle that it made but the one that it returns. */
	tidy(compute: () => Handle): Handle {
		const outer = this.scope;
		const made: Handle[] = [];
		this.scope = made;
		let kept: Handle | undefined;
		try {
			kept = compute();
			return kept;
		} finally {
			this.scope = outer;
			for (const handle of made) if (handle !== kept) this.release(handle);
			if (kept) outer?.push(kept);
		}
	}

	private track(handle: Handle): Handle {
		if (!this.raw.isAllocated(handle)) throw outOfMemory(handle.shape);
		this.scope?.push(handle);
		if (!this.sizes.has(handle.dataId)) {
			const bytes = sizeOf(handle.shape) * (handle.dtype === "bool" ? 1 : 4);
			this.sizes.set(handle.dataId, bytes);
			this.held += bytes;
		}
		return handle;
	}
}

function outOfMemory(shape: readonly number[]): LaminaError {
	return new LaminaError({
		code: "failed",
		message: `No memory is left for a tensor of shape [${shape.join(", ")}].`,
		hint: "Use a smaller batch, or install the native engine (lamina doctor tells how).",
	});
}
