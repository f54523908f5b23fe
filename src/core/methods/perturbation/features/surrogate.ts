import { InvalidRequestError } from "../../../../shared/errors";
import type { FeatureSet } from "./feature-set";

/** Features above which the moments of a regression take too much memory and time: 16 MB, and a second for each fit. */
const MOST_FEATURES = 2000;
/** Features above which a fit takes too long to be shown while samples still come. */
const FITTED_AT_ONCE = 200;

/** @throws InvalidRequestError when there are too many features for a regression */
export function checkFeatures({ count }: FeatureSet): void {
	if (count <= MOST_FEATURES) return;
	throw new InvalidRequestError(
		`${count} features are too many for a linear model of them; at most ${MOST_FEATURES} are taken`,
		"feature_mask",
		"Take segments: feature_mask=grid or feature_mask=slic, or give a mask.",
	);
}

/** Whether the fit is worth its time before all samples are there. */
export const fitsBefore = ({ count }: FeatureSet): boolean => count <= FITTED_AT_ONCE;

/** Said when a linear model has more unknowns than samples: its numbers are then one choice of many. */
export function tooFewSamples({ count }: FeatureSet, samples: number): string[] {
	if (samples > count) return [];
	return [
		`${samples} samples do not determine the values of ${count} features; take n_samples of several times as many, or fewer features (feature_mask, cells).`,
	];
}

/** Coefficients of each example as values feature by feature, all examples of each. */
export function byFeature({ count, examples }: FeatureSet, coefficients: readonly ArrayLike<number>[]): Float64Array {
	const values = new Float64Array(count * examples);
	for (const [example, own] of coefficients.entries())
		for (let feature = 0; feature < count; feature++) values[feature * examples + example] = own[feature] as number;
	return values;
}
