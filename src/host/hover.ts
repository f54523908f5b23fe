import * as vscode from "vscode";
import type { LayerStatistics, LayerSummary, ModelSummary, SymbolicShape } from "../shared/model";
import { errorOf } from "../shared/rpc";
import type { Services } from "./services";
import { matchLayers } from "./source/match";
import { toRange } from "./source-range";

/** VS Code cuts hover text at 100,000 characters; a base64 picture grows by a third. */
const LARGEST_PICTURE = 70_000;

/** Hover on a layer call in training code: what the layer is, how it is, and what it makes of the current input. */
export function registerHover(services: Services): vscode.Disposable {
	return vscode.languages.registerHoverProvider(
		{ language: "python" },
		{
			async provideHover(document, position, token) {
				if (!vscode.workspace.getConfiguration("lamina").get("hover.enabled", true)) return undefined;
				const { layers: sites } = await services.links.code(document);
				const index = sites.findIndex((site) => toRange(site.range).contains(position));
				const site = sites[index];
				if (!site || token.isCancellationRequested) return undefined;
				for (const model of await services.links.models(document)) {
					if (token.isCancellationRequested) return undefined;
					try {
						const { summary } = await services.open(model);
						const names = matchLayers(sites, summary.layers)[index] ?? [];
						if (names.length === 0) continue;
						const text = await describe(services, model, names, summary);
						return new vscode.Hover(text, toRange(site.range));
					} catch (thrown) {
						services.output.warn(`hover on ${site.className}: ${errorOf(thrown).message}`);
					}
				}
				return undefined;
			},
		},
	);
}

async function describe(
	services: Services,
	model: string,
	names: readonly string[],
	summary: ModelSummary,
): Promise<vscode.MarkdownString> {
	const text = new vscode.MarkdownString("", true);
	text.supportHtml = true;
	text.isTrusted = { enabledCommands: ["lamina.inspectModel"] };
	const [name = ""] = names;
	const layer = summary.layers.find((candidate) => candidate.name === name) as LayerSummary;
	const source = vscode.workspace.isTrusted ? await services.input.get(model, summary.inputs) : undefined;
	const shown = layer.unsupported || layer.blockedBy ? undefined : source;
	const input = shown && (await services.compute.api.loadInput(model, shown).catch((thrown) => errorOf(thrown)));
	const loaded = input && "id" in input ? input : undefined;

	const dark = vscode.window.activeColorTheme.kind !== vscode.ColorThemeKind.Light;
	const [statistics, picture] = await Promise.all([
		services.compute.api.statistics(model, name, loaded?.id),
		loaded && services.compute.api.hover(model, name, loaded.id, dark),
	]);
	text.appendMarkdown(`**${asText(layer.name)}** &nbsp; ${facts(layer)}${health(statistics)}\n\n`);
	if (layer.unsupported) text.appendMarkdown(`$(warning) ${asText(layer.unsupported.message)}\n\n`);
	else if (layer.blockedBy)
		text.appendMarkdown(`$(warning) Not computed: it depends on ${asText(layer.blockedBy)}.\n\n`);
	else if (input && "message" in input) text.appendMarkdown(`$(warning) ${asText(input.message)}\n\n`);
	if (picture && picture.png.byteLength <= LARGEST_PICTURE) {
		const data = Buffer.from(picture.png).toString("base64");
		const alt = asText(picture.caption).replaceAll('"', "&quot;");
		text.appendMarkdown(
			`<img alt="${alt}" width="${picture.width}" height="${picture.height}" src="data:image/png;base64,${data}">\n\n`,
		);
		text.appendMarkdown(`${asText(picture.caption)}\n\n`);
	}
	if (names.length > 1)
		text.appendMarkdown(
			`Also made here: ${names.slice(1, 6).map(asText).join(", ")}${names.length > 6 ? " …" : ""}\n\n`,
		);
	const uri = vscode.Uri.file(model);
	const link = (title: string, tab?: string) =>
		`[${title}](command:lamina.inspectModel?${encodeURIComponent(JSON.stringify([uri.toJSON(), { layer: name, ...(tab && { tab }) }]))})`;
	text.appendMarkdown(`${link("$(eye) Inspect")} &nbsp; ${link("$(lightbulb) Explain", "explain")}`);
	return text;
}

function facts(layer: LayerSummary): string {
	const shape = layer.shapes[0];
	const parameters = layer.parameters === 1 ? "1 parameter" : `${layer.parameters.toLocaleString("en-US")} parameters`;
	return [asText(layer.type), ...(shape ? [formatShape(shape)] : []), parameters].join(" &nbsp; ");
}

function health(statistics: LayerStatistics): string {
	const { state, reason } = statistics.health;
	return state === "healthy" ? "" : ` &nbsp; $(warning) ${asText(reason ?? state)}`;
}

function formatShape(shape: SymbolicShape): string {
	return shape
		.slice(1)
		.map((extent) => extent ?? "?")
		.join("×");
}

/** Markdown and HTML in names of layers and files are shown, not followed. */
function asText(text: string): string {
	return text.replace(/[\\`*_{}[\]()#+\-!|<>&$~]/g, (character) =>
		character === "<" ? "&lt;" : character === ">" ? "&gt;" : character === "&" ? "&amp;" : `\\${character}`,
	);
}
