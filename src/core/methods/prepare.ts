import { InvalidRequestError } from "../../shared/errors";
import { formatUnitAddress } from "../../shared/unit-parser";
import type { UnitAddress } from "../../shared/units";
import type { ModelSession } from "../session/model-session";
import type { Method, MethodRequest, PreparedRequest } from "./method";
import { completeParameters } from "./parameters";

/** Stands in the request of a method that explains no unit. */
const NO_UNIT: UnitAddress = { unit: { place: { layer: "" } } };

/**
 * The request as the method sees it: parameters complete, the unit chosen.
 * @throws InvalidRequestError for a parameter, a place or an input that does not fit the method
 */
export async function prepareRequest(
	session: ModelSession,
	method: Method,
	request: MethodRequest,
): Promise<PreparedRequest> {
	const { id } = method;
	const parameters = completeParameters(id, method.parameters, request.parameters);
	if (method.needs.input && session.graph.inputs.length > 0 && Object.keys(request.inputs).length === 0)
		throw new InvalidRequestError(`the method ${id} needs an input`, id);
	if (method.at === "required" && (request.at === undefined || request.at === "input"))
		throw new InvalidRequestError(`the method ${id} needs a layer`, id, "Name it with --at LAYER.");
	if (method.at === "none" && request.at !== undefined && request.at !== "input")
		throw new InvalidRequestError(
			`the method ${id} makes no map at a layer`,
			id,
			"Leave out --at: the map belongs to the input.",
		);
	const { unit: asked } = request;
	if (asked?.minus && formatUnitAddress({ unit: asked.unit }) === formatUnitAddress({ unit: asked.minus }))
		throw new InvalidRequestError(
			"the difference of a unit and itself is 0 for every input, so there is nothing to explain",
			formatUnitAddress(asked),
			"Name another unit behind the minus.",
		);
	const unit = request.unit ?? (method.needs.unit ? await session.topUnit(request.inputs) : NO_UNIT);
	return { ...request, parameters, unit, seed: request.seed ?? 0 };
}
