import path from "node:path";
import * as vscode from "vscode";
import type { LayerSummary } from "../shared/model";
import type { SourceLink } from "../shared/protocol";
import { filesIn } from "./find-files";
import { readKerasCode } from "./source/keras";
import { matchLayers } from "./source/match";
import { parsePython } from "./source/parser";
import type { FileSite, TrainingCode } from "./source/types";

const KEY = "lamina.links";
const NOTHING: TrainingCode = { layers: [], models: [], files: [] };

/** Which model file belongs to which training code: what the code saves or loads, what the user linked, what a sidecar names. */
export class ModelLinks {
	private readonly parsed = new Map<string, { version: number; code: Promise<TrainingCode> }>();
	private readonly changed = new vscode.EventEmitter<void>();
	readonly onChanged = this.changed.event;

	constructor(private readonly context: vscode.ExtensionContext) {}

	/** The document as training code; empty when it is none. Parsed once a version. */
	code(document: vscode.TextDocument): Promise<TrainingCode> {
		const key = document.uri.toString();
		const known = this.parsed.get(key);
		if (known?.version === document.version) return known.code;
		const text = document.getText();
		// Reading a grammar costs time: only for files that can hold what we look for.
		const code = /keras|layers/.test(text) ? this.read(text) : Promise.resolve(NOTHING);
		this.parsed.set(key, { version: document.version, code });
		return code;
	}

	/** The model files of a document, the one that is most likely meant first. */
	async models(document: vscode.TextDocument): Promise<string[]> {
		const linked = this.linked()[document.uri.fsPath];
		const { files } = await this.code(document);
		const named = await Promise.all(files.map((site) => this.resolve(document, site)));
		const found = [linked, ...named].filter((file): file is string => file !== undefined);
		if (found.length === 0 && document.uri.scheme === "file") found.push(...(await this.sidecarsNaming(document)));
		return [...new Set(found)];
	}

	/** The file that a save or load names, when it is there. */
	async resolve(document: vscode.TextDocument, site: FileSite): Promise<string | undefined> {
		if (site.path === undefined) return undefined;
		const folders = [path.dirname(document.uri.fsPath), vscode.workspace.getWorkspaceFolder(document.uri)?.uri.fsPath];
		for (const folder of folders) {
			if (folder === undefined) continue;
			const file = path.resolve(folder, site.path);
			for (const candidate of [file, path.join(file, "model.json")]) if (await isFile(candidate)) return candidate;
		}
		return undefined;
	}

	async link(document: vscode.TextDocument, model: string): Promise<void> {
		await this.context.workspaceState.update(KEY, { ...this.linked(), [document.uri.fsPath]: model });
		this.changed.fire();
	}

	/** Lines of a model's layers in its training code. @param source named by the model's sidecar, tried first */
	async lines(
		model: string,
		layers: readonly LayerSummary[],
		source: string | undefined,
	): Promise<Record<string, SourceLink>> {
		for (const file of await this.codeFiles(model, source)) {
			const document = await vscode.workspace.openTextDocument(file);
			const { layers: sites } = await this.code(document);
			const lines: Record<string, SourceLink> = {};
			for (const [index, names] of matchLayers(sites, layers).entries()) {
				const line = sites[index]?.range.startLine ?? 0;
				for (const name of names) lines[name] = { file, line };
			}
			if (Object.keys(lines).length > 0) return lines;
		}
		return {};
	}

	/** Training code that may have made a model: the sidecar's, linked ones, then Python files near it that name it. */
	private async codeFiles(model: string, source: string | undefined): Promise<string[]> {
		const linked = Object.entries(this.linked()).filter(([, file]) => file === model);
		const files = new Set([...linked.map(([file]) => file), ...(source ? [source] : [])]);
		for (const folder of [path.dirname(model), path.dirname(path.dirname(model))]) {
			for (const file of (await filesIn(folder, (name) => name.endsWith(".py"))).slice(0, 30)) {
				if ((await textOf(file)).includes(path.basename(model))) files.add(file);
			}
		}
		const present = await Promise.all([...files].map(async (file) => ((await isFile(file)) ? file : undefined)));
		return present.filter((file): file is string => file !== undefined);
	}

	/** Models near a document whose sidecar says that it made them. */
	private async sidecarsNaming(document: vscode.TextDocument): Promise<string[]> {
		const folder = path.dirname(document.uri.fsPath);
		const models: string[] = [];
		for (const sidecar of await filesIn(folder, (name) => name.endsWith(".lamina.json"))) {
			if (!(await textOf(sidecar)).includes(path.basename(document.uri.fsPath))) continue;
			const stem = sidecar.slice(0, -".lamina.json".length);
			for (const extension of [".keras", ".h5", ".hdf5", ".onnx", ".json"]) {
				if (await isFile(stem + extension)) models.push(stem + extension);
			}
		}
		return models;
	}

	private linked(): Record<string, string> {
		return this.context.workspaceState.get<Record<string, string>>(KEY, {});
	}

	private async read(text: string): Promise<TrainingCode> {
		return readKerasCode((await parsePython(text, this.context.asAbsolutePath("dist/wasm"))).rootNode);
	}
}

async function textOf(file: string): Promise<string> {
	return new TextDecoder().decode(await vscode.workspace.fs.readFile(vscode.Uri.file(file)));
}

async function isFile(file: string): Promise<boolean> {
	try {
		return (await vscode.workspace.fs.stat(vscode.Uri.file(file))).type !== vscode.FileType.Directory;
	} catch {
		return false;
	}
}
