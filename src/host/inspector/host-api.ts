import path from "node:path";
import * as vscode from "vscode";
import { LaminaError } from "../../shared/errors";
import type { InspectorHostApi, InspectorState, SourceLink } from "../../shared/protocol";
import type { Services } from "../services";

/** What an Inspector's webview may ask: computations about its model, passed on, and what only an editor can do. */
export function inspectorHost(
	services: Services,
	uri: vscode.Uri,
	lines: () => Promise<Record<string, SourceLink>>,
	state: InspectorState | undefined,
): InspectorHostApi {
	const model = uri.fsPath;
	const compute = () => services.compute.api;
	/** In Restricted Mode files are parsed and nothing more. */
	const trusted = () => {
		if (vscode.workspace.isTrusted) return services.compute.api;
		throw new LaminaError({
			code: "failed",
			message: "Computing waits until you trust this workspace.",
			hint: "Manage Workspace Trust in the gear menu.",
		});
	};
	return {
		async ready() {
			const [opened, inputs, methods, status] = await Promise.all([
				services.open(model),
				services.input.candidates(model),
				compute().methods(),
				compute().status(),
			]);
			const current = await services.input.get(model, opened.summary.inputs);
			const initial: InspectorState = { ...(current?.kind === "file" && { input: current.path }), ...state };
			return {
				opened,
				inputs,
				methods,
				status,
				lines: await lines(),
				restricted: !vscode.workspace.isTrusted,
				state: initial,
				...(current && { current }),
			};
		},
		status: () => compute().status(),
		loadInput: (source, preprocess) => trusted().loadInput(model, source, preprocess),
		async chooseInput() {
			const [file] =
				(await vscode.window.showOpenDialog({
					title: "Choose an input",
					filters: {
						"Images and arrays": ["png", "jpg", "jpeg", "jfif", "gif", "bmp", "webp", "npy", "npz"],
						"All files": ["*"],
					},
				})) ?? [];
			if (!file) return undefined;
			const source = { kind: "file", path: file.fsPath } as const;
			const loaded = await trusted().loadInput(model, source);
			await services.input.set(model, source);
			return { loaded, path: file.fsPath };
		},
		async chooseLabels() {
			const [file] =
				(await vscode.window.showOpenDialog({
					title: "Choose the class labels",
					filters: { Labels: ["txt", "json", "csv"], "All files": ["*"] },
				})) ?? [];
			if (!file) return undefined;
			return { labels: await compute().loadLabels(model, file.fsPath), from: file.fsPath };
		},
		predict: (input, top) => trusted().predict(model, input, top),
		statistics: (layer, input) => compute().statistics(model, layer, input),
		filters: (layer, offset, limit) => compute().filters(model, layer, offset, limit),
		activations: (input, layer, offset, limit) => trusted().activations(model, input, layer, offset, limit),
		previews: (input, layers, job) => trusted().previews(model, input, layers, job),
		explain: (input, request, job) => trusted().explain(model, input, request, job),
		preflight: (input, request, job) => trusted().preflight(model, input, request, job),
		refusals: (input, requests, job) => trusted().refusals(model, input, requests, job),
		metrics: () => compute().metrics(),
		measure: (input, request, order, job) => trusted().measure(model, input, request, order, job),
		async saveSheet(name, input, order, job) {
			const { png, json } = await trusted().sheet(model, input, order, job);
			const saved = await saveAs(model, name, png);
			if (saved === undefined) return undefined;
			const numbers = vscode.Uri.file(saved.replace(/\.png$/i, "").concat(".json"));
			await vscode.workspace.fs.writeFile(numbers, new TextEncoder().encode(json));
			return saved;
		},
		async chooseFile(title) {
			const [file] =
				(await vscode.window.showOpenDialog({ title, canSelectFiles: true, canSelectFolders: true })) ?? [];
			return file?.fsPath;
		},
		cancel: (job) => compute().cancel(job),
		async goToSource(layer) {
			const link = (await lines())[layer];
			if (!link) throw new LaminaError({ code: "invalid", message: `No line of training code is known for ${layer}.` });
			const line = new vscode.Range(link.line, 0, link.line, 0);
			await vscode.window.showTextDocument(vscode.Uri.file(link.file), {
				selection: line,
				viewColumn: vscode.ViewColumn.Beside,
			});
		},
		save: (name, bytes) => saveAs(model, name, bytes),
		saveNpy: async (name, data, shape) => saveAs(model, name, await compute().encodeNpy(data, shape)),
		copyText: async (text) => vscode.env.clipboard.writeText(text),
		async restart() {
			services.compute.restart();
		},
		installNative: async () => {
			await vscode.commands.executeCommand("lamina.installNativeEngine");
		},
		openSettings: async (query) => {
			await vscode.commands.executeCommand("workbench.action.openSettings", query);
		},
		inputChanged: (source) => services.input.set(model, source),
	};
}

async function saveAs(model: string, name: string, bytes: Uint8Array): Promise<string | undefined> {
	const target = await vscode.window.showSaveDialog({
		defaultUri: vscode.Uri.file(path.join(path.dirname(model), name)),
	});
	if (!target) return undefined;
	await vscode.workspace.fs.writeFile(target, bytes);
	return target.fsPath;
}
