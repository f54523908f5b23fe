import { lookAhead } from "../core/methods/first-look";
import type { Session } from "../core/session/session";
import type { ClassScore, Prediction } from "../shared/protocol";
import type { Tensor } from "../shared/tensor";

/** The best units of every output for the first example. */
export async function predictions(
	session: Session,
	inputs: Readonly<Record<string, Tensor>>,
	top: number,
): Promise<Prediction[]> {
	await lookAhead(session, inputs);
	const outputs = await session.forward(inputs);
	return session.summary.outputs.map((port, index) => {
		const tensor = outputs[index] as Tensor;
		const scores = tensor.data.subarray(0, tensor.data.length / (tensor.shape[0] ?? 1));
		const { labels } = session;
		const order = [...scores.keys()].sort((a, b) => (scores[b] as number) - (scores[a] as number)).slice(0, top);
		const best: ClassScore[] = order.map((unit) => {
			const label = labels?.length === scores.length ? labels[unit] : undefined;
			return { index: unit, value: scores[unit] as number, ...(label !== undefined && { label }) };
		});
		return {
			output: port.name,
			layer: port.layer,
			kind: kindOf(session, port.layer, scores),
			top: best,
			count: scores.length,
		};
	});
}

function kindOf(session: Session, layer: string, scores: ArrayLike<number>): Prediction["kind"] {
	const summary = session.summary.layers.find((candidate) => candidate.name === layer);
	const activation = summary?.activation ?? summary?.config.activation;
	if (summary?.type === "Softmax" || activation === "softmax" || activation === "sigmoid") return "probability";
	return scores.length > 1 && session.labels?.length === scores.length ? "logit" : "value";
}
