import type { Builder } from "../program/builder";
import type { Value } from "../program/types";

const ALWAYS = new Set(["relu", "sigmoid", "softmax", "softplus", "square", "abs", "exp", "sqrt", "oneHot"]);
/** Non-negative when all their inputs are. */
const INHERIT = new Set([
	"maxPool2d",
	"maxPool3d",
	"avgPool2d",
	"avgPool3d",
	"reshape",
	"transpose",
	"slice",
	"stridedSlice",
	"concat",
	"gather",
	"broadcastTo",
	"tile",
	"reverse",
	"reduceSum",
	"reduceMean",
	"reduceMax",
	"add",
	"mul",
	"mirrorPad",
	"minimum",
	"cast",
]);

/**
 * Whether a value is known to be nowhere negative, by the instructions that made it. Rules that split their input by
 * sign then need half the work: the negative part of what follows a ReLU is exactly zero.
 */
export function isNonNegative(b: Builder, value: Value): boolean {
	return judge(b, value.id, new Map());
}

function judge(b: Builder, id: number, known: Map<number, boolean>): boolean {
	const before = known.get(id);
	if (before !== undefined) return before;
	const { op, inputs, attributes } = b.instruction(id);
	let answer = false;
	if (ALWAYS.has(op)) answer = true;
	else if (op === "constant" && ArrayBuffer.isView(attributes.data)) answer = attributes.data.every((x) => x >= 0);
	else if (op === "maximum") answer = inputs.some((input) => judge(b, input, known));
	else if (op === "pad") answer = Number(attributes.value) >= 0 && inputs.every((input) => judge(b, input, known));
	else if (INHERIT.has(op))
		answer =
			inputs.length > 0 &&
			inputs.every((input) =>
				b.instruction(input).type.dtype === "int32" && op === "gather" ? true : judge(b, input, known),
			);
	known.set(id, answer);
	return answer;
}
