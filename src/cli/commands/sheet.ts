import path from "node:path";
import { findMethod } from "../../core/methods/run-method";
import { findMetric } from "../../core/metrics/run-metric";
import type { Chosen, SheetRequest } from "../../core/sheet/make-sheet";
import { makeSheet } from "../../core/sheet/make-sheet";
import { MASK_METRICS, PRESETS, SHEET_METRICS } from "../../core/sheet/presets";
import type { Sheet } from "../../shared/sheet";
import { sheetNumbers } from "../../shared/sheet-document";
import { UsageError } from "../arguments";
import { maskOf, metricParameters } from "../metric-options";
import { ask, QUESTION, subjectOf } from "../question";
import { encodeSheet, type SheetLook, sheetKind } from "../sheet-file";
import { short, type Terminal, table } from "../terminal";
import { checkTarget, writeWhole } from "../write-file";
import type { Command } from "./command";

const { param: _param, ...COMMON } = QUESTION;

/** `quick`, `thorough`, or names separated by commas. */
function methodsOf(text: string): string[] {
	if (text === "quick" || text === "thorough") return [...PRESETS[text]];
	const ids = text.split(",").map((id) => findMethod(id.trim()).id);
	const twice = ids.find((id, at) => ids.indexOf(id) !== at);
	if (twice) throw new UsageError(`--methods names ${twice} more than once.`);
	return ids;
}

/** `--param NAME=VALUE` for all that have it, `--param METHOD.NAME=VALUE` for one. */
function parametersOf(texts: readonly string[], methods: readonly string[]) {
	const common: Record<string, string> = {};
	const own = new Map<string, Record<string, string>>();
	for (const text of texts) {
		const at = text.indexOf("=");
		if (at < 1)
			throw new UsageError(
				`--param is "${text}"; NAME=VALUE or METHOD.NAME=VALUE is expected.`,
				"lamina methods lists them.",
			);
		const [name, value] = [text.slice(0, at), text.slice(at + 1)];
		const [method, rest] = name.includes(".")
			? [name.slice(0, name.indexOf(".")), name.slice(name.indexOf(".") + 1)]
			: [];
		if (method === undefined || rest === undefined) common[name] = value;
		else if (!methods.includes(method)) throw new UsageError(`--param ${text}: ${method} is not on the sheet.`);
		else own.set(method, { ...own.get(method), [rest]: value });
	}
	const known = new Set(methods.flatMap((id) => findMethod(id).parameters.map(({ name }) => name)));
	const unknown = Object.keys(common).find((name) => !known.has(name));
	if (unknown) throw new UsageError(`--param ${unknown}: none of these methods has such a parameter.`);
	return { common, own };
}

function tell({ entries, agreement }: Sheet, out: readonly string[], terminal: Terminal): void {
	const metrics = [...new Set(entries.flatMap(({ result }) => result?.scores.map(({ metric }) => metric) ?? []))];
	const rows = entries.map(({ method, result, refusal }) => [
		method,
		...(result
			? [
					result.provenance.completeness ? `${short(result.provenance.completeness.gap * 100)} %` : "",
					...metrics.map((id) => {
						const score = result.scores.find(({ metric }) => metric === id)?.score;
						return score === undefined ? "" : short(score);
					}),
					`${Math.round(result.provenance.milliseconds)} ms`,
				]
			: [refusal?.message ?? "no map"]),
	]);
	for (const line of table(["method", "gap", ...metrics, "time"], rows)) terminal.print(line);
	if (agreement) {
		terminal.print("");
		terminal.print("agreement (Spearman's correlation of the maps)");
		const matrix = agreement.rank.map((row, at) => [agreement.methods[at] ?? "", ...row.map(short)]);
		for (const line of table(["", ...agreement.methods], matrix)) terminal.print(line);
	}
	for (const file of out) terminal.print(`written: ${file}`);
}

export const sheet: Command = {
	name: "sheet",
	summary: "Draw several methods on one input side by side, on one scale, with metrics and agreement.",
	words: ["MODEL"],
	options: {
		...COMMON,
		methods: {
			value: "LIST",
			help: "Names separated by commas, quick (the ones that everybody knows) or thorough (every attribution). Without it: quick.",
		},
		param: {
			value: "[METHOD.]NAME=VALUE",
			repeated: true,
			help: "A parameter of one method, or of all methods that have it.",
		},
		metric: {
			value: "NAME",
			repeated: true,
			help: `What is measured (lamina metrics lists them). Without it: ${SHEET_METRICS.join(", ")}, and with a mask what localises.`,
		},
		"metric-param": { value: "METRIC.NAME=VALUE", repeated: true, help: "A parameter of a metric." },
		mask: {
			value: "FILE",
			help: "What the unit should look at: white in a picture, or not 0 in an .npy of the input's shape.",
		},
		scale: {
			value: "NAME",
			choices: ["relative", "raw"],
			help: "relative: each map divided by its own largest absolute value, so that patterns can be compared. raw: the numbers as they are, one range for all. Without it: relative.",
		},
		theme: { value: "NAME", choices: ["light", "dark"], help: "Colours of the picture. Without it: light." },
		out: {
			value: "FILE",
			required: true,
			repeated: true,
			help: "Where the sheet goes: .png, or .json with every number of every map; may be given for both.",
		},
	},
	notes: ["A method that does not apply has the reason in its place; the others go on."],
	examples: [
		"lamina sheet model.keras --input cat.jpg --unit 'predictions[tabby]' --out sheet.png",
		"lamina sheet model.onnx --input x.npy --methods lrp,deeplift --param lrp.composite=EpsilonGammaBox --out sheet.png --out sheet.json",
	],
	async run(args, terminal, signal) {
		const out = args.list("out");
		const kinds = out.map(sheetKind);
		const ids = methodsOf(args.text("methods") ?? "quick");
		const { common, own } = parametersOf(args.list("param"), ids);
		const metricOptions = metricParameters(args);
		const named = args.list("metric");
		for (const id of named) findMetric(id);
		for (const file of out) await checkTarget(file);
		if (args.list("input").length === 0) throw new UsageError("--input FILE is missing: what is explained?");
		const question = { parameters: common, ...subjectOf(args) };
		const { session, inputs, request } = await ask(args, args.words[0]!, question, terminal, signal);
		const mask = await maskOf(args, inputs);
		const metrics = named.length > 0 ? named : [...SHEET_METRICS, ...(mask ? MASK_METRICS : [])];
		const asked: SheetRequest = {
			question: request,
			methods: ids.map((id): Chosen => ({ id, parameters: own.get(id) ?? {} })),
			metrics: metrics.map((id) => ({ id, parameters: metricOptions.get(id) ?? {} })),
			...(mask && { mask }),
		};
		let made: Sheet = { entries: [], progress: 0 };
		terminal.progress(0, "sheet");
		for await (const step of makeSheet(session, asked)) {
			made = step;
			terminal.progress(step.progress, `sheet: ${ids[Math.min(ids.length - 1, step.entries.length)]}`);
		}
		const about: SheetLook = {
			model: path.basename(args.words[0]!),
			scale: args.text("scale") === "raw" ? "raw" : "relative",
			theme: args.text("theme") === "dark" ? "dark" : "light",
		};
		for (const [at, file] of out.entries()) await writeWhole(file, await encodeSheet(made, kinds[at]!, about, inputs));
		if (terminal.json) terminal.printJson({ out, ...sheetNumbers(made, about) });
		else tell(made, out, terminal);
		for (const notice of inputs?.notices ?? []) terminal.notice(notice);
	},
};
