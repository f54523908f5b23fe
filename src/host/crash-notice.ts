import * as vscode from "vscode";
import type { Services } from "./services";

/** One message when the compute process dies, however many calls it took with it, with the button that brings it back. */
export function registerCrashNotice(services: Services): vscode.Disposable {
	let shown = false;
	const stop = services.compute.onLost(async (error) => {
		services.output.error(`${error.message}\n${error.where ?? ""}`);
		if (shown) return;
		shown = true;
		const answer = await vscode.window.showErrorMessage(`Lamina: ${error.message}`, "Restart", "Show Log");
		shown = false;
		if (answer === "Restart") services.compute.restart();
		if (answer === "Show Log") services.output.show();
	});
	return new vscode.Disposable(stop);
}
