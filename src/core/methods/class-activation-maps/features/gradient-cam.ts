import type { MethodDescription, ParameterDescription } from "../../../../shared/methods";
import { gradientComposite } from "../../../rules/composites";
import type { ModelSession } from "../../../session/model-session";
import { channelAxisOf } from "../../../units/unit";
import { walk } from "../../backward-method";
import type { Method, PreparedRequest } from "../../method";
import { flagOf } from "../../parameters";
import { arrange, type FeatureLayout, type FeaturesAndGradients, featureLayout } from "./feature-maps";
import { leadingComponent } from "./leading-component";
import { finishedMap, PICTURE_PARAMETERS, RELU_PARAMETER } from "./picture";
import { lastSpatialPlace } from "./place";
import { sumChannels } from "./weighting";

export interface FeaturesAt extends FeaturesAndGradients {
	readonly at: string;
}

/** Activations and gradients where the request asks for them, and the unit's value. */
export async function featuresOf(
	session: ModelSession,
	request: PreparedRequest,
): Promise<{ features: FeaturesAt[]; unitValue: number | undefined }> {
	const at = request.at ?? (await lastSpatialPlace(session, request));
	const { maps, unitValue } = await walk(session, { ...request, at }, { composite: gradientComposite });
	return {
		features: maps.map(({ at: name, tensor, activation, channelAxis }) => {
			const shape = tensor.shape.slice(1);
			const layout =
				at === "input"
					? featureLayout({ shape, channelAxis: channelAxisOf(channelAxis, tensor.shape.length) })
					: featureLayout(session.layout(at, request.inputs));
			return {
				at: name,
				layout,
				examples: tensor.shape[0] ?? 1,
				activations: arrange(layout, activation),
				gradients: arrange(layout, tensor),
			};
		}),
		unitValue: unitValue[0],
	};
}

/** Each example's parts, centred and projected on their first principal component: `[examples, positions]`. */
export function projected({ channels, positions }: FeatureLayout, parts: ArrayLike<number>): Float64Array {
	const size = channels * positions;
	const examples = parts.length / Math.max(1, size);
	const result = new Float64Array(examples * positions);
	const values = Float64Array.from(parts);
	for (let example = 0; example < examples; example++)
		result.set(leadingComponent(values.subarray(example * size, (example + 1) * size), positions), example * positions);
	return result;
}

export const EIGEN_SMOOTH: ParameterDescription = {
	name: "eigen_smooth",
	type: "boolean",
	default: false,
	help: "The weighted channels are projected on their first principal component instead of summed (grad-cam: eigen_smooth).",
};

type Described = Pick<MethodDescription, "id" | "title" | "answers" | "paper" | "reference" | "formula">;

/**
 * A method that weights activations by what their gradients tell, channel by channel or element by element.
 * @param parts what each element contributes: `[examples, channels, positions]`
 */
export function gradientCam(described: Described, parts: (features: FeaturesAndGradients) => Float64Array): Method {
	return {
		...described,
		family: "class activation maps",
		needs: { unit: true, input: true, spatial: true },
		at: "last-spatial",
		quantity: "signed",
		promisesCompleteness: false,
		parameters: [RELU_PARAMETER, EIGEN_SMOOTH, ...PICTURE_PARAMETERS],
		async *run(session, request) {
			const { features, unitValue } = await featuresOf(session, request);
			const [positive, smooth] = [flagOf(request, "relu"), flagOf(request, "eigen_smooth")];
			yield {
				maps: features.map((at) => {
					const values = smooth ? projected(at.layout, parts(at)) : sumChannels(at, parts(at));
					return finishedMap(session, request, at.at, at.layout, at.examples, values, positive);
				}),
				quantity: positive ? "unsigned" : "signed",
				progress: 1,
				unitValue,
			};
		},
	};
}
