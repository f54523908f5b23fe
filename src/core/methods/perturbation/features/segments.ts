import { InvalidRequestError } from "../../../../shared/errors";
import type { ParameterDescription } from "../../../../shared/methods";
import { felzenszwalb } from "../../../data/segmentation/felzenszwalb";
import { gridSegments } from "../../../data/segmentation/grid";
import { type Segments, toUnitRange } from "../../../data/segmentation/picture";
import { slic } from "../../../data/segmentation/slic";
import type { PreparedRequest } from "../../method";
import { numberOf, textOf } from "../../parameters";
import { type PerturbedInput, positionsOf, spatialAxes } from "../perturbed-inputs";
import { pictureOf } from "./input-picture";

/** How many features a method can bear. */
export interface FeatureBudget {
	/** Up to how many elements or positions `auto` takes one by one. */
	readonly few: number;
	/** Cells of the grid along an axis, when nothing is said. */
	readonly cells: number;
}

/** Of methods whose work grows with the number of features, not faster. */
export const MANY: FeatureBudget = { few: 256, cells: 8 };

export const segmentParameters = ({ few, cells }: FeatureBudget = MANY): ParameterDescription[] => [
	{
		name: "feature_mask",
		type: "choice",
		default: "auto",
		choices: ["auto", "elements", "positions", "channels", "grid", "slic", "felzenszwalb"],
		help: `What a feature is, where no mask is given: each element (Captum's default), each position, each channel, a cell of a grid, or a superpixel (SLIC, Felzenszwalb and Huttenlocher). auto: elements, else positions, where there are at most ${few} of them, else a grid; the elements of a vector.`,
	},
	{
		name: "cells",
		type: "text",
		default: String(cells),
		placeholder: "8, or 4x6",
		help: "Cells of the grid along each axis of positions.",
	},
	{
		name: "n_segments",
		type: "integer",
		default: 100,
		min: 1,
		max: 100_000,
		help: "About how many superpixels (scikit-image slic: n_segments).",
	},
	{
		name: "compactness",
		type: "number",
		default: 10,
		min: 1e-6,
		max: 1e6,
		help: "How much nearness counts against likeness of colour in superpixels (scikit-image slic: compactness).",
	},
	{
		name: "scale",
		type: "number",
		default: 1,
		min: 0,
		max: 1e6,
		help: "How large the segments of Felzenszwalb and Huttenlocher are (scikit-image felzenszwalb: scale).",
	},
	{
		name: "sigma",
		type: "number",
		default: 0.8,
		min: 0,
		max: 1000,
		unit: "elements",
		help: "Blur before that segmentation (scikit-image felzenszwalb: sigma).",
	},
	{
		name: "min_size",
		type: "integer",
		default: 20,
		min: 1,
		max: 1_000_000,
		unit: "elements",
		help: "Smallest segment of that segmentation (scikit-image felzenszwalb: min_size).",
	},
];

/** The feature of each element of an input by the parameter `feature_mask`, batch included, from 0 in every example. */
export function segmentLabels(request: PreparedRequest, input: PerturbedInput, { few }: FeatureBudget): Int32Array {
	const kind = kindOf(textOf(request, "feature_mask"), input, few);
	const [examples = 1, ...shape] = input.tensor.shape;
	const size = input.tensor.data.length / Math.max(1, examples);
	if (kind === "elements") return spread(input, (_, at) => at);
	if (kind === "channels") {
		const inner = shape.slice(input.channelAxis).reduce((product, extent) => product * extent, 1);
		const channels = input.channelAxis > 0 ? (input.tensor.shape[input.channelAxis] as number) : 1;
		return spread(input, (_, at) => Math.floor(at / inner) % channels);
	}
	const axes = needPositions(input, kind);
	const extents = axes.map((axis) => shape[axis] as number);
	const position = positionsOf(shape, axes, size);
	if (kind === "positions") return spread(input, (_, at) => position[at] as number);
	if (kind === "grid") {
		const segments = gridSegments(extents, cellsOf(textOf(request, "cells"), extents));
		return spread(input, (_, at) => segments[position[at] as number] as number);
	}
	const segments = Array.from({ length: examples }, (_, example) => superpixels(request, input, example, kind));
	return spread(input, (example, at) => segments[example]?.[position[at] as number] as number);
}

function superpixels(request: PreparedRequest, input: PerturbedInput, example: number, kind: string): Segments {
	const picture = pictureOf(request, input, example);
	if (kind === "slic")
		return slic(picture, { nSegments: numberOf(request, "n_segments"), compactness: numberOf(request, "compactness") });
	const options = { sigma: numberOf(request, "sigma"), minSize: numberOf(request, "min_size") };
	return felzenszwalb(toUnitRange(picture), [numberOf(request, "scale")], options)[0] as Segments;
}

function kindOf(kind: string, input: PerturbedInput, few: number): string {
	if (kind !== "auto") return kind;
	const axes = spatialAxes(input);
	const shape = input.tensor.shape.slice(1);
	const elements = shape.reduce((product, extent) => product * extent, 1);
	if (axes.length === 0 || elements <= few) return "elements";
	return axes.reduce((product, axis) => product * (shape[axis] as number), 1) <= few ? "positions" : "grid";
}

function needPositions(input: PerturbedInput, kind: string): number[] {
	const axes = spatialAxes(input);
	const inPicture = kind === "slic" || kind === "felzenszwalb";
	if (axes.length > 0 && (!inPicture || (axes.length === 2 && input.tensor.dtype === "float32"))) return axes;
	throw new InvalidRequestError(
		`"${input.name}" has the shape [${input.tensor.shape.join(", ")}], which has no ${inPicture ? "picture to cut into superpixels" : `axis of positions for feature_mask=${kind}`}`,
		"feature_mask",
		"Take feature_mask=elements, or give a mask.",
	);
}

function spread({ tensor }: PerturbedInput, labelOf: (example: number, at: number) => number): Int32Array {
	const examples = Math.max(1, tensor.shape[0] ?? 1);
	const size = tensor.data.length / examples;
	const labels = new Int32Array(tensor.data.length);
	for (let example = 0; example < examples; example++)
		for (let at = 0; at < size; at++) labels[example * size + at] = labelOf(example, at);
	return labels;
}

/** Counts along axes as they are written: `8`, or one for each axis as `4x6`. @throws InvalidRequestError */
export function cellsOf(text: string, extents: readonly number[], parameter = "cells"): number[] {
	const numbers = text.split(/[x,]/).map((part) => (/^\s*[0-9]+\s*$/.test(part) ? Number(part) : 0));
	if (!numbers.every((number) => number >= 1) || ![1, extents.length].includes(numbers.length))
		throw new InvalidRequestError(
			`the parameter ${parameter} is "${text}", but a whole number from 1 up${extents.length > 1 ? `, or ${extents.length} such as ${extents.map(() => 4).join("x")},` : ""} was expected`,
			parameter,
		);
	return extents.map((_, axis) => numbers[numbers.length === 1 ? 0 : axis] as number);
}
