import { CancelledError, UnsupportedError } from "../../../shared/errors";
import type { Tensor } from "../../../shared/tensor";
import { attributionParameters, preparedAttribution } from "../attribution";
import { type Metric, parameter } from "../metric";
import { meanOf, spearman } from "../numbers";
import { ChangedWeights, layersWithWeights, shuffled } from "./randomised-weights";

/** Adebayo et al. 2018; Quantus 0.6 `MPRT`. */
export const parameterRandomisation: Metric = {
	id: "parameter-randomisation",
	title: "Parameter randomisation",
	formula:
		"mean over layers of the Spearman correlation: a; a of the model with that layer's weights (cascading: and those before) shuffled",
	family: "randomisation",
	answers:
		"Does the map change when what the layers have learned is destroyed? One that stays the same shows the input, not the model.",
	paper: "Adebayo, Gilmer, Muelly, Goodfellow, Hardt, Kim 2018, Sanity checks for saliency maps, arXiv:1810.03292",
	reference:
		"Quantus 0.6 MPRT: Spearman's correlation of the map with that of the randomised model, layer by layer. Weights are shuffled within each, which keeps their distribution; Quantus calls the layers' own initialisation",
	better: "lower",
	needs: { method: true },
	usesSeed: true,
	parameters: [
		{
			name: "layer_order",
			type: "choice",
			default: "top_down",
			choices: ["top_down", "bottom_up", "independent"],
			help: "top_down: cascading, from the last layer down; bottom_up: from the first layer up; independent: one layer at a time (Quantus: layer_order).",
		},
		{
			name: "layers",
			type: "integer",
			default: 0,
			min: 0,
			help: "Steps at most, spread over the layers; 0: every layer.",
		},
		...attributionParameters(true),
	],
	async measure(context) {
		const { explain, session, example, draws, signal } = context;
		if (!explain)
			throw new UnsupportedError(
				"a stored map cannot be made again for other weights",
				undefined,
				"Run the method instead.",
			);
		const order = parameter(context, "layer_order", "string");
		const found = layersWithWeights(session.graph);
		if (order === "top_down") found.reverse();
		const before = preparedAttribution(context, example.attribution);
		const changes = new Map<string, (tensor: Tensor) => Tensor>();
		const [labels, y]: [string[], number[]] = [["original"], [1]];
		const steps = chosen(found.length, parameter(context, "layers", "number"));
		for (const [step, { layer, weights }] of found.entries()) {
			if (signal?.aborted) throw new CancelledError();
			if (order === "independent") changes.clear();
			for (const name of weights) {
				const given = draws?.[name];
				changes.set(name, given ? () => given : shuffled(name, context.seed));
			}
			if (!steps.has(step)) continue;
			const id = `${context.seed} ${order} ${layer}${draws ? " given" : ""}`;
			const other = session.withWeights(new ChangedWeights(session.weights, new Map(changes), id));
			try {
				const map = preparedAttribution(context, await explain(example.inputs, other));
				labels.push(layer);
				y.push(spearman(before, map));
				context.progress?.(y.length / (steps.size + 1));
			} finally {
				other.close();
			}
		}
		const x = y.map((_, at) => at);
		return {
			score: meanOf(y.slice(1)),
			values: Object.fromEntries(labels.map((label, at) => [label, y[at] ?? 0])),
			curve: { xTitle: "layers randomised", yTitle: "similarity (Spearman)", x, y, labels },
		};
	},
};

/** Which of the layers are looked at: all, or so many, the last always. */
function chosen(layers: number, most: number): Set<number> {
	if (most === 0 || most >= layers) return new Set(Array.from({ length: layers }, (_, at) => at));
	return new Set(Array.from({ length: most }, (_, at) => Math.round(((at + 1) * layers) / most) - 1));
}
