import type { Builder } from "../../program/builder";
import type { Value } from "../../program/types";
import { add, mul } from "../../program/vocabulary";
import { numberAttr } from "../attributes";
import type { Attrs, Params } from "../op";
import { paramOf } from "../params";
import { timesMatrix } from "./times-matrix";

/**
 * The kernel that a layer computes with: where the file keeps a low-rank update beside it (Hu et al. 2021, LoRA),
 * kernel + `loraScale` * A B with params `loraA` [..., r] and `loraB` [r, out].
 */
export function effectiveKernel(b: Builder, params: Params, attrs: Attrs, name = "kernel"): Value {
	const kernel = paramOf(params, name);
	if (!params.loraA || !params.loraB) return kernel;
	return add(b, kernel, mul(b, timesMatrix(b, params.loraA, params.loraB), numberAttr(attrs, "loraScale", 1)));
}
