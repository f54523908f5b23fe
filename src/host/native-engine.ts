import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import * as vscode from "vscode";
import { nativeEngineFolder, type Services } from "./services";

/** What the native engine is made of: the binding, and the compiler driver for where no ready binary is to be had. */
const PACKAGES = { "@tensorflow/tfjs-node": "4.22.0", "node-gyp": "^11.4.2" };

/** *Lamina: Install Native Engine*: puts TensorFlow's library into the extension's own storage; computing goes on with WASM meanwhile. */
export function registerNativeEngine(services: Services): vscode.Disposable {
	return vscode.commands.registerCommand("lamina.installNativeEngine", async () => {
		try {
			const installed = await vscode.window.withProgress(
				{ location: vscode.ProgressLocation.Notification, title: "Lamina: native engine", cancellable: true },
				(progress, token) => install(services, progress, token),
			);
			if (!installed) return;
			services.compute.restart();
			void vscode.window.showInformationMessage("Lamina computes with the native engine now.");
		} catch (thrown) {
			const message = thrown instanceof Error ? thrown.message : String(thrown);
			const answer = await vscode.window.showErrorMessage(
				`Lamina: the native engine could not be installed. ${message}`,
				"Show Log",
			);
			if (answer) services.output.show();
		}
	});
}

async function install(
	services: Services,
	progress: vscode.Progress<{ message?: string }>,
	token: vscode.CancellationToken,
): Promise<boolean> {
	const folder = nativeEngineFolder(services.context);
	await mkdir(folder, { recursive: true });
	await writeFile(
		path.join(folder, "package.json"),
		JSON.stringify({ private: true, dependencies: PACKAGES }, null, 2),
	);
	const step = (line: string) => {
		services.output.info(line);
		progress.report({ message: line.trim().slice(0, 120) });
	};
	step("getting @tensorflow/tfjs-node from the npm registry");
	const npm = process.platform === "win32" ? "npm.cmd" : "npm";
	await run(npm, ["install", "--ignore-scripts", "--no-audit", "--no-fund"], folder, step, token);
	if (token.isCancellationRequested) return false;
	const script = services.context.asAbsolutePath("dist/native-engine/native-engine.mjs");
	await run(process.execPath, [script, folder], folder, step, token);
	return !token.isCancellationRequested;
}

function run(
	command: string,
	args: readonly string[],
	cwd: string,
	line: (text: string) => void,
	token: vscode.CancellationToken,
): Promise<void> {
	return new Promise((resolve, reject) => {
		const child: ChildProcess = spawn(command, args, {
			cwd,
			env: { ...process.env, ELECTRON_RUN_AS_NODE: "1" },
			shell: process.platform === "win32" && command.endsWith(".cmd"),
		});
		const subscription = token.onCancellationRequested(() => child.kill());
		const print = (chunk: Buffer) => chunk.toString().split("\n").filter(Boolean).forEach(line);
		child.stdout?.on("data", print);
		child.stderr?.on("data", print);
		child.once("error", (error: NodeJS.ErrnoException) => {
			subscription.dispose();
			const missing =
				error.code === "ENOENT"
					? `${command} is not on the PATH: install Node.js with npm (https://nodejs.org) first.`
					: error.message;
			reject(new Error(missing));
		});
		child.once("exit", (code) => {
			subscription.dispose();
			if (code === 0 || token.isCancellationRequested) resolve();
			else reject(new Error(`${path.basename(command)} ended with code ${code}; the log says why.`));
		});
	});
}
