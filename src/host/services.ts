import path from "node:path";
import * as vscode from "vscode";
import type { OpenedModel } from "../shared/protocol";
import { ComputeProcess } from "./compute-process";
import { CurrentInput } from "./current-input";
import { ModelLinks } from "./model-links";

/** What the features share. Made once; nothing here starts a process or loads an engine until a feature asks for it. */
export class Services implements vscode.Disposable {
	readonly compute: ComputeProcess;
	readonly input: CurrentInput;
	readonly links: ModelLinks;
	private readonly modelChanged = new vscode.EventEmitter<string>();
	private readonly disposables: vscode.Disposable[] = [];
	private watcher: vscode.FileSystemWatcher | undefined;
	private channel: vscode.LogOutputChannel | undefined;

	constructor(readonly context: vscode.ExtensionContext) {
		this.compute = new ComputeProcess({
			script: context.asAbsolutePath("dist/compute.js"),
			environment: () => computeEnvironment(context),
			log: (line) => this.output.info(line),
		});
		this.input = new CurrentInput(context.workspaceState);
		this.links = new ModelLinks(context);
		this.disposables.push(
			this.modelChanged,
			this.input,
			vscode.workspace.onDidChangeConfiguration((event) => {
				if (event.affectsConfiguration("lamina.engine") || event.affectsConfiguration("lamina.cacheLimit")) {
					this.compute.restart();
				}
			}),
		);
	}

	/** Fires with the path of a model file that changed on disk; files are watched from when somebody listens. */
	get onModelChanged(): vscode.Event<string> {
		if (!this.watcher) {
			this.watcher = vscode.workspace.createFileSystemWatcher("**/{*.keras,*.h5,*.hdf5,*.onnx,model.json}");
			this.watcher.onDidChange((uri) => this.modelChanged.fire(uri.fsPath));
			this.watcher.onDidCreate((uri) => this.modelChanged.fire(uri.fsPath));
		}
		return this.modelChanged.event;
	}

	/** Made when there is something to log: it opens a file. */
	get output(): vscode.LogOutputChannel {
		this.channel ??= vscode.window.createOutputChannel("Lamina", { log: true });
		return this.channel;
	}

	open(file: string): Promise<OpenedModel> {
		return this.compute.api.open(file);
	}

	dispose(): void {
		this.compute.dispose();
		this.watcher?.dispose();
		this.channel?.dispose();
		for (const disposable of this.disposables) disposable.dispose();
	}
}

/** Settings and folders as the compute process takes them. */
function computeEnvironment(context: vscode.ExtensionContext): Record<string, string> {
	const settings = vscode.workspace.getConfiguration("lamina");
	const environment: Record<string, string> = {
		LAMINA_ENGINE: settings.get("engine", "auto"),
		LAMINA_NATIVE: nativeEngineFolder(context),
		LAMINA_CACHE_LIMIT_MB: String(settings.get("cacheLimit", 4096)),
	};
	if (!process.env.LAMINA_CACHE) environment.LAMINA_CACHE = path.join(context.globalStorageUri.fsPath, "cache");
	return environment;
}

/** Where *Lamina: Install Native Engine* puts it. */
export function nativeEngineFolder(context: vscode.ExtensionContext): string {
	return path.join(context.globalStorageUri.fsPath, "native");
}
