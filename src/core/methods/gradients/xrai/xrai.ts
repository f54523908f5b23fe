import type { AttributionMap } from "../../../../shared/result";
import type { Tensor } from "../../../../shared/tensor";
import { atAnyLayer } from "../../at-layer";
import { baselineOf } from "../../baselines";
import { aboutPositions, type ExplainedInput, explainedInputs } from "../../examples";
import { MapSum } from "../../map-sum";
import type { Method, PreparedRequest } from "../../method";
import { numberOf, textOf } from "../../parameters";
import { pathMaps, type StraightPath, weightedGradients } from "../path";
import { quadrature } from "../quadrature";
import { type PixelGrid, pictureOf, pixelGrid, pixelMaxima } from "./pixels";
import { type RankOptions, rankedRegions } from "./rank";
import { type Region, regionsOf } from "./regions";

/** PAIR saliency 0.2 `XRAI`, for pictures and sequences. */
export const xrai: Method = {
	id: "xrai",
	title: "XRAI",
	family: "gradients",
	answers: "Which regions of the input account for the unit's value, the most telling ones first?",
	paper: "Kapishnikov, Bolukbasi, Viégas, Terry 2019, XRAI: better attributions through regions, arXiv:1906.02825",
	reference:
		"PAIR saliency 0.2.1 XRAI: integrated gradients from the input's smallest and largest value, largest over channels, Felzenszwalb's segments at six scales; at a layer, all of these are of its maps",
	formula: "mean over a region, less what better regions cover, of the integrated gradients",
	needs: { unit: true, input: true, spatial: true },
	at: "input",
	quantity: "signed",
	promisesCompleteness: false,
	parameters: [
		{
			name: "steps",
			type: "integer",
			default: 100,
			min: 2,
			max: 10_000,
			help: "Points of the integral for each of the two baselines (PAIR: steps).",
		},
		{
			name: "algorithm",
			type: "choice",
			default: "full",
			choices: ["full", "fast"],
			help: "full ranks what a region adds to those before it; fast ranks whole regions once (PAIR: algorithm).",
		},
		{
			name: "area_threshold",
			type: "number",
			default: 1,
			min: 0,
			max: 1,
			help: "Share of the input from which on no further regions are ranked; the rest gets its mean (PAIR: area_threshold).",
		},
		{
			name: "min_pixel_diff",
			type: "integer",
			default: 50,
			min: 1,
			max: 1_000_000,
			help: "Regions that add fewer positions are passed over (PAIR: min_pixel_diff).",
		},
		{
			name: "dilation_rad",
			type: "integer",
			default: 5,
			min: 0,
			max: 100,
			help: "Positions by which each segment is grown (PAIR: dilation_rad).",
		},
	],
	run: atAnyLayer(async function* (session, everything) {
		const request = aboutPositions(session, everything);
		const explained = explainedInputs(session, request);
		const grids = explained.map(pixelGrid);
		const paths = baselinesOf(request, explained);
		const steps = quadrature("riemann_include_endpoints", numberOf(request, "steps"));
		const sums = paths.map(() => explained.map(() => new MapSum()));
		let regions: Region[][][] | undefined;
		for (const [index, path] of paths.entries()) {
			const own = sums[index] as MapSum[];
			for await (const { gradients, progress } of weightedGradients(session, request, path, steps)) {
				for (const [input, { tensor }] of gradients.maps.entries()) own[input]?.add(tensor, gradients.weights);
				const attributions = meanMaps(paths.slice(0, index + 1), sums);
				yield {
					maps: attributions.map((map, input) => regionMap(request, map, grids[input] as PixelGrid, regions?.[input])),
					progress: (index + progress) / paths.length,
				};
				// Cutting the picture takes longer than the first gradients: until then there is something to see.
				regions ??= explained.map((input, at) => regionsOfExamples(request, input, grids[at] as PixelGrid));
			}
		}
	}),
};

/** One path from each baseline: that of the request, or PAIR's, the smallest and the largest value of each example. */
function baselinesOf(request: PreparedRequest, explained: readonly ExplainedInput[]): StraightPath[] {
	const path = (baselineAt: (input: ExplainedInput) => Tensor): StraightPath => ({
		explained,
		baselines: new Map(explained.map((input) => [input.name, baselineAt(input)])),
	});
	if (request.baselines && explained.every(({ name }) => request.baselines?.[name]))
		return [path(({ name, tensor, channelAxis }) => baselineOf(request, name, tensor, channelAxis))];
	return [path(({ tensor }) => extremes(tensor, Math.min)), path(({ tensor }) => extremes(tensor, Math.max))];
}

/** Each example filled with its extreme value. */
function extremes({ dtype, shape, data }: Tensor, of: (a: number, b: number) => number): Tensor {
	const size = data.length / (shape[0] ?? 1);
	const filled = new Float32Array(data.length);
	for (let from = 0; from < data.length; from += size)
		filled.fill(
			(data.subarray(from, from + size) as Float32Array).reduce((a, b) => of(a, b)),
			from,
			from + size,
		);
	return { dtype, shape, data: filled };
}

/** Integrated gradients, the mean over the baselines so far. */
function meanMaps(paths: readonly StraightPath[], sums: readonly (readonly MapSum[])[]): AttributionMap[] {
	const maps = paths.map((path, index) => pathMaps(path, sums[index] ?? [], true));
	const [first = []] = maps;
	return first.map(({ at, channelAxis, tensor }, input) => ({
		at,
		channelAxis,
		tensor: {
			dtype: "float32",
			shape: tensor.shape,
			data: Float32Array.from(
				tensor.data,
				(_, element) => maps.reduce((sum, own) => sum + (own[input]?.tensor.data[element] ?? 0), 0) / maps.length,
			),
		},
	}));
}

function regionsOfExamples(request: PreparedRequest, input: ExplainedInput, grid: PixelGrid): Region[][] {
	const radius = numberOf(request, "dilation_rad");
	return Array.from({ length: grid.examples }, (_, example) =>
		regionsOf(pictureOf(input.tensor, grid, example), radius),
	);
}

/** One value a position: ranked regions once the picture is cut, the positions' own attributions until then. */
function regionMap(
	request: PreparedRequest,
	map: AttributionMap,
	grid: PixelGrid,
	regions: readonly Region[][] | undefined,
): AttributionMap {
	const options: RankOptions = {
		algorithm: textOf(request, "algorithm") as RankOptions["algorithm"],
		areaThreshold: numberOf(request, "area_threshold"),
		minPixelDiff: numberOf(request, "min_pixel_diff"),
	};
	const data = new Float32Array(grid.examples * grid.height * grid.width);
	for (let example = 0; example < grid.examples; example++) {
		const maxima = pixelMaxima(map.tensor, grid, example);
		const values = regions ? rankedRegions(maxima, regions[example] ?? [], options) : maxima;
		data.set(values, example * values.length);
	}
	const shape = map.tensor.shape.map((extent, axis) => (axis === grid.channelAxis ? 1 : extent));
	return { ...map, tensor: { dtype: "float32", shape, data } };
}
