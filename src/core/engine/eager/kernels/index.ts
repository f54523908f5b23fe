import { BINARY_KERNELS } from "./binary";
import { CROPPING_KERNELS } from "./cropping";
import { INDEXING_KERNELS } from "./indexing";
import type { KernelTable } from "./kernel";
import { LINEAR_KERNELS } from "./linear";
import { POOLING_KERNELS } from "./pooling";
import { REDUCTION_KERNELS } from "./reduction";
import { SHAPE_KERNELS } from "./shape";
import { UNARY_KERNELS } from "./unary";

/** How each primitive is computed; those that are missing here are composed of others (../compositions). */
export const KERNELS: KernelTable = {
	...UNARY_KERNELS,
	...BINARY_KERNELS,
	...REDUCTION_KERNELS,
	...SHAPE_KERNELS,
	...INDEXING_KERNELS,
	...CROPPING_KERNELS,
	...LINEAR_KERNELS,
	...POOLING_KERNELS,
};
