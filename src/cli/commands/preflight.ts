import { findMethod } from "../../core/methods/run-method";
import { preflight as foretell } from "../../core/preflight/preflight";
import type { Preflight } from "../../shared/preflight";
import { columns } from "../arguments";
import { ask, QUESTION, questionOf } from "../question";
import { short, type Terminal } from "../terminal";
import type { Command } from "./command";

const BASIS: Readonly<Record<Preflight["basis"], string>> = {
	measured: "these programs were timed here",
	corrected: "by the speed of other programs here",
	modelled: "nothing has been timed here yet",
};

function tell(result: Preflight, terminal: Terminal): void {
	if (terminal.json) {
		terminal.printJson(result);
		return;
	}
	terminal.print(`${result.method}${result.unit === undefined ? "" : ` of ${result.unit}`}, ${result.engine}`);
	if (result.refusal) terminal.print(`  would fail: ${result.refusal.message}`);
	else {
		terminal.print(
			`  about ${duration(result.milliseconds)} (${BASIS[result.basis]}), ${duration(result.preparationMilliseconds)} of it to get ready`,
		);
		terminal.print(`  about ${short(result.memoryBytes / 2 ** 20)} MiB at a time`);
		terminal.print(`  ${result.forward} examples forwards, ${result.backward} forwards and backwards`);
	}
	if (result.rules.length === 0) return;
	terminal.print("rules, the unit's op first:");
	for (const line of columns(
		result.rules.map(
			({ layer, op, rule, refusal }) => [`${layer} (${op})`, refusal ? `none: ${refusal}` : rule] as const,
		),
	))
		terminal.print(line);
}

const duration = (milliseconds: number): string =>
	milliseconds < 1000 ? `${short(Math.round(milliseconds))} ms` : `${short(milliseconds / 1000)} s`;

export const preflight: Command = {
	name: "preflight",
	summary: "Tell what a method will do before it runs: rules, time, memory.",
	words: ["METHOD", "MODEL"],
	options: {
		...QUESTION,
	},
	notes: ["Programs are timed on an example or two where that costs little beside the run itself."],
	examples: ["lamina preflight integrated-gradients model.keras --input cat.jpg --param n_steps=200"],
	async run(args, terminal, signal) {
		const method = findMethod(args.words[0]!);
		const question = await questionOf(args, method);
		const { session, request } = await ask(args, args.words[1]!, question, terminal, signal);
		const result = await foretell(session, method.id, request, "new process");
		tell(result, terminal);
	},
};
