import type { LayerTranslator } from "../translator";
import { applicationLayers } from "./applications";
import { multiHeadLayers } from "./attention/multi-head";
import { singleHeadLayers } from "./attention/single-head";
import { convolutionLayers } from "./convolution";
import { denseLayers } from "./dense";
import { activationLayers } from "./elementwise/activation-layers";
import { identityLayers } from "./elementwise/identity";
import { embeddingLayers } from "./embedding";
import { mergingLayers } from "./merging";
import { normalizationLayers } from "./normalization";
import { kerasOperations } from "./operations/keras-ops";
import { tensorflowOperations } from "./operations/tensorflow-ops";
import { poolingLayers } from "./pooling";
import { audioLayers } from "./preprocessing/audio";
import { categoryLayers } from "./preprocessing/categories";
import { imageLayers } from "./preprocessing/image";
import { recurrentLayers } from "./recurrent/layers";
import { refusedLayers } from "./refused";
import { reshapingLayers } from "./reshaping";
import { wrapperLayers } from "./wrappers";

export { activations } from "./elementwise/activations";

/** Every translator; a class that is in none of them is refused by name. */
export const layerTranslators: readonly LayerTranslator[] = [
	...denseLayers,
	...convolutionLayers,
	...poolingLayers,
	...normalizationLayers,
	...activationLayers,
	...identityLayers,
	...embeddingLayers,
	...mergingLayers,
	...reshapingLayers,
	...wrapperLayers,
	...recurrentLayers,
	...multiHeadLayers,
	...singleHeadLayers,
	...imageLayers,
	...categoryLayers,
	...audioLayers,
	...applicationLayers,
	...kerasOperations,
	...tensorflowOperations,
	...refusedLayers,
];
