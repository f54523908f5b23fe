import { formatPlace } from "../../../shared/unit-parser";
import { resolvePlace } from "../../units/place";
import type { Method } from "../method";
import { needPlace, needStream } from "./transformer";

/** nostalgebraist 2020; TransformerLens `ActivationCache.accumulated_resid(apply_ln=True)` before the unembedding. */
export const logitLens: Method = {
	id: "logit-lens",
	title: "Logit lens",
	family: "attention",
	answers: "What would the model say if it stopped after each block?",
	paper: "nostalgebraist 2020, interpreting GPT: the logit lens, lesswrong.com/posts/AcKRB8wDpdaN6v6ru",
	reference:
		"The post: the rest of the model, final norm and unembedding, on the residual stream before and after each block",
	formula: "unembedding(norm(x_l)) for the stream x_l before the first block and after each",
	needs: { unit: true, input: true, attention: true },
	at: "none",
	quantity: "signed",
	promisesCompleteness: false,
	parameters: [],
	async *run(session, { inputs, unit, signal }) {
		const { graph } = session;
		const { place } = unit.unit;
		const stream = needStream(graph, resolvePlace(graph, place).value);
		// A block begins with an attention and ends before the next.
		const values = [...stream.branches.filter(({ attention }) => attention).map(({ before }) => before), stream.last];
		const places = values.map((value) => needPlace(graph, value));
		const streams = await session.forward(inputs, places, signal);
		const rest = session.cutAt(needPlace(graph, stream.last), inputs);
		const [port] = rest.graph.inputs;
		const maps = [];
		for (const [at, tensor] of streams.entries()) {
			const [logits] = await rest.forward({ [port?.name ?? ""]: tensor }, [place], signal);
			const title =
				at === 0 ? "before the first block" : at === streams.length - 1 ? "after the last block" : `after block ${at}`;
			if (logits) maps.push({ at: formatPlace(places[at] ?? place), title, tensor: logits, channelAxis: -1 });
		}
		yield { maps, progress: 1 };
	},
};
