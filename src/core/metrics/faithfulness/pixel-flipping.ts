import { attributionParameters, descending, preparedAttribution } from "../attribution";
import { fillParameter, replaced } from "../fills";
import { type Metric, type MetricContext, parameter } from "../metric";
import { trapezoid } from "../numbers";
import { softmaxParameter, unitValues, valuesOf, withValues } from "../unit-values";

/** Quantus 0.6 `PixelFlipping`. */
export const pixelFlipping: Metric = {
	id: "pixel-flipping",
	title: "Pixel flipping",
	formula: "area under f(x without the k largest of a), over k (MoRF; the k smallest: LeRF)",
	family: "faithfulness",
	answers: "How fast does the unit fall when the elements that the map calls important are removed first?",
	paper:
		"Bach, Binder, Montavon, Klauschen, Müller, Samek 2015, On pixel-wise explanations for non-linear classifier decisions by layer-wise relevance propagation",
	reference: "Quantus 0.6 PixelFlipping; the score is its area under the curve (return_auc_per_sample)",
	better: "lower",
	needs: {},
	parameters: [
		{
			name: "features_in_step",
			type: "integer",
			default: 0,
			min: 0,
			help: "Elements that are removed at a time; 0: a hundredth of them (Quantus: features_in_step, default 1).",
		},
		{
			name: "order",
			type: "choice",
			default: "morf",
			choices: ["morf", "lerf"],
			help: "Most relevant first, or least relevant first, where a slow fall speaks for the map.",
		},
		fillParameter("black"),
		...attributionParameters(false),
		softmaxParameter(true),
	],
	async measure(context) {
		const order = descending(preparedAttribution(context, context.example.attribution));
		if (parameter(context, "order", "string") === "lerf") order.reverse();
		const step = parameter(context, "features_in_step", "number") || Math.max(1, Math.round(order.length / 100));
		const groups = function* () {
			for (let from = 0; from < order.length; from += step) yield order.subarray(from, from + step);
		};
		const y = await valuesWithout(context, groups(), Math.ceil(order.length / step));
		const x = y.map((_, at) => Math.min(1, ((at + 1) * step) / order.length));
		return { score: trapezoid(y), curve: { xTitle: "removed", yTitle: "unit", x, y } };
	},
};

/** The unit while groups of elements are removed, one after the other. @param count of the groups */
export const valuesWithout = (
	context: MetricContext,
	groups: Iterable<ArrayLike<number>>,
	count: number,
): Promise<number[]> => unitValues(context, editedInputs(context, replaced(context, valuesOf(context), groups)), count);

/** The example with each of the edited inputs. */
export function* editedInputs(context: MetricContext, edited: Iterable<Float32Array>) {
	for (const data of edited) yield withValues(context, data);
}
