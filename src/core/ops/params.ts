import { InvalidRequestError } from "../../shared/errors";
import type { Value } from "../program/types";
import type { Params } from "./op";

/** A weight by the op's own name for it. @throws InvalidRequestError when the node has none */
export function paramOf(params: Params, name: string): Value {
	const param = params[name];
	if (!param) throw new InvalidRequestError(`the weight ${name} is missing`);
	return param;
}
