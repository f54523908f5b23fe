import { BASELINE_PARAMETERS } from "../baselines";
import { growingBatches } from "../batches";
import { repeatTensor } from "../examples";
import { MapSum } from "../map-sum";
import type { Method } from "../method";
import { differenceMap, PARAMETERS, promisedSum, shared, walkDifferences } from "./difference-method";
import { againstRows, referenceSet } from "./references";

/** Captum 0.9 `DeepLiftShap`, `LayerDeepLiftShap` at a layer, `NeuronDeepLiftShap` for other units than classes. */
export const deepShap: Method = {
	...shared,
	id: "deep-shap",
	title: "DeepSHAP",
	answers:
		"How much of the difference between the unit's value on the input and its mean over a set of references does each element account for?",
	paper: "Lundberg, Lee 2017, A unified approach to interpreting model predictions, arXiv:1705.07874",
	reference:
		"Captum 0.9 DeepLiftShap: DeepLIFT against every reference of the set, averaged; the references are given as a batch, without one the parameter baselines names a single reference",
	formula: "mean over references x' of m(x, x') * (x - x')",
	parameters: [...PARAMETERS, ...BASELINE_PARAMETERS],
	async *run(session, request) {
		const set = referenceSet(session, request);
		const n = Object.values(request.inputs)[0]?.shape[0] ?? 1;
		// The forward pass is there twice.
		const most = Math.max(1, Math.floor(session.batchSize("backward", request.inputs) / (2 * n)));
		const sums: MapSum[] = [];
		const expected = new Array<number>(n).fill(0);
		for (const { from, size } of growingBatches(set.size, most)) {
			const rows = Array.from({ length: size }, (_, index) => from + index);
			const { inputs, references } = againstRows(request.inputs, set, rows);
			const repeated = { ...request, ...(request.start && { start: repeatTensor(request.start, size) }) };
			const result = await walkDifferences(session, repeated, inputs, references);
			const maps = result.maps.map((map) => differenceMap(request, map));
			for (const [index, { tensor }] of maps.entries()) {
				sums[index] ??= new MapSum();
				sums[index].add(tensor, new Array<number>(size).fill(1));
			}
			const promised = promisedSum(request, result);
			for (const [at, sum] of promised?.entries() ?? []) expected[at % n] = (expected[at % n] ?? 0) + sum;
			const done = from + size;
			yield {
				maps: maps.map(({ at, channelAxis }, index) => ({
					at,
					channelAxis,
					tensor: (sums[index] as MapSum).tensor((sum) => sum / done),
				})),
				progress: done / set.size,
				...(result.unitValue[0] !== undefined && { unitValue: result.unitValue[0] }),
				...(promised && { expectedSum: expected.map((sum) => sum / done) }),
			};
		}
	},
};
