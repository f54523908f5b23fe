import type { LayerTranslator } from "../translator";
import { keepMask, mainInput, refuseTraining } from "./config";

/** Layers that leave their input alone at inference: regularisation, noise, random augmentation. */
const CLASSES = [
	"Identity",
	"ActivityRegularization",
	"Dropout",
	"SpatialDropout1D",
	"SpatialDropout2D",
	"SpatialDropout3D",
	"AlphaDropout",
	"GaussianDropout",
	"GaussianNoise",
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
		classes: CLASSES,
		translate(ctx) {
			refuseTraining(ctx);
			const input = mainInput(ctx);
			return keepMask(ctx, input, ctx.emit("Identity", [input]));
		},
	},
];
