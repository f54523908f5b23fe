import path from "node:path";
import { describeNotFinite, firstNotFinite } from "../../core/session/not-finite";
import type { Tensor } from "../../shared/tensor";
import { VERSION } from "../../shared/version";
import { UsageError, wholeNumber } from "../arguments";
import { encodeArrays } from "../result-file";
import { bind, inputsOf, labelsOf, open } from "../session";
import { short, table } from "../terminal";
import { checkTarget, writeWhole } from "../write-file";
import type { Command } from "./command";
import { ENGINE, INPUT, LABELS, PREPROCESS } from "./options";

interface Score {
	readonly index: number;
	readonly label?: string;
	readonly value: number;
}

/** The largest values of one example, with their labels where there is one for each. NaN comes last. */
function topOf(values: Tensor["data"], count: number, labels: readonly string[] | undefined): Score[] {
	const rank = (value: number) => (Number.isNaN(value) ? Number.NEGATIVE_INFINITY : value);
	const order = Array.from(values.keys()).sort((a, b) => rank(values[b]!) - rank(values[a]!) || a - b);
	return order.slice(0, count).map((index) => {
		const label = labels?.length === values.length ? labels[index] : undefined;
		return { index, ...(label !== undefined && { label }), value: values[index]! };
	});
}

export const predict: Command = {
	name: "predict",
	summary: "Run a model on pictures or arrays: every output by name.",
	words: ["MODEL"],
	options: {
		input: { ...INPUT, required: true },
		preprocess: PREPROCESS,
		labels: LABELS,
		top: { value: "N", help: "How many of the largest values of each output are shown. Without it: 5." },
		engine: ENGINE,
		out: { value: "FILE.npz", help: "Write every output by name, whole, with its provenance." },
	},
	examples: [
		"lamina predict model.keras --input cat.jpg dog.jpg --preprocess unit",
		"lamina predict model.h5 --input x.npy --out outputs.npz --json",
	],
	async run(args, terminal, signal) {
		const out = args.text("out");
		if (out !== undefined && path.extname(out).toLowerCase() !== ".npz")
			throw new UsageError(`--out is "${out}"; a name that ends in .npz is expected.`);
		const top = wholeNumber(args, "top", 5, 1);
		if (out !== undefined) await checkTarget(out);
		const model = await open(args.words[0]!);
		const labels = await labelsOf(model, args);
		const inputs = await inputsOf(model, args);
		const session = await bind(model, labels, args, terminal);
		terminal.progress(0, "predicting");
		const started = performance.now();
		const tensors = await session.forward(inputs.tensors, [], signal);
		const milliseconds = performance.now() - started;
		const outputs = model.summary.outputs.map((port, i) => ({ port, tensor: tensors[i]! }));
		const provenance = {
			model: model.summary.path,
			inputs: inputs.names,
			...(inputs.preprocess && { preprocess: inputs.preprocess }),
			engine: session.engine.title,
			milliseconds,
			version: VERSION,
		};
		const notices = [...inputs.notices];
		const misfit = labels && !outputs.some(({ tensor }) => tensor.data.length / tensor.shape[0]! === labels.length);
		if (misfit) notices.push(`there are ${labels.length} labels, but no output has as many values`);
		for (const [at, { layer }] of session.graph.outputs.entries()) {
			if (outputs[at]?.tensor.data.every(Number.isFinite)) continue;
			const found = await firstNotFinite(session, inputs.tensors, { unit: { place: { layer } } }, signal);
			if (found) notices.push(describeNotFinite(found));
		}
		if (out !== undefined)
			await writeWhole(
				out,
				encodeArrays(Object.fromEntries(outputs.map(({ port, tensor }) => [port.name, tensor])), provenance),
			);
		const examples = (tensor: Tensor) => {
			const size = tensor.data.length / tensor.shape[0]!;
			return Array.from({ length: tensor.shape[0]! }, (_, i) =>
				topOf(tensor.data.subarray(i * size, (i + 1) * size), top, labels),
			);
		};
		if (terminal.json) {
			const result = outputs.map(({ port, tensor }) => ({
				name: port.name,
				layer: port.layer,
				shape: tensor.shape,
				dtype: tensor.dtype,
				top: examples(tensor),
			}));
			terminal.printJson({ ...provenance, outputs: result, notices, ...(out !== undefined && { out }) });
			return;
		}
		for (const { port, tensor } of outputs) {
			for (const [i, scores] of examples(tensor).entries()) {
				terminal.print(`${inputs.names[i] ?? `example ${i}`}: ${port.name} [${tensor.shape.slice(1).join(", ")}]`);
				for (const line of table(
					["index", "value", "label"],
					scores.map(({ index, value, label }) => [index, short(value), label ?? ""]),
				).slice(1))
					terminal.print(`  ${line}`);
			}
		}
		if (out !== undefined) terminal.print(`written: ${out}`);
		for (const notice of notices) terminal.notice(notice);
	},
};
