import { weightStatistics } from "../../core/graph/statistics";
import { LaminaError } from "../../shared/errors";
import type { LayerStatistics, LayerSummary, SymbolicShape } from "../../shared/model";
import { open } from "../session";
import { short, type Terminal, table } from "../terminal";
import type { Command } from "./command";

/** What cannot be computed has no shape; everything else has a batch axis. */
const shapeText = (shape: SymbolicShape) =>
	shape.length === 0 ? "?" : `[${shape.map((extent) => extent ?? "N").join(", ")}]`;

/** Statistics of the layers; a weight that cannot be read costs its layer, not the rest. */
async function statisticsOf(model: Awaited<ReturnType<typeof open>>, terminal: Terminal, signal: AbortSignal) {
	const statistics: Record<string, LayerStatistics | { error: ReturnType<typeof LaminaError.from> }> = {};
	const { layers } = model.summary;
	for (const [i, layer] of layers.entries()) {
		signal.throwIfAborted();
		terminal.progress(i / layers.length, layer.name);
		try {
			statistics[layer.name] = await weightStatistics(model.core, layer.name);
		} catch (error) {
			statistics[layer.name] = { error: LaminaError.from(error) };
		}
	}
	return statistics;
}

function row(
	layer: LayerSummary,
	statistics: Awaited<ReturnType<typeof statisticsOf>>[string] | undefined,
): (string | number)[] {
	const name = `${"  ".repeat(layer.depth)}${layer.name}`;
	const shape = layer.shapes.map(shapeText).join(" ") || "?";
	const weights = statistics && "weights" in statistics ? statistics.weights : [];
	const values = weights
		.map(({ name: weight, statistics: s }) => `${weight.split("/").at(-1)} ${short(s.mean)} ± ${short(s.std)}`)
		.join(", ");
	const trouble = layer.unsupported
		? `not supported: ${layer.unsupported.message}`
		: layer.blockedBy
			? `needs ${layer.blockedBy}`
			: "";
	const health =
		statistics && "health" in statistics && statistics.health.state !== "healthy" ? statistics.health.reason : "";
	const damage = statistics && "error" in statistics ? statistics.error.message : "";
	return [name, layer.type, shape, layer.parameters, [values, trouble, health, damage].filter(Boolean).join("; ")];
}

export const inspect: Command = {
	name: "inspect",
	summary: "Show what a model file holds: format, inputs, outputs, layers, weights.",
	words: ["MODEL"],
	options: {},
	examples: ["lamina inspect model.keras", "lamina inspect model.json --json | jq '.layers[].name'"],
	async run(args, terminal, signal) {
		const model = await open(args.words[0]!);
		const { summary, sidecar } = model;
		const statistics = await statisticsOf(model, terminal, signal);
		const notices = [...summary.notices, ...sidecar.notices];
		if (terminal.json) {
			const layers = summary.layers.map((layer) => ({ ...layer, statistics: statistics[layer.name] }));
			const beside = {
				labels: sidecar.labels ?? null,
				preprocess: sidecar.preprocess ?? null,
				source: sidecar.source ?? null,
			};
			terminal.printJson({ ...summary, layers, notices, ...beside });
			return;
		}
		const { format } = summary;
		terminal.print(
			`${summary.name}: ${format.title}${format.producer ? `, made by ${format.producer}` : ""}, ${summary.bytes.toLocaleString("en")} bytes`,
		);
		terminal.print(`${summary.parameters.toLocaleString("en")} parameters in ${summary.layers.length} layers`);
		for (const [what, ports] of [
			["input", summary.inputs],
			["output", summary.outputs],
		] as const) {
			for (const port of ports) terminal.print(`${what} ${port.name}: ${shapeText(port.shape)} ${port.dtype}`);
		}
		if (sidecar.labels)
			terminal.print(
				`${sidecar.labels.length} labels: ${sidecar.labels.slice(0, 5).join(", ")}${sidecar.labels.length > 5 ? ", ..." : ""}`,
			);
		terminal.print("");
		const rows = summary.layers.map((layer) => row(layer, statistics[layer.name]));
		for (const line of table(["layer", "type", "output", "parameters", "weights"], rows)) terminal.print(line);
		for (const notice of notices) terminal.notice(notice);
	},
};
