import * as vscode from "vscode";
import type { InspectorState } from "../../shared/protocol";
import type { Services } from "../services";
import { InspectorEditor } from "./editor";

const INSPECTOR = "lamina.inspector";

/** One editor under two names: the default for `.keras`, an option for names that others claim too. */
export const EDITORS = [INSPECTOR, "lamina.inspector.other"] as const;

class ModelDocument implements vscode.CustomDocument {
	constructor(readonly uri: vscode.Uri) {}
	dispose(): void {}
}

/** The read-only custom editor of model files. The file is read by the compute process, so opening it here costs nothing. */
export class InspectorProvider implements vscode.CustomReadonlyEditorProvider<ModelDocument> {
	private readonly editors = new Set<InspectorEditor>();
	private readonly waiting = new Map<string, InspectorState>();

	constructor(private readonly services: Services) {}

	openCustomDocument(uri: vscode.Uri): ModelDocument {
		return new ModelDocument(uri);
	}

	resolveCustomEditor(document: ModelDocument, panel: vscode.WebviewPanel): void {
		const state = this.waiting.get(document.uri.toString());
		this.waiting.delete(document.uri.toString());
		const editor = new InspectorEditor(this.services, document.uri, panel, state);
		this.editors.add(editor);
		panel.onDidDispose(() => this.editors.delete(editor));
	}

	/** Opens a model, or brings its Inspector to the front, and shows a layer or a tab there. */
	async show(uri: vscode.Uri, state?: InspectorState): Promise<void> {
		const open = [...this.editors].find((editor) => editor.uri.toString() === uri.toString());
		if (open) open.reveal(state);
		else {
			if (state) this.waiting.set(uri.toString(), state);
			await vscode.commands.executeCommand("vscode.openWith", uri, INSPECTOR);
		}
	}

	/** Whether an Inspector is in sight, so that it can tell what happens. */
	get anyVisible(): boolean {
		return [...this.editors].some((editor) => editor.visible);
	}

	/** The Inspector that has the focus. */
	get active(): InspectorEditor | undefined {
		return [...this.editors].find((editor) => editor.active);
	}
}
