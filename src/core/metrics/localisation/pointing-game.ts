import type { Metric } from "../metric";
import { attributionParameters, inRegion, LOCALISATION } from "./regions";

/** Quantus 0.6 `PointingGame`. */
export const pointingGame: Metric = {
	...LOCALISATION,
	id: "pointing-game",
	title: "Pointing game",
	formula: "1 if an i with the largest a_i is in the mask, else 0",
	answers: "Does the most relevant element lie in the region?",
	paper:
		"Zhang, Bargal, Lin, Brandt, Shen, Sclaroff 2018, Top-down neural attention by excitation backprop, arXiv:1608.00507",
	reference: "Quantus 0.6 PointingGame: 1 for a hit, where one of the largest elements is enough",
	parameters: attributionParameters(false),
	measure: inRegion(({ map, mask }) => {
		const largest = map.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
		return Number(map.some((value, at) => value === largest && mask[at] === 1));
	}),
};
