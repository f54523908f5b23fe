import { prepareRequest } from "../../core/methods/prepare";
import { findMethod, runToEnd } from "../../core/methods/run-method";
import { agreement } from "../../core/metrics/agreement";
import { explainedExamples } from "../../core/metrics/examples";
import { findMetric, measure } from "../../core/metrics/run-metric";
import type { MetricScore } from "../../shared/metrics";
import type { AttributionMap } from "../../shared/result";
import { UsageError } from "../arguments";
import { maskOf, metricParameters } from "../metric-options";
import { ask, QUESTION, questionOf } from "../question";
import { short, type Terminal, table } from "../terminal";
import type { Command } from "./command";

/** What is measured when nothing is named: quick, and of use for any map. */
const USUAL = ["deletion", "insertion", "max-sensitivity", "parameter-randomisation", "sparseness"];

interface Evaluated {
	readonly method: string;
	readonly scores: readonly MetricScore[];
}

export const evaluate: Command = {
	name: "evaluate",
	summary: "Measure how far explanations can be trusted, and how far methods agree.",
	words: ["METHODS", "MODEL"],
	options: {
		...QUESTION,
		metric: {
			value: "NAME",
			repeated: true,
			help: `What is measured (lamina metrics lists them). Without it: ${USUAL.join(", ")}, and with a mask what localises.`,
		},
		"metric-param": { value: "METRIC.NAME=VALUE", repeated: true, help: "A parameter of a metric." },
		mask: {
			value: "FILE",
			help: "What the unit should look at: white in a picture, or not 0 in an .npy of the input's shape.",
		},
	},
	notes: ["METHODS are separated by commas; --param and --at go to each of them that has such."],
	examples: [
		"lamina evaluate lrp model.keras --input cat.png --metric deletion --metric insertion",
		"lamina evaluate saliency,lrp,grad-cam model.keras --input star.png --mask star-mask.png",
	],
	async run(args, terminal, signal) {
		const methods = args.words[0]!.split(",").map(findMethod);
		const [first] = methods;
		if (!first) throw new UsageError("No method is named.");
		const named = args.list("metric");
		for (const metric of named) findMetric(metric);
		const parameters = metricParameters(args);
		const question = await questionOf(args, first);
		const { session, inputs, request } = await ask(args, args.words[1]!, question, terminal, signal);
		const mask = await maskOf(args, inputs);
		const metrics = named.length > 0 ? named : [...USUAL, ...(mask ? ["relevance-mass", "relevance-rank"] : [])];
		const evaluated: Evaluated[] = [];
		const maps = new Map<string, Float64Array>();
		for (const [index, method] of methods.entries()) {
			const known = new Set(method.parameters.map(({ name }) => name));
			const own = Object.fromEntries(Object.entries(request.parameters).filter(([name]) => known.has(name)));
			const asked = { ...request, parameters: methods.length > 1 ? own : request.parameters };
			const [map] = (await runToEnd(session, method.id, asked)).maps as [AttributionMap];
			const scores: MetricScore[] = [];
			for (const [at, metric] of metrics.entries()) {
				terminal.progress((index + at / metrics.length) / methods.length, `${method.id}: ${metric}`);
				const how = {
					parameters: parameters.get(metric) ?? {},
					seed: request.seed ?? 0,
					signal,
					...(mask && { mask }),
				};
				const [score] = await measure(session, metric, { map, request: asked, method: method.id }, how);
				if (score) scores.push(score);
			}
			evaluated.push({ method: method.id, scores });
			const [example] = explainedExamples(session, await prepareRequest(session, method, asked), map);
			if (example) maps.set(method.id, example.attribution);
		}
		tell(evaluated, maps, terminal);
	},
};

function tell(evaluated: readonly Evaluated[], maps: ReadonlyMap<string, Float64Array>, terminal: Terminal): void {
	const agreed = maps.size > 1 ? agreement(maps) : undefined;
	if (terminal.json) {
		terminal.printJson({ methods: evaluated, ...(agreed && { agreement: agreed }) });
		return;
	}
	const metrics = evaluated[0]?.scores.map(({ metric }) => metric) ?? [];
	const rows = evaluated.map(({ method, scores }) => [method, ...scores.map(({ score }) => short(score))]);
	for (const line of table(["method", ...metrics], rows)) terminal.print(line);
	for (const metric of metrics) {
		const { better } = findMetric(metric);
		if (better !== "neither") terminal.notice(`${metric}: ${better} is better`);
	}
	if (!agreed) return;
	terminal.print("");
	terminal.print("agreement (Spearman's correlation of the maps)");
	const matrix = agreed.rank.map((row, at) => [agreed.methods[at] ?? "", ...row.map(short)]);
	for (const line of table(["", ...agreed.methods], matrix)) terminal.print(line);
}
