import { InvalidRequestError } from "../../../shared/errors";
import type { ParameterDescription } from "../../../shared/methods";
import type { PreparedRequest } from "../method";
import { textOf } from "../parameters";

export const CHANGE: ParameterDescription = {
	name: "change",
	type: "choice",
	default: "absolute",
	choices: ["absolute", "relative"],
	help: "absolute: what the unit loses, f(x) - f(x'); relative: as a share of what it was, (f(x) - f(x')) / |f(x)|.",
};

/**
 * How the loss of the unit is counted, by the parameter `change`.
 * @param whole the unit on each example
 * @returns the loss of an example when the unit has a value instead; throws InvalidRequestError for a share of nothing
 */
export function changeOf(
	request: PreparedRequest,
	whole: ArrayLike<number>,
): (example: number, value: number) => number {
	const lossOf = (example: number, value: number) => (whole[example] ?? 0) - value;
	if (textOf(request, "change") === "absolute") return lossOf;
	return (example, value) => {
		const loss = lossOf(example, value);
		if (loss === 0) return 0;
		if (whole[example] === 0)
			throw new InvalidRequestError(
				`the unit is 0 on example ${example}, of which there is no share`,
				"change",
				"Take change=absolute.",
			);
		return loss / Math.abs(whole[example] ?? 1);
	};
}
