import { InvalidRequestError } from "../../../shared/errors";
import { formatPlace, formatUnitAddress } from "../../../shared/unit-parser";
import type { Place } from "../../../shared/units";
import type { ModelSession } from "../../session/model-session";
import type { Method, PreparedRequest } from "../method";
import { flagOf } from "../parameters";
import type { FeaturesAndGradients } from "./features/feature-maps";
import { featuresOf } from "./features/gradient-cam";
import { finishedMap, PICTURE_PARAMETERS, RELU_PARAMETER } from "./features/picture";
import { layerPlace } from "./features/place";
import { sumChannels, weightedByChannel } from "./features/weighting";

/** The map of Zhou et al., by the weights of a classifier whose last positions are averaged. */
export const cam: Method = {
	id: "cam",
	title: "CAM",
	family: "class activation maps",
	answers: "Where are the feature maps that the classifier's own weights count for the class?",
	paper:
		"Zhou, Khosla, Lapedriza, Oliva, Torralba 2016, Learning deep features for discriminative localization, arXiv:1512.04150",
	reference:
		"the paper's eq. 2, biases left out; for such a classifier Grad-CAM (Captum 0.9, grad-cam 1.5.7) is the same divided by the number of positions",
	formula:
		"sum over channels k of w_k * A_k, where f = sum over channels k of w_k * mean of A_k over positions, and a bias",
	needs: { unit: true, input: true, spatial: true, pooled: true },
	at: "last-spatial",
	quantity: "signed",
	promisesCompleteness: false,
	parameters: [RELU_PARAMETER, ...PICTURE_PARAMETERS],
	async *run(session, request) {
		const at = await layerPlace(session, request, "CAM");
		checkAffine(session, request, at);
		const { features, unitValue } = await featuresOf(session, { ...request, at });
		const positive = flagOf(request, "relu");
		yield {
			maps: features.map((feature) => {
				checkPooled(feature, request, at);
				// Every position of a channel has its share of the weight: w_k over the number of positions.
				const parts = weightedByChannel(feature, (gradients) => (gradients[0] as number) * gradients.length);
				const values = sumChannels(feature, parts);
				return finishedMap(session, request, feature.at, feature.layout, feature.examples, values, positive);
			}),
			quantity: positive ? "unsigned" : "signed",
			progress: 1,
			unitValue,
		};
	},
};

function checkAffine(session: ModelSession, request: PreparedRequest, at: Place): void {
	const { unit, minus } = request.unit;
	const isMaximum = unit.reduction === "max" || minus?.reduction === "max";
	if (isMaximum || !session.isAffine(at, request.unit, request.inputs)) throw notPooled(request, at);
}

/** All positions of a channel must count alike; rounding of the walk is allowed for. */
function checkPooled({ layout, gradients }: FeaturesAndGradients, request: PreparedRequest, at: Place): void {
	let largest = 0;
	for (const gradient of gradients) largest = Math.max(largest, Math.abs(gradient));
	for (const [index, gradient] of gradients.entries()) {
		const first = gradients[index - (index % layout.positions)] as number;
		if (Math.abs(gradient - first) > 1e-5 * largest) throw notPooled(request, at);
	}
}

function notPooled(request: PreparedRequest, at: Place): InvalidRequestError {
	return new InvalidRequestError(
		`${formatUnitAddress(request.unit)} is not a weighted sum of the channels of "${formatPlace(at)}", averaged over positions, so there are no weights to map`,
		formatPlace(at),
		"CAM is for a classifier with global average pooling, at the layer before it. Use grad-cam, which needs neither.",
	);
}
