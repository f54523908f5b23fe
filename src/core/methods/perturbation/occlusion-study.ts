import { InvalidRequestError } from "../../../shared/errors";
import type { AttributionMap } from "../../../shared/result";
import { atAnyLayer } from "../at-layer";
import type { Method, MethodPartial } from "../method";
import { textOf } from "../parameters";
import { occlusion } from "./occlusion";
import { type PerturbedInput, perturbedInputs, spatialAxes } from "./perturbed-inputs";
import { windowSizes } from "./windows";

/** Occlusion with windows of several sizes, one map each. */
export const occlusionStudy: Method = {
	...occlusion,
	id: "occlusion-study",
	title: "Occlusion by size",
	answers: "How does what occlusion shows depend on the size of the patch?",
	paper:
		"Ancona, Ceolini, Öztireli, Gross 2018, Towards better understanding of gradient-based attribution methods, arXiv:1711.06104",
	reference: "Captum 0.9 Occlusion, once for each size",
	parameters: [
		{
			name: "sizes",
			type: "text",
			default: "1,5,10,15",
			placeholder: "1,5,10,15",
			help: "Extents of the window along each axis of positions, in elements; one map for each.",
		},
		...occlusion.parameters
			.filter(({ name }) => name !== "sliding_window_shapes")
			.map((parameter) =>
				parameter.name === "strides"
					? {
							...parameter,
							help: "Steps of the windows; at most the extent of the smallest. auto: half of each window.",
						}
					: parameter,
			),
	],
	run: atAnyLayer(async function* (session, request) {
		const inputs = perturbedInputs(session, request);
		const { sizes, notices } = fitting(sizesOf(textOf(request, "sizes")), inputs);
		for (const size of sizes) for (const input of inputs) windowSizes(input, String(size), textOf(request, "strides"));
		const finished: AttributionMap[] = [];
		const rank = Math.max(1, ...inputs.map((input) => spatialAxes(input).length));
		for (const [index, size] of sizes.entries()) {
			const title = new Array(rank).fill(size).join("x");
			const { sizes: _, ...parameters } = request.parameters;
			const one = { ...request, parameters: { ...parameters, sliding_window_shapes: String(size) } };
			let last: MethodPartial | undefined;
			for await (const partial of occlusion.run(session, one)) {
				last = { ...partial, maps: partial.maps.map((map) => ({ ...map, title })) };
				yield {
					...last,
					notices,
					maps: [...finished, ...last.maps],
					progress: (index + partial.progress) / sizes.length,
				};
			}
			finished.push(...(last?.maps ?? []));
		}
	}),
};

/** The sizes that fit into every input; what is left out is told. @throws InvalidRequestError when none does */
function fitting(sizes: readonly number[], inputs: readonly PerturbedInput[]): { sizes: number[]; notices: string[] } {
	const most = Math.min(...inputs.flatMap(({ tensor, channelAxis }) => extentsOf(tensor.shape, channelAxis)));
	const fit = sizes.filter((size) => size <= most);
	if (fit.length === 0)
		throw new InvalidRequestError(
			`no size of ${sizes.join(", ")} fits into the input, whose smallest extent is ${most}`,
			"sizes",
		);
	const left = sizes.filter((size) => size > most);
	if (left.length === 0) return { sizes: fit, notices: [] };
	return {
		sizes: fit,
		notices: [`Windows of ${left.join(", ")} do not fit into the input, whose smallest extent is ${most}.`],
	};
}

/** Extents that a window has a size along: the axes of positions, of a vector its features. */
function extentsOf(shape: readonly number[], channelAxis: number): number[] {
	return shape.filter((_, axis) => axis > 0 && (shape.length === 2 || axis !== channelAxis));
}

/** @throws InvalidRequestError when a size is no whole number from 1 up */
function sizesOf(text: string): number[] {
	const sizes = text.split(",").map((part) => (/^\s*[0-9]+\s*$/.test(part) ? Number(part) : 0));
	if (sizes.every((size) => size >= 1)) return [...new Set(sizes)];
	throw new InvalidRequestError(
		`the sizes are "${text}", but whole numbers from 1 up were expected`,
		"sizes",
		"1,5,10,15",
	);
}
