import type { LayerTranslator } from "../../translator";
import { keepMask, mainInput, refuseTraining } from "../config";

/** Layers that leave their input alone unless they are called as in training. */
const REGULARIZATION = [
	"Dropout",
	"SpatialDropout1D",
	"SpatialDropout2D",
	"SpatialDropout3D",
	"AlphaDropout",
	"GaussianDropout",
	"GaussianNoise",
];

/**
 * Layers that always leave their input alone at inference. Keras writes `training=True` into the calls of random
 * augmentation whatever the model does, because that is the default of those layers.
 */
const UNCHANGED = [
	"Identity",
	"ActivityRegularization",
	"RandomFlip",
	"RandomRotation",
	"RandomZoom",
	"RandomTranslation",
	"RandomContrast",
	"RandomBrightness",
	"RandomHeight",
	"RandomWidth",
	"RandomShear",
	"RandomPerspective",
	"RandomElasticTransform",
	"RandomColorDegeneration",
	"RandomColorJitter",
	"RandomErasing",
	"RandomGaussianBlur",
	"RandomGrayscale",
	"RandomHue",
	"RandomInvert",
	"RandomPosterization",
	"RandomSaturation",
	"RandomSharpness",
	"AugMix",
	"CutMix",
	"MixUp",
	"RandAugment",
];

export const identityLayers: readonly LayerTranslator[] = [
	{
		classes: REGULARIZATION,
		translate(ctx) {
			refuseTraining(ctx);
			const input = mainInput(ctx);
			return keepMask(ctx, input, ctx.emit("Identity", [input]));
		},
	},
	{
		classes: UNCHANGED,
		translate(ctx) {
			const input = mainInput(ctx);
			return keepMask(ctx, input, ctx.emit("Identity", [input]));
		},
	},
];
