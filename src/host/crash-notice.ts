import * as vscode from "vscode";
import type { InspectorProvider } from "./inspector/provider";
import type { Services } from "./services";

/**
 * One message when the compute process dies, however many calls it took with it, with the button that brings it back.
 * An Inspector that is in sight tells it on its own page; then there is no second message beside it.
 */
export function registerCrashNotice(services: Services, inspector: InspectorProvider): vscode.Disposable {
	let shown = false;
	const stop = services.compute.onLost(async (error) => {
		services.output.error(`${error.message}\n${error.where ?? ""}`);
		if (shown || inspector.anyVisible) return;
		shown = true;
		const answer = await vscode.window.showErrorMessage(`Lamina: ${error.message}`, "Restart", "Show Log");
		shown = false;
		if (answer === "Restart") services.compute.restart();
		if (answer === "Show Log") services.output.show();
	});
	return new vscode.Disposable(stop);
}
