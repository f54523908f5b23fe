import type { OpDefinition } from "../op";
import { ATTENTION_MASKS } from "./attention-mask";
import { CAUSAL_CONVOLUTION, LAST_STEPS, ZEROS_BEFORE } from "./causal-convolution";
import { HEADS } from "./heads";
import { KEY_MASKS } from "./key-masks";
import { LINEAR_ATTENTION } from "./linear-attention";
import { REPEAT_HEADS, ROTARY } from "./rotary";
import { SCALED_PRODUCTS } from "./scaled-products";

/** What language models are made of besides attention. */
export const SEQUENCE: readonly OpDefinition[] = [
	ROTARY,
	REPEAT_HEADS,
	SCALED_PRODUCTS,
	...HEADS,
	...ATTENTION_MASKS,
	...KEY_MASKS,
	CAUSAL_CONVOLUTION,
	ZEROS_BEFORE,
	LAST_STEPS,
	LINEAR_ATTENTION,
];
