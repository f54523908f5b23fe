import { readMask } from "../../core/data/mask";
import { describeMethods, findMethod } from "../../core/methods/run-method";
import { findMetric } from "../../core/metrics/run-metric";
import { MASK_METRICS, makeSheet, USUAL_METRICS } from "../../core/sheet/make-sheet";
import { sheetJson } from "../../core/sheet/sheet-json";
import { LaminaError } from "../../shared/errors";
import { isAnswer, quickMethods, type Sheet, type SheetScale, thoroughMethods } from "../../shared/sheet";
import { parsePlace, parseUnitAddress } from "../../shared/unit-parser";
import type { UnitAddress } from "../../shared/units";
import { type Arguments, UsageError, wholeNumber } from "../arguments";
import { dottedParameters } from "../dotted-parameters";
import { ask, QUESTION, readParameters } from "../question";
import { encodeSheet, sheetKind } from "../sheet-file";
import { jsonText, short, type Terminal, table } from "../terminal";
import { checkTarget, writeWhole } from "../write-file";
import type { Command } from "./command";

/** `--unit A --minus B` is `A - B`. @throws UsageError, UnitSyntaxError */
function unitOf(args: Arguments): UnitAddress | undefined {
	const [unit, minus] = [args.text("unit"), args.text("minus")];
	if (minus === undefined) return unit === undefined ? undefined : parseUnitAddress(unit);
	if (unit === undefined)
		throw new UsageError("--minus is given without --unit.", "Name the unit that it is taken from with --unit.");
	const [from, taken] = [parseUnitAddress(unit), parseUnitAddress(minus)];
	if (from.minus || taken.minus)
		throw new UsageError("--minus is given, but an address has a minus of its own.", "Write the difference once.");
	return { unit: from.unit, minus: taken.unit };
}

/** Names of an option, separated by commas. */
const namesOf = (text: string) => text.split(",").flatMap((name) => name.trim() || []);

function methodsOf(text: string): string[] {
	if (text === "quick") return quickMethods(describeMethods());
	if (text === "thorough") return thoroughMethods(describeMethods());
	return namesOf(text);
}

/** @throws UsageError for parameters of what is not on the sheet: they would be passed over in silence */
function checkOwners(option: string, given: ReadonlyMap<string, unknown>, ids: readonly string[]): void {
	for (const id of given.keys())
		if (!ids.includes(id))
			throw new UsageError(`--${option} names ${id}, which is not on the sheet.`, `On it are ${ids.join(", ")}.`);
}

function tell(sheet: Sheet, metrics: readonly string[], files: readonly string[], terminal: Terminal): void {
	terminal.print(`${sheet.unit} = ${short(sheet.unitValue)}`);
	const rows = sheet.entries.filter(isAnswer).map(({ method, result, scores }) => {
		const { completeness, milliseconds } = result.provenance;
		const values = metrics.map((id) => scores.find(({ metric }) => metric === id)?.score);
		return [
			method,
			completeness ? `${short(completeness.gap * 100)} %` : "",
			...values.map((value) => (value === undefined ? "" : short(value))),
			Math.round(milliseconds),
		];
	});
	for (const line of table(["method", "gap", ...metrics, "ms"], rows)) terminal.print(line);
	for (const file of files) terminal.print(`written: ${file}`);
	for (const entry of sheet.entries) {
		if (!isAnswer(entry)) terminal.notice(`${entry.method} gave no map: ${entry.error.message}`);
		else
			for (const { metric, error } of entry.unmeasured) terminal.notice(`${entry.method}, ${metric}: ${error.message}`);
	}
}

export const sheet: Command = {
	name: "sheet",
	summary: "Chosen methods on one input and one scale, with their metrics: a contact sheet.",
	words: ["MODEL"],
	options: {
		...QUESTION,
		input: { ...QUESTION.input!, required: true },
		minus: { value: "ADDR", help: "A second unit, taken from the first: why this and not that." },
		methods: {
			value: "NAMES",
			help: "Separated by commas; or quick: one of each family that answers at once; or thorough: all that explain any unit. Without it: quick.",
		},
		param: { value: "METHOD.NAME=VALUE", repeated: true, help: "A parameter of a method." },
		metrics: {
			value: "NAMES",
			help: `What is measured, separated by commas, or none. Without it: ${USUAL_METRICS.join(", ")}, and with a mask ${MASK_METRICS.join(", ")}. Completeness gaps and the agreement of the maps are always told.`,
		},
		"metric-param": { value: "METRIC.NAME=VALUE", repeated: true, help: "A parameter of a metric." },
		mask: {
			value: "FILE",
			help: "What the unit should look at: white in a picture, or not 0 in an .npy of the input's shape.",
		},
		scale: {
			value: "SCALE",
			choices: ["each", "shared"],
			help: "each: every map divided by its own largest absolute value; shared: raw numbers on one scale. Without it: each.",
		},
		theme: { value: "THEME", choices: ["light", "dark"], help: "Of the picture. Without it: light." },
		zoom: { value: "N", help: "Pixels of a side of each of the picture's 1200 units of width, 1 to 4. Without it: 2." },
		out: {
			value: "FILE",
			repeated: true,
			required: true,
			help: "Where the sheet goes: .png (the picture), .json (all numbers but those of the maps), .npz (the maps, raw, by the names that the .json tells).",
		},
	},
	notes: [
		"A method that does not apply, or fails, is on the sheet with its reason. It is an error when none gives a map.",
	],
	examples: [
		"lamina sheet model.keras --input cat.png --out sheet.png --out sheet.json",
		"lamina sheet model.keras --input 4.png --unit 'dense[4]' --minus 'dense[9]' --methods lrp,saliency,occlusion --param lrp.composite=epsilon-plus --out sheet.png",
	],
	async run(args, terminal, signal) {
		const files = args.list("out");
		const targets = files.map((file) => ({ file, kind: sheetKind(file) }));
		const zoom = wholeNumber(args, "zoom", 2, 1);
		if (zoom > 4) throw new UsageError(`--zoom is "${zoom}"; a whole number from 1 to 4 is expected.`);
		const scale = (args.text("scale") ?? "each") as SheetScale;
		const unit = unitOf(args);
		const ids = methodsOf(args.text("methods") ?? "quick");
		if (ids.length === 0) throw new UsageError("--methods names no method.", "lamina methods lists them.");
		const given = dottedParameters(
			args,
			"param",
			"METHOD.NAME=VALUE",
			"lamina methods lists the parameters of each method.",
		);
		const measured = dottedParameters(args, "metric-param", "METRIC.NAME=VALUE", "lamina metrics lists them.");
		const methods = await Promise.all(
			ids.map(findMethod).map(async (method) => ({
				id: method.id,
				parameters: await readParameters(method, given.get(method.id) ?? {}),
			})),
		);
		const maskFile = args.text("mask");
		const usual = [...USUAL_METRICS, ...(maskFile === undefined ? [] : MASK_METRICS)];
		const named = args.text("metrics");
		const metricIds = named === undefined ? usual : named === "none" ? [] : namesOf(named);
		for (const id of metricIds) findMetric(id);
		checkOwners("param", given, ids);
		checkOwners("metric-param", measured, metricIds);
		const at = args.text("at");
		const question = {
			parameters: {},
			seed: wholeNumber(args, "seed", 0, 0),
			...(unit && { unit }),
			...(at !== undefined && { at: at === "input" ? ("input" as const) : parsePlace(at) }),
		};
		for (const file of files) await checkTarget(file);
		const { session, inputs, request } = await ask(args, args.words[0]!, question, terminal, signal);
		const [picture] = Object.values(inputs?.pictures ?? {}).flat();
		const mask =
			maskFile === undefined
				? undefined
				: await readMask(maskFile, picture && [picture.height, picture.width], inputs?.preprocess);
		const metrics = metricIds.map((id) => ({ id, parameters: measured.get(id) ?? {} }));
		let made: Sheet | undefined;
		for await (const step of makeSheet(session, { ...request, methods, metrics, ...(mask && { mask }) })) {
			made = step;
			terminal.progress(step.progress, step.next ?? "drawing");
		}
		if (!made) throw new Error("no sheet was made");
		const refused = made.entries.flatMap((entry) => (isAnswer(entry) ? [] : [entry.error]));
		if (refused.length === made.entries.length)
			throw new LaminaError({ ...refused[0]!, message: `No method gave a map: ${refused[0]!.message}` });
		const drawing = {
			scale,
			theme: (args.text("theme") ?? "light") as "light" | "dark",
			metrics: metricIds,
			...(picture && { picture }),
		};
		for (const { file, kind } of targets)
			await writeWhole(file, await encodeSheet(made, kind, drawing, zoom, jsonText));
		const notices = inputs?.notices ?? [];
		if (terminal.json) terminal.printJson({ ...sheetJson(made, scale), out: files, notices });
		else tell(made, metricIds, files, terminal);
		for (const notice of notices) terminal.notice(notice);
	},
};
