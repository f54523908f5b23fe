import { InvalidRequestError } from "../../../shared/errors";
import { attributionParameters, descending, preparedAttribution } from "../attribution";
import type { Measurement, Metric, MetricContext } from "../metric";

/** What a metric of localisation looks at: the map and the region, element by element. */
export interface Region {
	readonly map: Float64Array;
	readonly mask: Uint8Array;
	/** Elements in the region. */
	readonly size: number;
}

/** @throws InvalidRequestError where there is no mask, or an empty one */
export function regionOf(context: MetricContext): Region {
	const { mask, input } = context.example;
	if (!mask)
		throw new InvalidRequestError(
			"a mask is needed: which elements the unit should look at",
			input,
			"Give it with --mask FILE.",
		);
	const size = mask.reduce((sum, inside) => sum + inside, 0);
	if (size === 0)
		throw new InvalidRequestError("the mask is empty: no element belongs to what the unit should look at", input);
	return { map: preparedAttribution(context, context.example.attribution), mask, size };
}

export const LOCALISATION = { family: "localisation", better: "higher", needs: { mask: true } } as const;

/** A metric of the map and the region alone. */
export const inRegion =
	(score: (region: Region, context: MetricContext) => number): Metric["measure"] =>
	async (context): Promise<Measurement> => ({ score: score(regionOf(context), context) });

/** Whether each element is in the region, the most relevant first. */
export const insideByRelevance = ({ map, mask }: Region): Uint8Array =>
	Uint8Array.from(descending(map), (element) => mask[element] ?? 0);

export { attributionParameters };
