import { InvalidRequestError } from "../../../shared/errors";
import type { Tensor } from "../../../shared/tensor";
import { Random } from "../../data/numbers/random";
import { attributionParameters, descending, preparedAttribution } from "../attribution";
import { type Metric, type MetricContext, parameter } from "../metric";
import { meanOf } from "../numbers";
import { positionsOf } from "../patches";
import { softmaxParameter, unitValues, valuesOf } from "../unit-values";
import { imputed } from "./linear-imputation";
import { editedInputs } from "./pixel-flipping";

/** Quantus 0.6 `ROAD`. */
export const road: Metric = {
	id: "road",
	title: "ROAD: remove and debias",
	formula: "mean over p of f(x with the p % of positions of largest a filled in from their neighbours)",
	family: "faithfulness",
	answers:
		"Does the unit fall when the most relevant positions are filled in from their surroundings, so that nothing but what they meant is gone?",
	paper:
		"Rong, Leemann, Borisov, Kasneci, Kasneci 2022, A consistent and efficient evaluation strategy for attribution methods, arXiv:2202.00449",
	reference:
		"Quantus 0.6 ROAD (noisy linear imputation). Its score, whether the class is still the predicted one, is `kept`; the score here is the mean of the unit, which says more of a single example",
	better: "lower",
	needs: {},
	usesSeed: true,
	parameters: [
		{
			name: "percentages",
			type: "text",
			default: "1,2,5,10,20,30,40,50,60,70,80,90,95",
			help: "Shares of the positions that are removed, in per cent (Quantus: percentages).",
		},
		{
			name: "noise",
			type: "number",
			default: 0.01,
			min: 0,
			help: "Standard deviation of the noise on what is filled in (Quantus: noise).",
		},
		...attributionParameters(false),
		softmaxParameter(true),
	],
	async measure(context) {
		const percentages = percentagesOf(parameter(context, "percentages", "string"));
		const { extents, positions } = positionsOf(context.example);
		const [height, width, ...others] = extents;
		if (height === undefined || width === undefined || others.length > 0)
			throw new InvalidRequestError("the input has no rows and columns to fill in", context.example.input);
		const order = positionOrder(context, positions, height * width);
		const random = new Random(context.seed);
		const noise = parameter(context, "noise", "number");
		const pictures = function* () {
			for (const percentage of percentages) {
				const removed = order.subarray(0, Math.floor((height * width * percentage) / 100));
				yield imputed(valuesOf(context), positions, height, width, removed, () => noise * random.gaussian());
			}
		};
		const edited = [...pictures()];
		const y = await unitValues(context, editedInputs(context, edited), edited.length);
		const kept = await isStillPredicted(context, edited);
		return {
			score: meanOf(y),
			values: Object.fromEntries(percentages.map((percentage, at) => [`kept at ${percentage} %`, kept[at] ?? 0])),
			curve: { xTitle: "removed (%)", yTitle: "unit", x: percentages, y },
		};
	},
};

function percentagesOf(text: string): number[] {
	const percentages = text.split(",").map(Number);
	if (percentages.some((value) => !(value > 0 && value < 100)))
		throw new InvalidRequestError(
			`the parameter percentages is "${text}"`,
			"percentages",
			"Numbers between 0 and 100, separated by commas, are expected: of the whole picture nothing could be filled in.",
		);
	return percentages;
}

/** Positions by falling relevance, channels summed. */
function positionOrder(context: MetricContext, positions: Int32Array, count: number): Int32Array {
	const map = preparedAttribution(context, context.example.attribution);
	const importance = new Float64Array(count);
	for (const [element, position] of positions.entries())
		importance[position] = (importance[position] ?? 0) + (map[element] ?? 0);
	return descending(importance);
}

/** 1 where the class of the unit is still the one with the largest score. */
async function isStillPredicted(context: MetricContext, edited: readonly Float32Array[]): Promise<number[]> {
	const { session, example } = context;
	const { unit } = example.unit;
	const { shape } = example.inputs[example.input] as Tensor;
	const kept: number[] = [];
	for (const data of edited) {
		const inputs = { ...example.inputs, [example.input]: { dtype: "float32" as const, shape, data } };
		const [scores] = await session.forward(inputs, [unit.place], context.signal);
		const own =
			(await session.unitValue(inputs, { unit: { ...unit, place: { ...unit.place, stage: "post" } } }))[0] ?? 0;
		kept.push(Number((scores?.data ?? []).every((score) => score <= own)));
	}
	return kept;
}
