import { InvalidRequestError } from "../../../shared/errors";
import type { ParameterDescription } from "../../../shared/methods";
import { readMask } from "../../data/mask";
import type { ModelSession } from "../../session/model-session";
import { filePath } from "../data-sets";
import type { PreparedRequest } from "../method";
import { flagOf, textOf } from "../parameters";
import { featuresOf } from "../perturbation/features/feature-set";
import { maskLabels } from "../perturbation/features/given-masks";
import { segmentParameters } from "../perturbation/features/segments";
import { type PerturbedInput, perturbedInputs, spatialAxes } from "../perturbation/perturbed-inputs";

export const MASK_PARAMETER: ParameterDescription = {
	name: "mask",
	type: "file",
	default: "",
	placeholder: "a picture, or .npy",
	help: "The part that is meant: white in a picture, which is fitted to the input, or not 0 in an array of the input's positions.",
};

/** Which part of the input is edited: one of them is given. */
export const REGION_PARAMETERS: readonly ParameterDescription[] = [
	{
		name: "box",
		type: "text",
		default: "auto",
		placeholder: "auto, or 4:20,8:24",
		help: "Begin and end along each axis of positions: rows, columns. auto: the middle half of each axis, where no other part is given.",
	},
	MASK_PARAMETER,
	{
		name: "features",
		type: "text",
		default: "",
		placeholder: "5,6",
		help: "Numbers of the features that are meant, counted from 0 as `feature_mask` cuts them.",
	},
	...segmentParameters(),
	{ name: "outside", type: "boolean", default: false, help: "What lies outside of the part is meant instead." },
];

/** For each input the elements that are meant: 1, batch included; inputs without any are left out. */
export type Regions = ReadonlyMap<string, Uint8Array>;

/** Whether a part is given, or only the default is left. */
export function isGiven(request: PreparedRequest): boolean {
	const texts = [textOf(request, "mask"), textOf(request, "features"), textOf(request, "box").replace(/^auto$/, "")];
	const count = texts.filter((text) => text.trim() !== "").length;
	if (count > 1) throw new InvalidRequestError("several parts are given", "box", "Give one of box, mask and features.");
	return count > 0 || request.masks !== undefined;
}

/**
 * The part of the inputs that a request means, by REGION_PARAMETERS or its masks.
 * @throws InvalidRequestError for a part that is empty or does not fit
 */
export async function regionsOf(session: ModelSession, request: PreparedRequest): Promise<Regions> {
	const inputs = perturbedInputs(session, request);
	const given = await givenRegions(session, request, inputs);
	const outside = flagOf(request, "outside");
	const regions = outside
		? new Map([...given].map(([name, region]) => [name, region.map((inside) => 1 - inside)]))
		: given;
	if ([...regions.values()].some((region) => region.includes(1))) return regions;
	throw new InvalidRequestError(
		outside ? "the part that is given is the whole input: nothing lies outside" : "the part that is given is empty",
		undefined,
		"Give box, mask or features that hold some elements of the input.",
	);
}

async function givenRegions(
	session: ModelSession,
	request: PreparedRequest,
	inputs: readonly PerturbedInput[],
): Promise<Map<string, Uint8Array>> {
	const isPart = isGiven(request);
	if (request.masks) return regionsOfMasks(inputs, request.masks);
	if (textOf(request, "mask") !== "") return fileRegions(session, request, inputs);
	const features = textOf(request, "features").trim();
	if (features !== "") return featureRegions(session, request, features);
	const withAxes = inputs.filter((input) => spatialAxes(input).length > 0);
	const boxed = withAxes.length > 0 ? withAxes : inputs;
	const text = textOf(request, "box");
	const regions = boxed.flatMap((input): [string, Uint8Array][] => {
		const region = boxRegion(input, isPart ? text : "auto");
		return region ? [[input.name, region]] : [];
	});
	if (regions.length > 0) return new Map(regions);
	throw new InvalidRequestError(
		`the box is "${text}", but no input has as many axes: ${boxed.map((input) => `${input.name} [${extentsOf(input).join(", ")}]`).join(", ")}`,
		"box",
		"Give begin:end for each axis of positions.",
	);
}

/** What is not 0 in the masks of a request. */
export function regionsOfMasks(
	inputs: readonly PerturbedInput[],
	masks: NonNullable<PreparedRequest["masks"]>,
): Map<string, Uint8Array> {
	return new Map(maskRegions(inputs, masks));
}

function* maskRegions(
	inputs: readonly PerturbedInput[],
	masks: NonNullable<PreparedRequest["masks"]>,
): Generator<[string, Uint8Array], void, void> {
	for (const input of inputs) {
		const mask = masks[input.name];
		if (mask) yield [input.name, Uint8Array.from(maskLabels(input, mask), (number) => Number(number !== 0))];
	}
}

/** A mask of a file belongs to the first input that it fits. */
export async function fileRegions(
	session: ModelSession,
	request: PreparedRequest,
	inputs: readonly PerturbedInput[],
): Promise<Map<string, Uint8Array>> {
	const picture = inputs.find((input) => spatialAxes(input).length === 2);
	const extents = picture && (extentsOf(picture) as [number, number]);
	const mask = await readMask(filePath(session, textOf(request, "mask")), extents, request.preprocess);
	const input = picture ?? inputs[0];
	return input ? new Map(maskRegions([input], { [input.name]: mask })) : new Map();
}

function featureRegions(session: ModelSession, request: PreparedRequest, text: string): Map<string, Uint8Array> {
	const { inputs, count } = featuresOf(session, request);
	const numbers = new Set(text.split(",").map((part) => (/^\s*[0-9]+\s*$/.test(part) ? Number(part) : Number.NaN)));
	for (const number of numbers)
		if (!(number < count))
			throw new InvalidRequestError(
				`the features are "${text}", but there are ${count}: 0 to ${count - 1}`,
				"features",
				"Give whole numbers separated by commas.",
			);
	return new Map(
		inputs.map(({ name, labels }) => [name, Uint8Array.from(labels, (label) => Number(numbers.has(label)))]),
	);
}

/** Extents along which positions are counted; the features of a vector count as such. */
export function extentsOf(input: PerturbedInput): number[] {
	return positionAxes(input).map((axis) => input.tensor.shape[axis + 1] as number);
}

/** Axes of positions, batch left out; of a vector its only one. */
export function positionAxes(input: PerturbedInput): number[] {
	const axes = spatialAxes(input);
	return axes.length > 0 ? axes : input.tensor.shape.slice(1).map((_, axis) => axis);
}

function boxRegion(input: PerturbedInput, text: string): Uint8Array | undefined {
	const extents = extentsOf(input);
	const ranges =
		text.trim() === "auto"
			? extents.map((extent): [number, number] => [Math.floor(extent / 4), Math.max(1, Math.ceil((extent * 3) / 4))])
			: parseBox(text);
	if (ranges.length !== extents.length) return undefined;
	for (const [axis, [begin, end]] of ranges.entries()) {
		const extent = extents[axis] as number;
		if (begin >= end || end > extent)
			throw new InvalidRequestError(
				`the box has ${begin}:${end} along axis ${axis + 1} of the positions of "${input.name}", which has ${extent}`,
				"box",
				"Begin lies before end, and end is at most the extent.",
			);
	}
	return ofPositions(input, (index) =>
		index.every((at, axis) => {
			const [begin, end] = ranges[axis] as [number, number];
			return at >= begin && at < end;
		}),
	);
}

function parseBox(text: string): [number, number][] {
	return text.split(",").map((part) => {
		const match = /^\s*([0-9]+)\s*:\s*([0-9]+)\s*$/.exec(part);
		if (match) return [Number(match[1]), Number(match[2])];
		throw new InvalidRequestError(
			`the box is "${text}"`,
			"box",
			"Give begin:end for each axis of positions: 4:20,8:24.",
		);
	});
}

/** Elements whose position is meant, in all channels of all examples. */
export function ofPositions(input: PerturbedInput, isMeant: (position: readonly number[]) => boolean): Uint8Array {
	const { shape, data } = input.tensor;
	const axes = positionAxes(input);
	const region = new Uint8Array(data.length);
	for (let at = 0; at < region.length; at++) {
		let rest = at;
		const index = new Array<number>(shape.length - 1);
		for (let axis = shape.length - 1; axis > 0; axis--) {
			index[axis - 1] = rest % (shape[axis] as number);
			rest = Math.floor(rest / (shape[axis] as number));
		}
		region[at] = Number(isMeant(axes.map((axis) => index[axis] as number)));
	}
	return region;
}
