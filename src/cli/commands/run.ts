import { findMethod, runMethod } from "../../core/methods/run-method";
import { extremes } from "../../shared/colormap";
import { CancelledError } from "../../shared/errors";
import type { ExplanationResult } from "../../shared/result";
import { changesTable } from "../changes-table";
import { ledgerTable } from "../ledger-table";
import { ask, QUESTION, questionOf } from "../question";
import { encodeResult, mapName, resultKind } from "../result-file";
import { short, type Terminal } from "../terminal";
import { checkTarget, writeWhole } from "../write-file";
import type { Command } from "./command";

function tell(result: ExplanationResult, out: string, notices: readonly string[], terminal: Terminal): void {
	const { provenance } = result;
	const { completeness, unit, unitValue } = provenance;
	const maps = result.maps.map((map) => {
		const { tensor, channelAxis } = map;
		const { low, high } = extremes(tensor.data);
		let sum = 0;
		for (const value of tensor.data) sum += value;
		return { at: mapName(map), shape: tensor.shape, channelAxis, min: low, max: high, sum };
	});
	if (terminal.json) {
		const { quantity, ledger } = result;
		terminal.printJson({ out, quantity, maps, provenance, ...(ledger && { ledger }), notices });
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
	if (provenance.changes) for (const line of changesTable(provenance.changes)) terminal.print(`  ${line}`);
	if (result.ledger) for (const line of ledgerTable(result.ledger)) terminal.print(`  ${line}`);
	terminal.print(`  ${provenance.engine}, ${Math.round(provenance.milliseconds)} ms`);
	terminal.print(`written: ${out}`);
	for (const notice of [...notices, ...(provenance.notices ?? [])]) terminal.notice(notice);
}

export const run: Command = {
	name: "run",
	summary: "Run a method and write its maps, with everything needed to make them again.",
	words: ["METHOD", "MODEL"],
	options: {
		...QUESTION,
		ledger: {
			help: "Also tell, op by op, what relevance came in, what was handed on, and what biases and stabilisers took.",
		},
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
		"lamina run lrp model.h5 --input x.npy --param composite=@composite.json --out lrp.npz",
		"lamina run integrated-gradients model.h5 --input x.npy --unit 'dense[3]' --param n_steps=100 --out ig.npz",
		"lamina run activations model.json --input cat.jpg --at conv2d_3 --out maps.png",
	],
	async run(args, terminal, signal) {
		const out = args.text("out")!;
		const kind = resultKind(out);
		const id = args.words[0]!;
		const method = findMethod(id);
		const question = await questionOf(args, method);
		await checkTarget(out);
		const { session, inputs, request } = await ask(args, args.words[1]!, question, terminal, signal);
		terminal.progress(0, id);
		let result: ExplanationResult | undefined;
		const steps = runMethod(session, id, { ...request, ledger: args.flag("ledger"), endOnly: true });
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
