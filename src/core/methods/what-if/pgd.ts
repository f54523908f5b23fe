import type { Tensor } from "../../../shared/tensor";
import { Random } from "../../data/numbers/random";
import type { PreparedRequest } from "../method";
import { flagOf, numberOf, textOf } from "../parameters";
import { ATTACK_PARAMETERS, type Attacked, attackedInputs, bounded, signStep, valuesOf } from "./attack";
import { whatIf } from "./what-if";

/** Captum 0.9 `PGD`. */
export const pgd = whatIf(
	{
		id: "pgd",
		title: "PGD",
		answers: "How far can the unit be moved by a small change of the input, found step by step?",
		paper:
			"Madry, Makelov, Schmidt, Tsipras, Vladu 2017, Towards deep learning models resistant to adversarial attacks, arXiv:1706.06083",
		reference: "Captum 0.9 PGD; its default loss is loss_func=negative_log. Radius and steps have no defaults there",
		formula: "x_0 = x; x_(t+1) = projection on the ball about x of x_t + step_size * sign(d loss / d x_t)",
		usesSeed: true,
		parameters: [
			{
				name: "radius",
				type: "number",
				default: 0.03,
				min: 0,
				max: 1e6,
				help: "Radius of the ball about the input, in units of the preprocessed input (Captum: radius).",
			},
			{
				name: "step_size",
				type: "number",
				default: 0.01,
				min: 0,
				max: 1e6,
				help: "Size of each step (Captum: step_size).",
			},
			{ name: "step_num", type: "integer", default: 10, min: 1, max: 10_000, help: "Steps (Captum: step_num)." },
			{
				name: "random_start",
				type: "boolean",
				default: false,
				help: "Begin at a random point of the ball, drawn by the seed (Captum: random_start).",
			},
			{
				name: "norm",
				type: "choice",
				default: "Linf",
				choices: ["Linf", "L2"],
				help: "Norm of the ball (Captum: norm).",
			},
			...ATTACK_PARAMETERS,
		],
	},
	async function* (session, request) {
		const notices: string[] = [];
		const attacked = await attackedInputs(session, request, notices);
		const steps = numberOf(request, "step_num");
		let values = flagOf(request, "random_start")
			? bounded(attacked, randomStart(request, attacked))
			: valuesOf(attacked);
		yield { edited: values, progress: 0 };
		for (let step = 1; step <= steps; step++) {
			values = await signStep(session, request, attacked, values, numberOf(request, "step_size"));
			const inBall = Object.fromEntries(attacked.map((own) => [own.input.name, projected(request, own, values)]));
			values = bounded(attacked, inBall);
			yield { edited: values, progress: step / steps, notices };
		}
	},
);

/** Back into the ball about the input; each example has its own. */
function projected(request: PreparedRequest, { input }: Attacked, values: Record<string, Tensor>): Tensor {
	const radius = numberOf(request, "radius");
	const centre = input.tensor.data;
	const { shape, data } = values[input.name] as Tensor;
	const size = data.length / Math.max(1, shape[0] ?? 1);
	const result = new Float32Array(data.length);
	for (let from = 0; from < data.length; from += size) {
		let square = 0;
		for (let at = from; at < from + size; at++) square += ((data[at] as number) - (centre[at] as number)) ** 2;
		const length = Math.sqrt(square);
		// torch.renorm, which keeps its divisor from 0.
		const share = length > radius ? radius / (length + 1e-7) : 1;
		for (let at = from; at < from + size; at++) {
			const step = (data[at] as number) - (centre[at] as number);
			const kept = textOf(request, "norm") === "L2" ? share * step : Math.min(radius, Math.max(-radius, step));
			result[at] = (centre[at] as number) + kept;
		}
	}
	return { dtype: "float32", shape, data: result };
}

/** Uniform in the ball: in the cube for Linf; for L2 a direction by Gaussian numbers and a radius by its volume. */
function randomStart(request: PreparedRequest, attacked: readonly Attacked[]): Record<string, Tensor> {
	const random = new Random(request.seed);
	const radius = numberOf(request, "radius");
	const started: Record<string, Tensor> = {};
	for (const { input, region } of attacked) {
		const { shape, data } = input.tensor;
		const size = data.length / Math.max(1, shape[0] ?? 1);
		const moved = new Float32Array(data.length);
		for (let from = 0; from < data.length; from += size) {
			const isBall = textOf(request, "norm") === "L2";
			const draws = Float64Array.from({ length: size }, () => (isBall ? random.gaussian() : 2 * random.uniform() - 1));
			const length = Math.sqrt(draws.reduce((sum, value) => sum + value * value, 0)) || 1;
			const scale = isBall ? (random.uniform() ** (1 / size) * radius) / length : radius;
			for (let at = 0; at < size; at++) {
				const step = region?.[from + at] === 0 ? 0 : scale * (draws[at] as number);
				moved[from + at] = (data[from + at] as number) + step;
			}
		}
		started[input.name] = { dtype: "float32", shape, data: moved };
	}
	return started;
}
