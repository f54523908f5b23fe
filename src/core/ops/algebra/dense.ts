import { add } from "../../program/vocabulary";
import { flagAttr } from "../attributes";
import { asFloat, inputAt } from "../numbers";
import type { OpDefinition } from "../op";
import { effectiveKernel } from "./low-rank";
import { timesMatrix } from "./times-matrix";

export const DENSE: OpDefinition = {
	op: "Dense",
	kind: "linear",
	family: "dense",
	biasParams: ["bias"],
	/**
	 * inputs: x [..., in]; params: `kernel` [in, out], `bias` [out] (optional), a low-rank update (optional);
	 * attrs: `transposeKernel` (the kernel is kept as [out, in])
	 */
	forward(b, inputs, params, attrs) {
		const kernel = effectiveKernel(b, params, attrs);
		const y = timesMatrix(b, asFloat(b, inputAt(inputs, 0)), kernel, flagAttr(attrs, "transposeKernel"));
		return [params.bias ? add(b, y, params.bias) : y];
	},
};
