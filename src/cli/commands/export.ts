import { exportSavedModel } from "../../core/export/saved-model";
import { findMethod } from "../../core/methods/run-method";
import { UsageError } from "../arguments";
import { ask, QUESTION, questionOf } from "../question";
import type { Command } from "./command";
import { INPUT } from "./options";

export const exportMethod: Command = {
	name: "export",
	summary: "Write a method as a SavedModel of its own: input to map, weights inside.",
	words: ["METHOD", "MODEL"],
	options: {
		...QUESTION,
		input: {
			...INPUT,
			help: "An input of the shape that the exported model takes; its first axis is free. It also tells the top class where no --unit is named.",
		},
		out: { value: "DIR", required: true, help: "A new folder for the SavedModel." },
	},
	notes: [
		"TensorFlow loads and runs it without Lamina: tf.saved_model.load(DIR).signatures['serving_default'](input=x).",
		"The folder's lamina.json tells the method, the unit and the names of inputs and outputs.",
	],
	examples: ["lamina export lrp model.keras --input cat.npy --unit 'predictions[tabby]' --out tabby-lrp"],
	async run(args, terminal, signal) {
		const method = findMethod(args.words[0]!);
		const folder = args.text("out")!;
		if (args.list("input").length === 0)
			throw new UsageError("--input FILE is missing: it tells the shape of the input.");
		const question = await questionOf(args, method);
		const { session, request } = await ask(args, args.words[1]!, question, terminal, signal);
		const made = await exportSavedModel(session, method.id, request, folder);
		if (terminal.json) {
			terminal.printJson(made);
			return;
		}
		const describe = (shapes: typeof made.inputs) =>
			Object.entries(shapes).map(([name, shape]) => `${name} [${shape.map((extent) => extent ?? "N").join(", ")}]`);
		terminal.print(`${method.id}: ${describe(made.inputs).join(", ")} -> ${describe(made.outputs).join(", ")}`);
		terminal.print(`written: ${made.file}, ${made.bytes.toLocaleString("en")} bytes`);
	},
};
