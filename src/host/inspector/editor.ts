import path from "node:path";
import * as vscode from "vscode";
import type { InspectorHostApi, InspectorState, InspectorViewApi, SourceLink } from "../../shared/protocol";
import { type Channel, connect, errorOf } from "../../shared/rpc";
import type { Services } from "../services";
import { inspectorHost } from "./host-api";
import { inspectorPage } from "./page";

/** One open Inspector: a webview over one model file. */
export class InspectorEditor {
	private readonly view: InspectorViewApi & { $close(error?: Error): void };
	private disposed = false;

	constructor(
		private readonly services: Services,
		readonly uri: vscode.Uri,
		private readonly panel: vscode.WebviewPanel,
		state: InspectorState | undefined,
	) {
		const { webview } = panel;
		const extensionUri = services.context.extensionUri;
		webview.options = { enableScripts: true, localResourceRoots: [vscode.Uri.joinPath(extensionUri, "dist")] };
		const local = inspectorHost(services, uri, () => this.lines(), state);
		this.view = connect<InspectorViewApi, InspectorHostApi>(webviewChannel(webview), local, [
			"progress",
			"partial",
			"preview",
			"show",
			"modelChanged",
			"linesChanged",
			"computeLost",
			"computeBack",
			"trusted",
		]);
		webview.html = inspectorPage(webview, extensionUri, path.basename(uri.fsPath));
		const stops = [
			services.compute.listen(this.view),
			services.compute.onLost((error) => this.view.computeLost(error)),
			services.compute.onRestarted(() => this.sendBack()),
		];
		const subscriptions = vscode.Disposable.from(
			services.onModelChanged((file) => file === uri.fsPath && this.reload()),
			services.links.onChanged(() => this.sendLines()),
			vscode.workspace.onDidSaveTextDocument((document) => document.languageId === "python" && this.sendLines()),
			vscode.workspace.onDidGrantWorkspaceTrust(() => this.view.trusted()),
		);
		panel.onDidDispose(() => {
			this.disposed = true;
			for (const stop of stops) stop();
			subscriptions.dispose();
			this.view.$close();
		});
	}

	get active(): boolean {
		return this.panel.active;
	}

	get visible(): boolean {
		return this.panel.visible;
	}

	reveal(state?: InspectorState): void {
		this.panel.reveal();
		if (state) this.view.show(state);
	}

	private async reload(): Promise<void> {
		try {
			const opened = await this.services.open(this.uri.fsPath);
			if (!this.disposed) this.view.modelChanged(opened);
		} catch (thrown) {
			// A file that is being written is often unreadable for a moment; the next change event brings it.
			this.services.output.info(`${this.uri.fsPath} changed, but cannot be read yet: ${errorOf(thrown).message}`);
		}
	}

	private async sendBack(): Promise<void> {
		try {
			const status = await this.services.compute.api.status();
			if (!this.disposed) this.view.computeBack(status);
		} catch (thrown) {
			this.services.output.error(errorOf(thrown).message);
		}
	}

	private async lines(): Promise<Record<string, SourceLink>> {
		const { summary, source } = await this.services.open(this.uri.fsPath);
		return this.services.links.lines(this.uri.fsPath, summary.layers, source);
	}

	private async sendLines(): Promise<void> {
		try {
			const lines = await this.lines();
			if (!this.disposed) this.view.linesChanged(lines);
		} catch {
			// The page tells already why the model cannot be opened.
		}
	}
}

function webviewChannel(webview: vscode.Webview): Channel {
	return {
		post: (message) => void webview.postMessage(message),
		listen: (receive) => {
			const subscription = webview.onDidReceiveMessage(receive);
			return () => subscription.dispose();
		},
	};
}
