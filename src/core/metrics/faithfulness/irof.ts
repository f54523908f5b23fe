import { UnsupportedError } from "../../../shared/errors";
import type { Tensor } from "../../../shared/tensor";
import { type SegmentedPicture, toUnitRange } from "../../data/segmentation/picture";
import { slic } from "../../data/segmentation/slic";
import { attributionParameters, descending, preparedAttribution } from "../attribution";
import { fillParameter } from "../fills";
import { type Metric, type MetricContext, parameter } from "../metric";
import { trapezoid } from "../numbers";
import { positionsOf, sumsOver } from "../patches";
import { softmaxParameter, unitValues } from "../unit-values";
import { valuesWithout } from "./pixel-flipping";

/** Quantus 0.6 `IROF`. */
export const irof: Metric = {
	id: "irof",
	title: "IROF: iterative removal of features",
	formula: "K - area under f(x without the k segments of largest mean a) / f(x), over k of K segments",
	family: "faithfulness",
	answers: "How much of the unit is lost while superpixels are removed, the most relevant first?",
	paper: "Rieger, Hansen 2020, IROF: a low resource evaluation metric for explanation methods, arXiv:2003.08747",
	reference: "Quantus 0.6 IROF with scikit-image's slic: number of segments minus the area under unit / unit before",
	better: "higher",
	needs: {},
	parameters: [
		{
			name: "n_segments",
			type: "integer",
			default: 100,
			min: 2,
			help: "About how many superpixels (scikit-image slic: n_segments).",
		},
		{
			name: "compactness",
			type: "number",
			default: 10,
			min: 1e-6,
			help: "How much nearness counts against likeness of colour (scikit-image slic: compactness).",
		},
		fillParameter("mean"),
		...attributionParameters(false),
		softmaxParameter(true),
	],
	async measure(context) {
		const groups = segmentsOf(context);
		const sums = sumsOver(groups, preparedAttribution(context, context.example.attribution));
		const order = descending(sums.map((sum, segment) => sum / Math.max(1, groups[segment]?.length ?? 1)));
		const ordered = [...order].map((segment) => groups[segment] as Int32Array);
		const [before = 0] = await unitValues(context, [context.example.inputs]);
		const values = await valuesWithout(context, ordered, ordered.length);
		const y = values.map((value) => value / before);
		return {
			score: groups.length - trapezoid(y),
			curve: { xTitle: "segments removed", yTitle: "unit, of what it was", x: y.map((_, at) => at + 1), y },
		};
	},
};

/** Elements of each superpixel, or of each number of a given mask. */
function segmentsOf(context: MetricContext): Int32Array[] {
	const { example, draws } = context;
	const { extents, positions } = positionsOf(example);
	const labels = draws?.segments?.data ?? superpixels(context, extents, positions);
	const numbers = [...new Set(labels)].sort((a, b) => a - b);
	return numbers.map((label) =>
		Int32Array.from([...positions.keys()].filter((element) => labels[positions[element] as number] === label)),
	);
}

function superpixels(context: MetricContext, extents: readonly number[], positions: Int32Array): Int32Array {
	const { example } = context;
	const [height, width, ...others] = extents;
	if (height === undefined || width === undefined || others.length > 0)
		throw new UnsupportedError("superpixels are cut from pictures: the input has no rows and columns", example.input);
	const { data, shape } = example.inputs[example.input] as Tensor;
	const channels = example.channelAxis > 0 ? (shape[example.channelAxis] as number) : 1;
	const picture: SegmentedPicture = { width, height, channels, data: new Float64Array(data.length) };
	const seen = new Int32Array(width * height);
	for (const [element, position] of positions.entries()) {
		picture.data[position * channels + (seen[position] as number)] = data[element] ?? 0;
		seen[position] = (seen[position] as number) + 1;
	}
	return slic(toUnitRange(picture), {
		nSegments: parameter(context, "n_segments", "number"),
		compactness: parameter(context, "compactness", "number"),
	});
}
