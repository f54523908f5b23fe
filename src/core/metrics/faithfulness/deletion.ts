import type { Tensor } from "../../../shared/tensor";
import { gaussianBlur } from "../../data/numbers/gaussian-blur";
import { descending } from "../attribution";
import { type Metric, type MetricContext, parameter } from "../metric";
import { trapezoid } from "../numbers";
import { positionAxes, positionsOf } from "../patches";
import { softmaxParameter, unitValues, valuesOf } from "../unit-values";
import { editedInputs } from "./pixel-flipping";

const STEP: Metric["parameters"][number] = {
	name: "step",
	type: "integer",
	default: 0,
	min: 0,
	help: "Positions that change at a time; 0: as many as a row has (RISE: step, 224 for its pictures).",
};

const shared = {
	family: "faithfulness",
	paper:
		"Petsiuk, Das, Saenko 2018, RISE: randomized input sampling for explanation of black-box models, arXiv:1806.07421",
	needs: {},
	parameters: [STEP, softmaxParameter(true)],
} as const satisfies Partial<Metric>;

/** RISE's `CausalMetric` in the mode `del`. */
export const deletion: Metric = {
	...shared,
	id: "deletion",
	title: "Deletion",
	formula: "integral over s in [0, 1] of f(x without the share s of positions of largest a)",
	answers: "How fast does the unit fall when positions are deleted, the most important first?",
	reference: "RISE CausalMetric, mode del: whole positions become 0; area under the curve over 0 to 1",
	better: "lower",
	measure: (context) => causal(context, valuesOf(context), new Float32Array(valuesOf(context).length)),
};

/** RISE's `CausalMetric` in the mode `ins`. */
export const insertion: Metric = {
	...shared,
	id: "insertion",
	title: "Insertion",
	formula: "integral over s in [0, 1] of f(blurred x with the share s of positions of largest a put in)",
	answers: "How fast does the unit rise when positions are put into a blurred picture, the most important first?",
	reference:
		"RISE CausalMetric, mode ins: a Gaussian blur of standard deviation 5 to begin with (RISE cuts its kernel off at 11 pixels; here it is whole); area under the curve over 0 to 1",
	better: "higher",
	measure: (context) => causal(context, blurred(context), valuesOf(context)),
};

/** From one picture to the other, position by position. */
async function causal(context: MetricContext, from: Float32Array, to: Float32Array) {
	const { example } = context;
	const { extents, positions } = positionsOf(example);
	const count = extents.reduce((product, extent) => product * extent, 1);
	const importance = new Float64Array(count);
	const elements: number[][] = Array.from({ length: count }, () => []);
	for (const [element, position] of positions.entries()) {
		importance[position] = (importance[position] ?? 0) + (example.attribution[element] ?? 0);
		elements[position]?.push(element);
	}
	const order = descending(importance);
	const step = parameter(context, "step", "number") || Math.max(1, extents.at(-1) ?? 1);
	const pictures = function* () {
		const current = from.slice();
		yield current.slice();
		for (let at = 0; at < order.length; at += step) {
			for (const position of order.subarray(at, at + step))
				for (const element of elements[position] ?? []) current[element] = to[element] ?? 0;
			yield current.slice();
		}
	};
	const y = await unitValues(context, editedInputs(context, pictures()), 1 + Math.ceil(order.length / step));
	const x = y.map((_, at) => Math.min(1, (at * step) / Math.max(1, count)));
	return { score: trapezoid(y) / Math.max(1, y.length - 1), curve: { xTitle: "changed", yTitle: "unit", x, y } };
}

/** RISE blurs with a kernel of standard deviation 5. */
const BLUR = 5;

function blurred(context: MetricContext): Float32Array {
	const { example } = context;
	const shape = (example.inputs[example.input] as Tensor).shape.slice(1);
	return Float32Array.from(gaussianBlur(valuesOf(context), shape, positionAxes(example), BLUR, "reflect"));
}
