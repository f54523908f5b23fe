import { InvalidRequestError, UnsupportedError } from "../../shared/errors";
import type { Tensor } from "../../shared/tensor";
import { formatPlace } from "../../shared/unit-parser";
import type { Place } from "../../shared/units";
import type { ModelSession } from "../session/model-session";
import { placeOfOutput, resolvePlace } from "../units/place";
import { lastSpatialPlace, spatialLayers } from "./class-activation-maps/features/place";
import type { Method, MethodPartial, PreparedRequest } from "./method";

type Inputs = Readonly<Record<string, Tensor>>;

/** Milliseconds within which there should be something to see. */
const SOON = 200;

/** As long as so many forward passes some methods take to their first picture; a gradient takes two, a walk three. */
const PASSES = 6;

const keepsWaiting = (session: ModelSession, inputs: Inputs, soon = SOON) =>
	PASSES * session.forwardTime(inputs) > soon;

/**
 * The partial results of a method; where the first of them would keep somebody waiting, before it the same at the last
 * layer that has positions, coarse but soon: a forward pass later at most, at once where the model has seen the inputs
 * before.
 * @param soon milliseconds that nobody minds
 */
export async function* withFirstLook(
	session: ModelSession,
	method: Method,
	request: PreparedRequest,
	soon = SOON,
): AsyncGenerator<MethodPartial, void, void> {
	const isAsked = !request.endOnly && method.at === "input" && (request.at === undefined || request.at === "input");
	if (isAsked && keepsWaiting(session, request.inputs, soon)) {
		const look = await firstLook(session, method, request);
		if (look) yield look;
	}
	yield* method.run(session, request);
}

/**
 * Runs a model of which predictions are wanted, where methods will keep waiting, and remembers outputs and logits, and
 * from the same run what first looks begin with.
 */
export async function lookAhead(session: ModelSession, inputs: Inputs): Promise<void> {
	if (session.graph.outputs.length === 0 || !keepsWaiting(session, inputs)) return;
	await orUndefined(async () => {
		const places = session.graph.outputs.map((port) => placeOfOutput(session.graph, port));
		// For an output that is not what a layer gives, the model would have to be run once more.
		if (places.some((place, at) => resolvePlace(session.graph, place).value !== session.graph.outputs[at]?.value))
			return;
		const output = places[0] as Place;
		const last = spatialLayers(session, inputs, { unit: { place: output } }).at(-1);
		// Which of several layers of tokens it is, only a walk can tell.
		if (!last || session.layout(last.place, inputs).tokens) return;
		const ends = places.flatMap((place) => [place, { ...place, stage: "pre" as const }]);
		await session.remember(inputs, [...ends, last.place]);
	});
}

/** `undefined` where there is no such layer, or parameters speak of the input alone. @throws CancelledError */
async function firstLook(
	session: ModelSession,
	method: Method,
	{ noteLedger: _, ...request }: PreparedRequest,
): Promise<MethodPartial | undefined> {
	return orUndefined(async () => {
		const at = await lastSpatialPlace(session, request);
		await session.remember(request.inputs, [at], request.signal);
		for await (const { maps, unitValue, quantity, passes } of method.run(session, { ...request, at }))
			return {
				maps,
				progress: 0,
				notices: [`A first look, at "${formatPlace(at)}": the map of the input follows.`],
				...(unitValue !== undefined && { unitValue }),
				...(quantity && { quantity }),
				...(passes && { passes }),
			};
		return undefined;
	});
}

/** What is wrong with a question the method itself tells, if anything is. */
async function orUndefined<Result>(look: () => Promise<Result>): Promise<Result | undefined> {
	try {
		return await look();
	} catch (error) {
		if (error instanceof InvalidRequestError || error instanceof UnsupportedError) return undefined;
		throw error;
	}
}
