import { HANDS_ON } from "../../graph/attention";
import type { BackwardStep, SourceNode } from "../rule";

type Sources = Pick<BackwardStep, "sourceOf">;

/** Whether a value is the output of a softmax, maybe masked, scaled or moved since: what an attention weighs values with. */
export function isAttentionWeights(sources: Sources, value: string): boolean {
	const source = originOf(sources, value, ({ op }) => op.kind === "shape" || HANDS_ON.has(op.op));
	return source?.op.kind === "softmax" && source.op.op !== "LogSoftmax";
}

const INVERTS = /^(Rsqrt|Reciprocal|ConstantDiv)$/;
/** Ops between a statistic and the factor that it becomes. */
const SCALES = /^(Identity|Cast|Sqrt|((Add|Sub|Mul|Div|Pow|Maximum|Minimum)Constant)|Clip|Constant(Add|Mul|Maximum))$/;
const STATISTICS = /^(Mean|Sum|Variance|StandardDeviation|SumSquare|Norm)$/;

/**
 * Whether a factor is one over a statistic of a whole axis (a deviation, a root mean square), op by op: what a
 * normalisation is made of where the file does not keep it in one.
 */
export function isInverseStatistic(sources: Sources, value: string): boolean {
	let inverts = false;
	const source = originOf(sources, value, ({ op, node }) => {
		const isPower = op.op === "PowConstant" && Number(node.attrs.constant) < 0;
		if (INVERTS.test(op.op) || isPower) inverts = true;
		return op.kind === "shape" || INVERTS.test(op.op) || SCALES.test(op.op);
	});
	return inverts && source !== undefined && STATISTICS.test(source.op.op);
}

/** Goes back along first inputs for as long as `passes` holds; what makes the value where it ends. */
function originOf(
	{ sourceOf }: Sources,
	value: string,
	passes: (source: SourceNode) => boolean,
): SourceNode | undefined {
	let source = sourceOf(value);
	while (source && passes(source)) {
		const [before] = source.node.inputs;
		source = before === undefined ? undefined : sourceOf(before);
	}
	return source;
}
