import type { Metric } from "../metric";
import { attributionParameters, inRegion, LOCALISATION, type Region } from "./regions";

/** Quantus 0.6 `AUC`. */
export const localisationAuc: Metric = {
	...LOCALISATION,
	id: "localisation-auc",
	title: "Area under the ROC curve",
	formula: "area under the ROC curve of a as a score for being in the mask",
	answers: "How well does the map tell elements of the region from the others?",
	paper: "Fawcett 2006, An introduction to ROC analysis, doi:10.1016/j.patrec.2005.10.010",
	reference: "Quantus 0.6 AUC (scikit-learn roc_curve and auc): 0.5 is chance",
	parameters: attributionParameters(false),
	measure: inRegion(areaUnderRoc),
};

/** The share of pairs of an element inside and one outside whose order is right, ties counting half. */
function areaUnderRoc({ map, mask, size }: Region): number {
	const order = Int32Array.from(map, (_, at) => at).sort((a, b) => (map[a] ?? 0) - (map[b] ?? 0));
	const outside = map.length - size;
	let [below, right] = [0, 0];
	for (let from = 0; from < order.length; ) {
		let to = from;
		let [inside, others] = [0, 0];
		for (; to < order.length && map[order[to] as number] === map[order[from] as number]; to++) {
			if (mask[order[to] as number]) inside++;
			else others++;
		}
		right += inside * (below + others / 2);
		below += others;
		from = to;
	}
	return right / (size * outside);
}
