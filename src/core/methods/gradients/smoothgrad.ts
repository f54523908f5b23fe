import type { Tensor } from "../../../shared/tensor";
import { Random } from "../../data/random";
import { gradientComposite } from "../../rules/composites";
import { walk } from "../backward-method";
import { explainedInputs, repeatExamples } from "../examples";
import type { Method } from "../method";
import { flagOf, numberOf } from "../parameters";

/** PAIR saliency 0.2 `GetSmoothedMask`; Captum's `NoiseTunnel` with `nt_type="smoothgrad"` is the same with an absolute deviation. */
export const smoothgrad: Method = {
	id: "smoothgrad",
	title: "SmoothGrad",
	family: "gradients",
	answers: "Which elements matter to the unit on average over small disturbances of the input?",
	paper: "Smilkov, Thorat, Kim, Viégas, Wattenberg 2017, SmoothGrad: removing noise by adding noise, arXiv:1706.03825",
	reference:
		"PAIR saliency 0.2 (25 samples, 15 % noise); Captum 0.9 NoiseTunnel takes the deviation itself, not a share",
	formula: "mean over noise of d f(x + noise) / d x",
	needs: { unit: true, input: true },
	at: "input",
	quantity: "signed",
	promisesCompleteness: false,
	usesSeed: true,
	parameters: [
		{
			name: "samples",
			type: "integer",
			default: 25,
			min: 1,
			max: 10_000,
			help: "Disturbed copies of each input (PAIR: nsamples, Captum: nt_samples).",
		},
		{
			name: "noise",
			type: "number",
			default: 0.15,
			min: 0,
			max: 1e6,
			help: "Standard deviation of the Gaussian noise, as a share of the range (largest minus smallest value) of the example (PAIR: stdev_spread).",
		},
		{ name: "abs", type: "boolean", default: false, help: "Absolute value of each gradient before the mean." },
	],
	async *run(session, request) {
		const [samples, noise, absolute] = [
			numberOf(request, "samples"),
			numberOf(request, "noise"),
			flagOf(request, "abs"),
		];
		const explained = explainedInputs(session, request);
		const n = explained[0]?.tensor.shape[0] ?? 1;
		const random = new Random(request.seed);
		const atOnce = Math.max(1, Math.floor(session.batchSize("backward", request.inputs) / n));
		const totals: Float64Array[] = [];
		for (let from = 0; from < samples; from += atOnce) {
			const copies = Math.min(atOnce, samples - from);
			const inputs: Record<string, Tensor> = repeatExamples(request.inputs, copies);
			for (const { name, tensor } of explained) inputs[name] = disturbed(tensor, copies, noise, random);
			const { maps } = await walk(session, request, { composite: gradientComposite }, inputs);
			for (const [index, { tensor }] of maps.entries()) {
				totals[index] ??= new Float64Array(tensor.data.length / copies);
				addCopies(totals[index], tensor, absolute);
			}
			const done = from + copies;
			const averaged = maps.map(({ at, channelAxis, tensor }, index) => ({
				at,
				channelAxis,
				tensor: {
					dtype: "float32" as const,
					shape: [n, ...tensor.shape.slice(1)],
					data: Float32Array.from(totals[index] ?? [], (total) => total / done),
				},
			}));
			yield { maps: averaged, quantity: absolute ? "unsigned" : "signed", progress: done / samples };
		}
	},
};

/** The whole batch with noise, `copies` times. */
function disturbed(tensor: Tensor, copies: number, share: number, random: Random): Tensor {
	const n = tensor.shape[0] ?? 1;
	const size = tensor.data.length / Math.max(1, n);
	const deviations = Array.from({ length: n }, (_, example) => {
		const values = tensor.data.subarray(example * size, (example + 1) * size);
		let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
		for (const value of values) [low, high] = [Math.min(low, value), Math.max(high, value)];
		return share * (high - low);
	});
	const data = new Float32Array(tensor.data.length * copies);
	for (let at = 0; at < data.length; at++) {
		const source = at % tensor.data.length;
		data[at] = (tensor.data[source] ?? 0) + (deviations[Math.floor(source / size)] ?? 0) * random.gaussian();
	}
	return { dtype: "float32", shape: [n * copies, ...tensor.shape.slice(1)], data };
}

function addCopies(total: Float64Array, gradients: Tensor, absolute: boolean): void {
	for (const [at, value] of gradients.data.entries())
		total[at % total.length] = (total[at % total.length] ?? 0) + (absolute ? Math.abs(value) : value);
}
