import { InvalidRequestError } from "../../../shared/errors";
import { sizeOf, type Tensor } from "../../../shared/tensor";
import { type ExplainedInput, explainedInputs } from "../examples";
import { textOf } from "../parameters";
import { cellsOf } from "../perturbation/features/segments";
import { spatialAxes } from "../perturbation/perturbed-inputs";
import { extentsOf, REGION_PARAMETERS, regionsOf } from "./region";
import { whatIf } from "./what-if";

export const texture = whatIf(
	{
		id: "texture-only",
		title: "Texture only",
		answers: "Does the texture of the object alone, without its shape, make the unit what it is?",
		paper:
			"Geirhos, Rubisch, Michaelis, Bethge, Wichmann, Brendel 2019, ImageNet-trained CNNs are biased towards texture, arXiv:1811.12231",
		reference:
			"the paper's texture pictures, made from the input: the patch that holds most of the object covers the picture, mirrored from tile to tile so that there are no seams",
		formula: "x' = a patch of x, repeated",
		spatial: true,
		parameters: [
			...REGION_PARAMETERS,
			{
				name: "patch",
				type: "text",
				default: "auto",
				placeholder: "auto, 16, or 16x24",
				help: "Extent of the patch along each axis of positions; auto: a quarter of each.",
			},
		],
	},
	async function* (session, request) {
		const regions = await regionsOf(session, request);
		const edited: Record<string, Tensor> = {};
		for (const input of explainedInputs(session, request)) {
			const region = regions.get(input.name);
			if (!region?.includes(1) || spatialAxes(input).length === 0) continue;
			const extents = extentsOf(input);
			const text = textOf(request, "patch").trim();
			const patch =
				text === "auto"
					? extents.map((extent) => Math.max(1, Math.round(extent / 4)))
					: cellsOf(text, extents, "patch");
			if (patch.some((size, axis) => size > (extents[axis] as number)))
				throw new InvalidRequestError(
					`the patch has the extents ${patch.join("x")}, but "${input.name}" has ${extents.join("x")}`,
					"patch",
				);
			edited[input.name] = tiled(input, region, patch);
		}
		yield { edited, progress: 1 };
	},
);

function tiled(input: ExplainedInput, region: Uint8Array, patch: readonly number[]): Tensor {
	const { shape, data } = input.tensor;
	const axes = spatialAxes(input);
	const extents = extentsOf(input);
	const size = sizeOf(shape.slice(1));
	const strides = shape.slice(1).map((_, axis) => sizeOf(shape.slice(axis + 2)));
	const strideOf = axes.map((axis) => strides[axis] as number);
	const result = new Float32Array(data.length);
	for (let from = 0; from < data.length; from += size) {
		const begin = fullestPatch(region.subarray(from, from + size), extents, strideOf, patch);
		for (let at = 0; at < size; at++) {
			let source = at;
			for (const [axis, stride] of strideOf.entries()) {
				const place = Math.floor(at / stride) % (extents[axis] as number);
				source +=
					((begin[axis] as number) + mirrored(place - (begin[axis] as number), patch[axis] as number) - place) * stride;
			}
			result[from + at] = data[from + source] as number;
		}
	}
	return { dtype: "float32", shape, data: result };
}

/** Place inside of a patch of this extent that is mirrored again and again, before its beginning too. */
function mirrored(offset: number, extent: number): number {
	const period = 2 * extent;
	const place = ((offset % period) + period) % period;
	return place < extent ? place : period - 1 - place;
}

/**
 * Where the patch begins that holds most of a region, by summed areas; of equal ones the one whose middle is nearest to
 * that of the region.
 */
function fullestPatch(
	region: Uint8Array,
	extents: readonly number[],
	strides: readonly number[],
	patch: readonly number[],
): number[] {
	const count = sizeOf(extents);
	const indexOf = (at: number) => {
		let rest = at;
		return [...extents]
			.reverse()
			.map((extent) => {
				const place = rest % extent;
				rest = Math.floor(rest / extent);
				return place;
			})
			.reverse();
	};
	let sums = Float64Array.from(
		{ length: count },
		(_, at) => region[indexOf(at).reduce((sum, place, axis) => sum + place * (strides[axis] as number), 0)] as number,
	);
	const centre = extents.map(() => 0);
	let inside = 0;
	for (let at = 0; at < count; at++) {
		if (sums[at] === 0) continue;
		inside++;
		for (const [axis, place] of indexOf(at).entries()) centre[axis] = (centre[axis] as number) + place;
	}
	for (const [axis, extent] of extents.entries())
		sums = windowSums(sums, extent, sizeOf(extents.slice(axis + 1)), patch[axis] as number);
	let [best, bestAt, bestDistance] = [-1, 0, Number.POSITIVE_INFINITY];
	for (let at = 0; at < count; at++) {
		const begin = indexOf(at);
		if (begin.some((place, axis) => place + (patch[axis] as number) > (extents[axis] as number))) continue;
		const distance = begin.reduce(
			(sum, place, axis) => sum + (place + ((patch[axis] as number) - 1) / 2 - (centre[axis] as number) / inside) ** 2,
			0,
		);
		const sum = sums[at] as number;
		if (sum > best || (sum === best && distance < bestDistance)) [best, bestAt, bestDistance] = [sum, at, distance];
	}
	return indexOf(bestAt);
}

/** Sums of so many elements along an axis, from each element on. */
function windowSums(values: Float64Array, extent: number, inner: number, width: number): Float64Array<ArrayBuffer> {
	const sums = new Float64Array(values.length);
	for (let line = 0; line < values.length; line += extent * inner) {
		for (let offset = line; offset < line + inner; offset++) {
			let sum = 0;
			for (let at = extent - 1; at >= 0; at--) {
				sum += values[offset + at * inner] as number;
				if (at + width < extent) sum -= values[offset + (at + width) * inner] as number;
				sums[offset + at * inner] = sum;
			}
		}
	}
	return sums;
}
