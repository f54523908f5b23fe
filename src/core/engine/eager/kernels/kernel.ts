import type { DType } from "../../../../shared/tensor";
import type { Attributes } from "../../../program/types";
import type { EagerBackend, Handle } from "../backend";

/** One instruction with everything bound: computed to a new handle; what else it allocates is released for it. */
export interface KernelCall {
	readonly backend: EagerBackend;
	readonly inputs: readonly Handle[];
	readonly attributes: Attributes;
	/** Shape of the result for this batch. */
	readonly shape: readonly number[];
	readonly dtype: DType;
	/** Batch size. */
	readonly batch: number;
}

export type Kernel = (call: KernelCall) => Handle;

/** Kernels by the name of their primitive. */
export type KernelTable = Readonly<Record<string, Kernel>>;
