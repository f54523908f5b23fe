import * as vscode from "vscode";
import { registerCodeLens } from "./host/code-lens";
import { registerCommands } from "./host/commands";
import { registerCrashNotice } from "./host/crash-notice";
import { registerHover } from "./host/hover";
import { EDITORS, InspectorProvider } from "./host/inspector/provider";
import { registerNativeEngine } from "./host/native-engine";
import { Services } from "./host/services";

export function activate(context: vscode.ExtensionContext): void {
	const services = new Services(context);
	const inspector = new InspectorProvider(services);
	context.subscriptions.push(
		services,
		...EDITORS.map((viewType) =>
			vscode.window.registerCustomEditorProvider(viewType, inspector, { supportsMultipleEditorsPerDocument: true }),
		),
		registerCommands(services, inspector),
		registerCodeLens(services),
		registerHover(services),
		registerCrashNotice(services, inspector),
		registerNativeEngine(services),
	);
}
