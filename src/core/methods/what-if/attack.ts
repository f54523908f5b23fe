import type { ParameterDescription } from "../../../shared/methods";
import type { Tensor } from "../../../shared/tensor";
import { gradientComposite } from "../../rules/composites";
import type { ModelSession } from "../../session/model-session";
import { type ExplainedInput, explainedInputs } from "../examples";
import { elementBounds } from "../input-box";
import type { PreparedRequest } from "../method";
import { flagOf, textOf } from "../parameters";
import { fileRegions, MASK_PARAMETER, type Regions, regionsOfMasks } from "./region";

/** What adversarial steps share (Captum 0.9 `FGSM`, `PGD`). */
export const ATTACK_PARAMETERS: readonly ParameterDescription[] = [
	{
		name: "targeted",
		type: "boolean",
		default: false,
		help: "Towards the unit (the loss falls) instead of away from it (Captum: targeted).",
	},
	{
		name: "loss_func",
		type: "choice",
		default: "negative",
		choices: ["negative", "negative_log"],
		help: "Loss of the unit: minus its value, for logits of either sign; or minus its logarithm, Captum's default, for probabilities (a class with ^post: then it is the cross-entropy).",
	},
	{
		name: "lower_bound",
		type: "text",
		default: "none",
		placeholder: "none, auto, or a number",
		help: "Least value of the input: none, auto (a black pixel), a number, or one for each channel (Captum: lower_bound).",
	},
	{
		name: "upper_bound",
		type: "text",
		default: "none",
		placeholder: "none, auto, or a number",
		help: "Largest value of the input: none, auto (a white pixel), a number, or one for each channel (Captum: upper_bound).",
	},
	MASK_PARAMETER,
];

/** Below this a gradient counts as 0 (Captum: zero_thresh). */
const ZERO = 1e-6;

/** An input under attack. */
export interface Attacked {
	readonly input: ExplainedInput;
	/** 1 where it may be changed. */
	readonly region: Uint8Array | undefined;
	readonly bound: (value: number, at: number) => number;
}

export async function attackedInputs(
	session: ModelSession,
	request: PreparedRequest,
	notices: string[],
): Promise<Attacked[]> {
	const explained = explainedInputs(session, request);
	const regions = await maskedRegions(session, request, explained);
	return explained.map((input) => {
		const side = (name: "lower_bound" | "upper_bound", otherwise: number) =>
			textOf(request, name).trim() === "none"
				? () => otherwise
				: elementBounds(request, name, name === "lower_bound" ? "low" : "high", input, notices);
		const lower = side("lower_bound", Number.NEGATIVE_INFINITY);
		const upper = side("upper_bound", Number.POSITIVE_INFINITY);
		return {
			input,
			region: regions && (regions.get(input.name) ?? new Uint8Array(input.tensor.data.length)),
			bound: (value, at) => Math.min(upper(at), Math.max(lower(at), value)),
		};
	});
}

/** Which elements may be changed; all where nothing is said. */
async function maskedRegions(
	session: ModelSession,
	request: PreparedRequest,
	inputs: readonly ExplainedInput[],
): Promise<Regions | undefined> {
	if (request.masks) return regionsOfMasks(inputs, request.masks);
	return textOf(request, "mask") === "" ? undefined : fileRegions(session, request, inputs);
}

/**
 * One step of `size` along the sign of the loss's gradient, away from the unit or towards it; not yet within bounds.
 * @param values of the attacked inputs; the others of the request stay
 */
export async function signStep(
	session: ModelSession,
	request: PreparedRequest,
	attacked: readonly Attacked[],
	values: Readonly<Record<string, Tensor>>,
	size: number,
): Promise<Record<string, Tensor>> {
	const { maps, unitValue } = await session.backward(
		{ composite: gradientComposite, unit: request.unit, at: ["input"], start: "one", passes: [] },
		{ ...request.inputs, ...values },
		request.signal,
	);
	const towards = flagOf(request, "targeted");
	const isLog = textOf(request, "loss_func") === "negative_log";
	const stepped: Record<string, Tensor> = {};
	for (const { input, region } of attacked) {
		const gradient = maps.find((map) => map.at === input.name)?.tensor.data;
		const { shape, data } = values[input.name] as Tensor;
		const perExample = data.length / Math.max(1, shape[0] ?? 1);
		const moved = Float32Array.from(data, (value, at) => {
			const slope = isLog ? 1 / (unitValue[Math.floor(at / perExample)] as number) : 1;
			const loss = -slope * (gradient?.[at] ?? 0);
			// NaN, of the logarithm of 0, is no direction.
			const isStill = !(Math.abs(loss) > ZERO) || region?.[at] === 0;
			return isStill ? value : value + (towards ? -size : size) * Math.sign(loss);
		});
		stepped[input.name] = { dtype: "float32", shape, data: moved };
	}
	return stepped;
}

export const valuesOf = (attacked: readonly Attacked[]): Record<string, Tensor> =>
	Object.fromEntries(attacked.map(({ input }) => [input.name, input.tensor]));

/** Values brought within the bounds of their inputs. */
export function bounded(
	attacked: readonly Attacked[],
	values: Readonly<Record<string, Tensor>>,
): Record<string, Tensor> {
	return Object.fromEntries(
		attacked.map(({ input, bound }) => {
			const { shape, data } = values[input.name] as Tensor;
			return [input.name, { dtype: "float32" as const, shape, data: Float32Array.from(data, bound) }];
		}),
	);
}
