import type { Tensor } from "../../../shared/tensor";
import { gaussianBlur } from "../../data/numbers/gaussian-blur";
import { gradientComposite } from "../../rules/composites";
import { concatTensors } from "../../session/inputs";
import { atAnyLayer } from "../at-layer";
import { combine, walk } from "../backward-method";
import { growingBatches } from "../batches";
import { aboutPositions, type ExplainedInput, explainedInputs, repeatOthers, repeatTensor } from "../examples";
import { MapSum } from "../map-sum";
import type { Method } from "../method";
import { flagOf, numberOf } from "../parameters";

/** PAIR saliency 0.2 `BlurIG`. Pictures, sequences and volumes are blurred along all their positions. */
export const blurIg: Method = {
	id: "blur-ig",
	title: "Blur integrated gradients",
	family: "gradients",
	answers: "Which details, and at which scale, does the unit gain or lose as the blurred input comes into focus?",
	paper: "Xu, Venugopalan, Sundararajan 2020, Attribution in scale and space, arXiv:2004.03383",
	reference: "PAIR saliency 0.2.1 BlurIG, in double precision",
	formula: "- integral over sigma in [0, max_sigma] of d f(z) / d z * d z / d sigma, z = x blurred with sigma",
	needs: { unit: true, input: true, spatial: true },
	at: "input",
	quantity: "signed",
	promisesCompleteness: true,
	parameters: [
		{
			name: "max_sigma",
			type: "number",
			default: 50,
			min: 0.01,
			max: 10_000,
			unit: "positions",
			help: "Standard deviation of the widest blur (PAIR: max_sigma).",
		},
		{
			name: "steps",
			type: "integer",
			default: 100,
			min: 1,
			max: 10_000,
			help: "Blurs, one gradient each (PAIR: steps).",
		},
		{
			name: "grad_step",
			type: "number",
			default: 0.01,
			min: 1e-6,
			max: 1,
			unit: "positions",
			help: "Step of sigma by which the derivative of the blur is taken (PAIR: grad_step).",
		},
		{
			name: "sqrt",
			type: "boolean",
			default: false,
			help: "Spaces the blurs by the square root of sigma, up to the root of max_sigma (PAIR: sqrt).",
		},
	],
	run: atAnyLayer(async function* (session, everything) {
		const request = aboutPositions(session, everything);
		const explained = explainedInputs(session, request);
		const [steps, gradStep] = [numberOf(request, "steps"), numberOf(request, "grad_step")];
		const sigmas = sigmasOf(numberOf(request, "max_sigma"), steps, flagOf(request, "sqrt"));
		const widths = sigmas.slice(1).map((sigma, step) => sigma - (sigmas[step] as number));
		const n = explained[0]?.tensor.shape[0] ?? 1;
		const most = Math.max(1, Math.floor(session.batchSize("backward", request.inputs) / n));
		const sums = explained.map(() => new MapSum());
		for (const { from, size } of growingBatches(steps, most)) {
			const some = sigmas.slice(from, from + size);
			const inputs: Record<string, Tensor> = repeatOthers(request.inputs, explained, size);
			const slopes = explained.map((input) => {
				const blurs = some.map((sigma) => blurred(input, sigma));
				inputs[input.name] = concatTensors(blurs.map((values) => asTensor(input, values)));
				return concatTensors(
					blurs.map((values, step) => {
						const wider = blurred(input, (some[step] as number) + gradStep);
						return asTensor(
							input,
							wider.map((value, at) => (value - (values[at] as number)) / gradStep),
						);
					}),
				);
			});
			const repeated = { ...request, ...(request.start && { start: repeatTensor(request.start, size) }) };
			const { maps } = await walk(session, { ...repeated, at: "input" }, { composite: gradientComposite }, inputs);
			const weights = widths.slice(from, from + size).map((width) => -width);
			for (const [index, { tensor }] of maps.entries())
				sums[index]?.add(
					combine(tensor, slopes[index] as Tensor, (g, slope) => g * slope),
					weights,
				);
			const isLast = from + size === steps;
			const expectedSum = isLast ? await gainOfFocus() : undefined;
			yield {
				maps: explained.map(({ name, channelAxis }, index) => ({
					at: name,
					channelAxis,
					tensor: (sums[index] as MapSum).tensor(),
				})),
				progress: (from + size) / steps,
				...(expectedSum && { expectedSum }),
			};
		}

		/** f(x) - f(x with the widest blur) for each example. */
		async function gainOfFocus(): Promise<number[]> {
			const widest = explained.map((input): [string, Tensor] => [
				input.name,
				asTensor(input, blurred(input, sigmas.at(-1) as number)),
			]);
			const { inputs, unit, signal } = request;
			const sharp = await session.unitValue(inputs, unit, signal);
			const soft = await session.unitValue({ ...inputs, ...Object.fromEntries(widest) }, unit, signal);
			return Array.from(sharp, (value, example) => value - (soft[example] ?? 0));
		}
	}),
};

/** steps + 1 of them, from 0. */
function sigmasOf(largest: number, steps: number, isRoot: boolean): number[] {
	const even = Array.from({ length: steps + 1 }, (_, step) => (step * largest) / steps);
	return isRoot ? even.map(Math.sqrt) : even;
}

/** Blurred along all positions. */
function blurred({ tensor, channelAxis }: ExplainedInput, sigma: number): Float64Array {
	const positions = tensor.shape.map((_, axis) => axis).filter((axis) => axis > 0 && axis !== channelAxis);
	return gaussianBlur(tensor.data, tensor.shape, positions, sigma, "constant");
}

const asTensor = ({ tensor }: ExplainedInput, values: Float64Array): Tensor => ({
	dtype: "float32",
	shape: tensor.shape,
	data: Float32Array.from(values),
});
