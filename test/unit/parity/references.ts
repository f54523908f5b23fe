import type { TensorData } from "../../../src/shared/tensor";
import { exact, type Reference } from "./reference";
import { BINARY_REFERENCES, UNARY_REFERENCES } from "./reference-elementwise";
import { LINEAR_REFERENCES, POOL_REFERENCES } from "./reference-linear";
import {
	CROPPING_REFERENCES,
	INDEXING_REFERENCES,
	REDUCTION_REFERENCES,
	SHAPE_REFERENCES,
} from "./reference-structural";

const itself: Reference = ([x]) => exact(Array.from(x!.data));

/** What each primitive means, by name. */
export const REFERENCES: Record<string, Reference> = {
	input: itself,
	weight: itself,
	constant: (_inputs, { data }) => exact(Array.from(data as TensorData)),
	...UNARY_REFERENCES,
	...BINARY_REFERENCES,
	...REDUCTION_REFERENCES,
	...SHAPE_REFERENCES,
	...INDEXING_REFERENCES,
	...CROPPING_REFERENCES,
	...LINEAR_REFERENCES,
	...POOL_REFERENCES,
};
