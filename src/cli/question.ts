import { readFile } from "node:fs/promises";
import path from "node:path";
import type { ModelInputs } from "../core/data/inputs";
import type { Method, MethodRequest } from "../core/methods/method";
import type { Session } from "../core/session/session";
import { parsePlace, parseUnitAddress } from "../shared/unit-parser";
import { type Arguments, type OptionSpec, UsageError, wholeNumber } from "./arguments";
import { ENGINE, INPUT, LABELS, PREPROCESS } from "./commands/options";
import { baselinesOf, bind, inputsOf, labelsOf, masksOf, open } from "./session";
import type { Terminal } from "./terminal";

/** Options of every command that asks a method something about a model. */
export const QUESTION: Readonly<Record<string, OptionSpec>> = {
	input: { ...INPUT, help: `${INPUT.help} Filters need none.` },
	baseline: {
		value: "FILE",
		several: true,
		help: "Reference inputs for methods that compare with one, read as --input is; several files, or an array of several, are a set for methods that average over references. Without it: what the parameter baselines says.",
	},
	masks: {
		value: "FILE",
		several: true,
		help: "Features for methods that take features away: a whole number for each element or position, equal ones are one feature. An .npy file, NAME=FILE for one of several inputs, or an .npz of arrays by name. Without it: what the parameter feature_mask says.",
	},
	unit: {
		value: "ADDR",
		help: "What is explained: predictions[tabby], conv2d_3[17]@4,9, predictions[1] - predictions[2]. Without it: the top class.",
	},
	at: { value: "LAYER", help: "Where the map is: a layer, or input. Without it: what the method says." },
	param: { value: "NAME=VALUE", repeated: true, help: "A parameter of the method." },
	preprocess: PREPROCESS,
	labels: LABELS,
	engine: ENGINE,
	seed: { value: "N", help: "Seed of methods that draw random numbers. Without it: 0." },
};

export type Question = Pick<MethodRequest, "parameters" | "seed" | "unit" | "at">;

/** What the options say of the question; no model is opened yet. @throws UsageError, InvalidRequestError */
export async function questionOf(args: Arguments, method: Method): Promise<Question> {
	if (method.needs.input && args.list("input").length === 0)
		throw new UsageError(`--input FILE is missing: ${method.id} explains what the model makes of an input.`);
	if (args.list("baseline").length > 0 && !method.parameters.some(({ name }) => name === "baselines"))
		throw new UsageError(
			`--baseline is given, but ${method.id} compares with no reference.`,
			"lamina methods lists which methods have the parameter baselines.",
		);
	if (args.list("masks").length > 0 && !method.parameters.some(({ name }) => name === "feature_mask"))
		throw new UsageError(
			`--masks is given, but ${method.id} knows no features.`,
			"lamina methods lists which methods have the parameter feature_mask.",
		);
	return { parameters: await withFiles(method, parametersOf(args, method)), ...subjectOf(args) };
}

/** What is explained, whatever the method: unit, place, seed. @throws UsageError, InvalidRequestError */
export function subjectOf(args: Arguments): Omit<Question, "parameters"> {
	const [unit, at] = [args.text("unit"), args.text("at")];
	return {
		seed: wholeNumber(args, "seed", 0, 0),
		...(unit !== undefined && { unit: parseUnitAddress(unit) }),
		...(at !== undefined && { at: at === "input" ? ("input" as const) : parsePlace(at) }),
	};
}

/** The model bound to its engine, its inputs, and the whole request. @throws LaminaError */
export async function ask(
	args: Arguments,
	file: string,
	question: Question,
	terminal: Terminal,
	signal: AbortSignal,
): Promise<{ session: Session; inputs: ModelInputs | undefined; request: MethodRequest }> {
	const model = await open(file);
	const labels = await labelsOf(model, args);
	const inputs = args.list("input").length > 0 ? await inputsOf(model, args) : undefined;
	const baselines = args.list("baseline").length > 0 ? await baselinesOf(model, args) : undefined;
	const masks = args.list("masks").length > 0 ? await masksOf(model, args, question.at) : undefined;
	const session = await bind(model, labels, args, terminal);
	const request: MethodRequest = {
		...question,
		signal,
		inputs: inputs?.tensors ?? {},
		...(inputs && { inputName: inputs.names.join(", ") }),
		...(inputs?.preprocess && { preprocess: inputs.preprocess }),
		...(baselines && { baselines: baselines.tensors, baselineName: baselines.names.join(", ") }),
		...(masks && { masks: masks.tensors, maskName: masks.names.join(", ") }),
	};
	return { session, inputs, request };
}

/** `--param name=value`, each name once; files are named from the current folder. @throws UsageError */
function parametersOf(args: Arguments, method: Method): Record<string, string> {
	const parameters: Record<string, string> = {};
	for (const text of args.list("param")) {
		const at = text.indexOf("=");
		if (at < 1)
			throw new UsageError(
				`--param is "${text}"; name=value is expected.`,
				"lamina methods lists the parameters of each method.",
			);
		const name = text.slice(0, at);
		if (Object.hasOwn(parameters, name)) throw new UsageError(`The parameter ${name} is given more than once.`);
		const value = text.slice(at + 1);
		const isFile = method.parameters.some((parameter) => parameter.name === name && parameter.type === "file");
		parameters[name] = isFile && value !== "" ? path.resolve(value) : value;
	}
	return parameters;
}

/** Values `@file` of parameters that may be a text of one's own, read from the file. @throws UsageError when there is none */
async function withFiles(method: Method, parameters: Record<string, string>): Promise<Record<string, string>> {
	const read = { ...parameters };
	for (const { name, ...description } of method.parameters) {
		const value = parameters[name];
		if (!("other" in description) || description.other === undefined || !value?.startsWith("@")) continue;
		const file = value.slice(1);
		read[name] = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
			throw new UsageError(`--param ${name}=${value}: ${file} cannot be read (${error.code ?? error.message}).`);
		});
	}
	return read;
}
