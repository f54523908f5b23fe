import type { Place, UnitAddress } from "../../../src/shared/units";
import type { MethodCall } from "../../support/attributions";

export type Params = Readonly<Record<string, unknown>>;

/**
 * Methods of one family by the reference tools' names, with the parameters that mean the same; a text says why there is
 * none yet. The unit is the target's logit.
 */
export type Calls = Readonly<Record<string, (params: Params) => MethodCall | string>>;

export function baseline(value: unknown): Record<string, string | number> {
	return value === 0 || value === undefined || value === null
		? { baselines: "zero" }
		: { baselines: "constant", baseline_value: Number(value) };
}

/**
 * A layer with a fused activation is meant after it, unless its name says otherwise; other remarks in parentheses say
 * what the reference's layer is made of.
 */
export function placeOf(name: unknown): Place {
	const before = /^(.*?)(?:_preact| \(before its activation\))$/.exec(String(name));
	return before ? { layer: before[1]!, stage: "pre" } : { layer: String(name).replace(/ \([^)]*\)$/, "") };
}

export function neuron(layer: string, channel: number, position: unknown): UnitAddress {
	const place = placeOf(layer);
	return Array.isArray(position)
		? { unit: { place, channel, position: position as number[] } }
		: { unit: { place, channel, reduction: "sum" } };
}
