import { completeness } from "./axioms/completeness";
import { complexity } from "./complexity/complexity";
import { effectiveComplexity } from "./complexity/effective-complexity";
import { sparseness } from "./complexity/sparseness";
import { batchSensitivityN } from "./faithfulness/batch-sensitivity-n";
import { deletion, insertion } from "./faithfulness/deletion";
import { infidelity } from "./faithfulness/infidelity";
import { irof } from "./faithfulness/irof";
import { patchInfidelity } from "./faithfulness/patch-infidelity";
import { pixelFlipping } from "./faithfulness/pixel-flipping";
import { regionPerturbation } from "./faithfulness/region-perturbation";
import { road } from "./faithfulness/road";
import { selectivity } from "./faithfulness/selectivity";
import { sensitivityN } from "./faithfulness/sensitivity-n";
import { attributionLocalisation } from "./localisation/attribution-localisation";
import { localisationAuc } from "./localisation/localisation-auc";
import { pointingGame } from "./localisation/pointing-game";
import { relevanceMass } from "./localisation/relevance-mass";
import { relevanceRank } from "./localisation/relevance-rank";
import { topKIntersection } from "./localisation/top-k-intersection";
import type { Metric } from "./metric";
import { parameterRandomisation } from "./randomisation/parameter-randomisation";
import { avgSensitivity, maxSensitivity } from "./robustness/sensitivity";

/** Every metric; one file and one line each. Forms, flags and documentation list them in this order. */
export const METRICS: readonly Metric[] = [
	completeness,
	deletion,
	insertion,
	pixelFlipping,
	regionPerturbation,
	selectivity,
	road,
	irof,
	infidelity,
	patchInfidelity,
	sensitivityN,
	batchSensitivityN,
	maxSensitivity,
	avgSensitivity,
	parameterRandomisation,
	pointingGame,
	relevanceMass,
	relevanceRank,
	localisationAuc,
	attributionLocalisation,
	topKIntersection,
	sparseness,
	complexity,
	effectiveComplexity,
];
