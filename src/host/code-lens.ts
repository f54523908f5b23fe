import path from "node:path";
import * as vscode from "vscode";
import type { Services } from "./services";
import { toRange } from "./source-range";

/** *Inspect model* above model definitions and where a model file is saved or loaded. */
export function registerCodeLens(services: Services): vscode.Disposable {
	const changed = new vscode.EventEmitter<void>();
	let watching: vscode.Disposable | undefined;
	const provider: vscode.CodeLensProvider = {
		onDidChangeCodeLenses: changed.event,
		async provideCodeLenses(document) {
			if (!vscode.workspace.getConfiguration("lamina").get("codeLens.enabled", true)) return [];
			watching ??= services.onModelChanged(() => changed.fire());
			const { models, files } = await services.links.code(document);
			const lenses: vscode.CodeLens[] = [];
			for (const site of files) {
				const model = await services.links.resolve(document, site);
				if (model) lenses.push(new vscode.CodeLens(toRange(site.range), inspect(model)));
			}
			const [model] = await services.links.models(document);
			for (const site of models) {
				const command = model
					? inspect(model)
					: { title: "$(link) Link a model file", command: "lamina.linkModel", arguments: [document.uri] };
				lenses.push(new vscode.CodeLens(toRange(site.range), command));
			}
			return lenses;
		},
	};
	return vscode.Disposable.from(
		changed,
		vscode.languages.registerCodeLensProvider({ language: "python" }, provider),
		services.links.onChanged(() => changed.fire()),
		{ dispose: () => watching?.dispose() },
		vscode.workspace.onDidChangeConfiguration((event) => {
			if (event.affectsConfiguration("lamina.codeLens")) changed.fire();
		}),
	);
}

function inspect(model: string): vscode.Command {
	return {
		title: "$(eye) Inspect model",
		tooltip: `Look inside ${path.basename(model)}`,
		command: "lamina.inspectModel",
		arguments: [vscode.Uri.file(model)],
	};
}
