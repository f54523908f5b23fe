import { InvalidRequestError } from "../../../../shared/errors";
import type { Place, UnitAddress } from "../../../../shared/units";
import { gradientComposite } from "../../../rules/composites";
import type { LayerInfo, ModelSession } from "../../../session/model-session";
import { checkReach } from "../../at-layer";
import type { PreparedRequest } from "../../method";
import { arrange, type FeatureLayout, featureLayout, positionCount } from "./feature-maps";

/** Ops whose output repeats or thins out the map before it. */
const RESHAPING = new Set([
	"Identity",
	"Flatten",
	"Reshape",
	"ReshapeExample",
	"Permute",
	"ZeroPadding",
	"Pad",
	"Cropping",
	"Squeeze",
	"ExpandDims",
]);

/** The layers before a unit that a map of positions may be of, the last one last. */
export function spatialLayers(
	session: ModelSession,
	inputs: PreparedRequest["inputs"],
	unit: UnitAddress,
): readonly LayerInfo[] {
	const layers = session
		.layerInfo(inputs, unit)
		.filter((layer) => layer.shape.length > 1 && positions(session, inputs, layer) > 1);
	const spatial = layers.filter(({ place: at }) => session.layout(at, inputs).isSpatial);
	const found = spatial.length > 0 ? spatial : layers;
	const chosen = found.filter(
		({ family, op }) => family !== "max-pooling" && family !== "average-pooling" && !RESHAPING.has(op),
	);
	return chosen.length > 0 ? chosen : found;
}

/**
 * The last layer before the unit that still has positions; pooling and padding are left out, which only thin them out.
 * Tokens count while they tell the unit something: behind the last attention a class token stands alone.
 * @throws InvalidRequestError when there is none
 */
export async function lastSpatialPlace(
	session: ModelSession,
	request: PreparedRequest,
	unit: UnitAddress = request.unit,
): Promise<Place> {
	const layers = spatialLayers(session, request.inputs, unit);
	const place = (await lastToMatter(session, request, unit, layers))?.place;
	if (place) return place;
	throw new InvalidRequestError(
		"no layer before the unit has positions, so there is no map to weight",
		unit.unit.place.layer,
		"Use a method that explains elements of the input, such as gradient-x-input.",
	);
}

function positions(
	session: ModelSession,
	inputs: PreparedRequest["inputs"],
	{ place, channelAxis }: LayerInfo,
): number {
	const layout = session.layout(place, inputs);
	return layout.channelAxis < 1 && channelAxis < 1 ? 0 : positionCount(layout);
}

/** Layers of tokens that are looked at in one walk: those of the last steps, of the last blocks, and then of all. */
const AT_ONCE = [8, 32, Number.POSITIVE_INFINITY];

async function lastToMatter(
	session: ModelSession,
	request: PreparedRequest,
	unit: UnitAddress,
	layers: readonly LayerInfo[],
): Promise<LayerInfo | undefined> {
	const last = layers.at(-1);
	if (!last || !session.layout(last.place, request.inputs).tokens) return last;
	let end = layers.length;
	for (const count of AT_ONCE) {
		const candidates = layers.slice(Math.max(0, end - count), end);
		if (candidates.length === 0) break;
		end -= candidates.length;
		const { maps } = await session.backward(
			{
				composite: gradientComposite,
				unit,
				at: candidates.map(({ place }) => place),
				start: "one",
				passes: [],
			},
			request.inputs,
			request.signal,
		);
		const mattering = candidates.filter(({ place }, index) => {
			const layout = featureLayout(session.layout(place, request.inputs));
			return maps[index] !== undefined && arrange(layout, maps[index].tensor).some((value) => value !== 0);
		});
		if (mattering.length > 0) return mattering.at(-1);
	}
	return last;
}

/**
 * The layer that a request asks for, else the last spatial one.
 * @throws InvalidRequestError for the input, which is no layer
 */
export async function layerPlace(session: ModelSession, request: PreparedRequest, title: string): Promise<Place> {
	if (request.at !== "input") return request.at ?? lastSpatialPlace(session, request);
	throw new InvalidRequestError(`${title} is about the feature maps of a layer`, "input", "Name one with --at LAYER.");
}

/**
 * How the value at a place lies.
 * @throws InvalidRequestError when the unit is not computed from it
 */
export function placeBefore(session: ModelSession, request: PreparedRequest, place: Place): FeatureLayout {
	checkReach(session, request.unit, place);
	return featureLayout(session.layout(place, request.inputs));
}
