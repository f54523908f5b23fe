import * as vscode from "vscode";
import type { InspectorState } from "../shared/protocol";
import { findFiles, isModelFile, workspaceRoots } from "./find-files";
import type { InspectorProvider } from "./inspector/provider";
import type { Services } from "./services";

const MODEL_FILES = {
	"Keras, ONNX and TensorFlow.js models": ["keras", "h5", "hdf5", "onnx", "json"],
	"All files": ["*"],
};

export function registerCommands(services: Services, inspector: InspectorProvider): vscode.Disposable {
	const register = vscode.commands.registerCommand;
	return vscode.Disposable.from(
		register("lamina.inspectModel", async (target?: vscode.Uri, state?: InspectorState) => {
			const uri = target ? vscode.Uri.from(target) : await chooseModel("Inspect a model");
			if (uri) await inspector.show(uri, state);
		}),
		register("lamina.linkModel", async (target?: vscode.Uri) => {
			const uri = target ?? vscode.window.activeTextEditor?.document.uri;
			if (!uri) {
				void vscode.window.showInformationMessage("Open the training code that you want to link to a model file.");
				return;
			}
			const model = await chooseModel("Link a model file to this code");
			if (model) await services.links.link(await vscode.workspace.openTextDocument(uri), model.fsPath);
		}),
		register("lamina.restartCompute", () => services.compute.restart()),
		register("lamina.showLog", () => services.output.show()),
	);
}

/** A model file of the workspace, or any other. */
async function chooseModel(title: string): Promise<vscode.Uri | undefined> {
	const found = (await findFiles(workspaceRoots(), isModelFile, 200)).map((file) => vscode.Uri.file(file));
	const other: vscode.QuickPickItem = { label: "$(folder-opened) Another file…", alwaysShow: true };
	const items = found.map((uri) => ({ label: vscode.workspace.asRelativePath(uri), uri }));
	const picked = await vscode.window.showQuickPick<vscode.QuickPickItem & { uri?: vscode.Uri }>([...items, other], {
		title,
	});
	if (!picked) return undefined;
	if (picked.uri) return picked.uri;
	return (await vscode.window.showOpenDialog({ title, filters: MODEL_FILES }))?.[0];
}
