import { readMask } from "../core/data/mask";
import type { MethodRequest } from "../core/methods/method";
import { runMethod, runToEnd } from "../core/methods/run-method";
import { describeMetrics, measure } from "../core/metrics/run-metric";
import { preflight } from "../core/preflight/preflight";
import { refusalOf } from "../core/preflight/refusal";
import { encodePng } from "../core/render/png";
import { drawSheet } from "../core/render/sheet-figure";
import { takeTurn } from "../core/session/batches";
import { makeSheet } from "../core/sheet/make-sheet";
import { SHEET_METRICS } from "../core/sheet/presets";
import { CancelledError, InvalidRequestError, type LaminaErrorData } from "../shared/errors";
import type { MetricScore } from "../shared/metrics";
import type { ComputeApi, ExplainRequest } from "../shared/protocol";
import type { ExplanationResult } from "../shared/result";
import type { Sheet } from "../shared/sheet";
import { sheetDocument } from "../shared/sheet-document";
import { parsePlace, parseUnitAddress } from "../shared/unit-parser";
import type { Jobs } from "./jobs";
import type { Model, Models } from "./models";
import { Recent } from "./recent";

/** Results that metrics may be asked of: a map of 224 x 224 x 3 is 600 kB. */
const KEPT_RESULTS = 24;

type Explanations = Pick<ComputeApi, "explain" | "preflight" | "refusals" | "metrics" | "measure" | "sheet">;

/** What is asked about explanations: before a run, the run, what it is worth, several side by side. */
export function explanations(models: Models, jobs: Jobs): Explanations {
	const results = new Recent<ExplanationResult>(KEPT_RESULTS);

	/** The whole result of a request, from memory where it was made before. */
	async function resultOf(model: Model, key: string, request: MethodRequest, method: string) {
		const known = results.get(key);
		if (known) return known;
		const result = await runToEnd(await model.session(), method, request);
		results.set(key, result);
		return result;
	}

	return {
		explain: (path, input, request, id) =>
			jobs.run(id, async (job) => {
				const model = await models.get(path);
				const session = await model.session();
				let last: ExplanationResult | undefined;
				job.progress(0, request.method);
				for await (const result of runMethod(session, request.method, questionOf(model, input, request, job.signal))) {
					last = result;
					job.progress(result.progress, request.method);
					if (result.progress < 1) job.partial(result);
				}
				if (!last) throw new InvalidRequestError(`${request.method} gave no result.`);
				results.set(keyOf(path, model, input, request), last);
				return last;
			}),

		preflight: (path, input, request, id) =>
			jobs.run(id, async (job) => {
				const model = await models.get(path);
				return preflight(await model.session(), request.method, questionOf(model, input, request, job.signal));
			}),

		refusals: (path, input, requests, id) =>
			jobs.run(id, async (job) => {
				const model = await models.get(path);
				const session = await model.session();
				const refusals: Record<string, LaminaErrorData> = {};
				for (const request of requests) {
					// Others want their turn; and who leaves the tab wants no answer.
					await takeTurn(job.signal);
					const refusal = await refusalOf(session, request.method, questionOf(model, input, request, job.signal));
					if (refusal) refusals[request.method] = refusal;
				}
				return refusals;
			}),

		metrics: async () => describeMetrics(),

		measure: (path, input, request, { metrics, mask: maskFile }, id) =>
			jobs.run(id, async (job) => {
				const model = await models.get(path);
				const session = await model.session();
				const question = questionOf(model, input, request, job.signal);
				const [map] = (await resultOf(model, keyOf(path, model, input, request), question, request.method)).maps;
				if (!map) throw new InvalidRequestError(`${request.method} gave no map.`);
				const { picture, preprocess } = model.input(input);
				const mask = maskFile && (await readMask(maskFile, picture && [picture.height, picture.width], preprocess));
				const scores: MetricScore[] = [];
				for (const [at, metric] of metrics.entries()) {
					if (job.signal.aborted) throw new CancelledError();
					const progress = (share: number) => job.progress((at + share) / metrics.length, metric);
					const how = { seed: request.seed ?? 0, signal: job.signal, progress, ...(mask && { mask }) };
					const [score] = await measure(session, metric, { map, request: question, method: request.method }, how);
					if (score) scores.push(score);
				}
				return scores;
			}),

		sheet: (path, input, { requests, scale, dark }, id) =>
			jobs.run(id, async (job) => {
				const model = await models.get(path);
				const [first] = requests;
				if (!first) throw new InvalidRequestError("a contact sheet needs at least one method");
				const question = { ...questionOf(model, input, first, job.signal), parameters: {} };
				let made: Sheet = { entries: [], progress: 0 };
				for await (const step of makeSheet(await model.session(), {
					question,
					methods: requests.map(({ method, parameters }) => ({ id: method, parameters })),
					metrics: SHEET_METRICS.map((metric) => ({ id: metric })),
				})) {
					made = step;
					job.progress(step.progress, "contact sheet");
				}
				const { picture, name } = model.input(input);
				const provenance = made.entries.find(({ result }) => result)?.result?.provenance;
				const figure = drawSheet(made, {
					caption: [
						`${provenance?.unit ?? ""} = ${provenance?.unitValue?.toPrecision(4) ?? ""}`,
						[model.summary.name, name, provenance?.engine].filter(Boolean).join(", "),
					],
					...(picture && {
						picture: { width: picture.width, height: picture.height, channels: 3, data: withoutAlpha(picture.rgba) },
					}),
					scale,
					theme: dark ? "dark" : "light",
				});
				return {
					png: encodePng(figure),
					json: JSON.stringify(sheetDocument(made, { model: model.summary.name, scale })),
				};
			}),
	};
}

const keyOf = (path: string, model: Model, input: string, { ledger: _, ...request }: ExplainRequest): string =>
	JSON.stringify([path, model.version, input, request]);

/** A request of the editor as the core takes it. */
function questionOf(model: Model, input: string, request: ExplainRequest, signal: AbortSignal): MethodRequest {
	const { tensors, name, preprocess } = model.input(input);
	return {
		inputs: tensors,
		inputName: name,
		...(preprocess && { preprocess }),
		...(request.unit && { unit: parseUnitAddress(request.unit) }),
		...(request.at && { at: request.at === "input" ? ("input" as const) : parsePlace(request.at) }),
		parameters: request.parameters,
		...(request.masks && { masks: request.masks }),
		...(request.seed !== undefined && { seed: request.seed }),
		...(request.ledger && { ledger: true }),
		signal,
	};
}

function withoutAlpha(rgba: Uint8Array): Float32Array {
	const data = new Float32Array((rgba.length / 4) * 3);
	for (let i = 0; i < rgba.length / 4; i++) for (let c = 0; c < 3; c++) data[i * 3 + c] = rgba[i * 4 + c] ?? 0;
	return data;
}
