import { findMethod, runMethod } from "../../core/methods/run-method";
import { CancelledError } from "../../shared/errors";
import { extremes } from "../../shared/colormap";
import type { ExplanationResult } from "../../shared/result";
import { parsePlace, parseUnitAddress } from "../../shared/unit-parser";
import { type Arguments, UsageError, wholeNumber } from "../arguments";
import { encodeResult, resultKind } from "../result-file";
import { bind, inputsOf, labelsOf, open } from "../session";
import { short, type Terminal } from "../terminal";
import { checkTarget, writeWhole } from "../write-file";
import type { Command } from "./command";
import { ENGINE, INPUT, LABELS, PREPROCESS } from "./options";

/** `--param name=value`, each name once. @throws UsageError */
function parametersOf(args: Arguments): Record<string, string> {
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
		parameters[name] = text.slice(at + 1);
	}
	return parameters;
}

function tell(result: ExplanationResult, out: string, notices: readonly string[], terminal: Terminal): void {
	const { provenance } = result;
	const { completeness, unit, unitValue } = provenance;
	const maps = result.maps.map(({ at, tensor, channelAxis }) => {
		const { low, high } = extremes(tensor.data);
		let sum = 0;
		for (const value of tensor.data) sum += value;
		return { at, shape: tensor.shape, channelAxis, min: low, max: high, sum };
	});
	if (terminal.json) {
		terminal.printJson({ out, quantity: result.quantity, maps, provenance, notices });
		return;
	}
	terminal.print(
		`${provenance.method}${unit === undefined ? "" : ` of ${unit} = ${unitValue === undefined ? "?" : short(unitValue)}`}`,
	);
	for (const map of maps)
		terminal.print(
			`  ${map.at} [${map.shape.join(", ")}]: ${short(map.min)} to ${short(map.max)}, sum ${short(map.sum)}`,
		);
	if (completeness)
		terminal.print(
			`  completeness: sum ${short(completeness.sum)}, expected ${short(completeness.expected)}, gap ${short(completeness.gap * 100)} %`,
		);
	terminal.print(`  ${provenance.engine}, ${Math.round(provenance.milliseconds)} ms`);
	terminal.print(`written: ${out}`);
	for (const notice of [...notices, ...(provenance.notices ?? [])]) terminal.notice(notice);
}

export const run: Command = {
	name: "run",
	summary: "Run a method and write its maps, with everything needed to make them again.",
	words: ["METHOD", "MODEL"],
	options: {
		input: { ...INPUT, help: `${INPUT.help} Filters need none.` },
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
		out: {
			value: "FILE",
			required: true,
			help: "Where the result goes: .npy (one map), .npz (maps by name, and provenance), .json (the same), .png (a figure with a colour bar).",
		},
	},
	notes: [
		"Maps are float32 in the model file's own layout, batch axis included. lamina methods lists the methods and their parameters.",
	],
	examples: [
		"lamina run saliency model.keras --input cat.jpg --preprocess unit --out map.png",
		"lamina run integrated-gradients model.h5 --input x.npy --unit 'dense[3]' --param n_steps=100 --out ig.npz",
		"lamina run activations model.json --input cat.jpg --at conv2d_3 --out maps.png",
	],
	async run(args, terminal, signal) {
		const out = args.text("out")!;
		const kind = resultKind(out);
		const id = args.words[0]!;
		const method = findMethod(id);
		const parameters = parametersOf(args);
		const seed = wholeNumber(args, "seed", 0, 0);
		const [unit, at] = [args.text("unit"), args.text("at")];
		const request = {
			parameters,
			seed,
			signal,
			...(unit !== undefined && { unit: parseUnitAddress(unit) }),
			...(at !== undefined && { at: at === "input" ? ("input" as const) : parsePlace(at) }),
		};
		if (method.needs.input && args.list("input").length === 0)
			throw new UsageError(`--input FILE is missing: ${id} explains what the model makes of an input.`);
		await checkTarget(out);
		const model = await open(args.words[1]!);
		const labels = await labelsOf(model, args);
		const inputs = args.list("input").length > 0 ? await inputsOf(model, args) : undefined;
		const session = await bind(model, labels, args, terminal);
		terminal.progress(0, id);
		let result: ExplanationResult | undefined;
		const steps = runMethod(session, id, {
			...request,
			inputs: inputs?.tensors ?? {},
			...(inputs && { inputName: inputs.names.join(", ") }),
			...(inputs?.preprocess && { preprocess: inputs.preprocess }),
		});
		for await (const step of steps) {
			if (signal.aborted) throw new CancelledError();
			result = step;
			terminal.progress(step.progress, id);
		}
		if (!result) throw new Error(`${id} gave no result`);
		await writeWhole(out, await encodeResult(result, kind, inputs, result.provenance.parameters.scale));
		tell(result, out, inputs?.notices ?? [], terminal);
	},
};
