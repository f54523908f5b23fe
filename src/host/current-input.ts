import path from "node:path";
import * as vscode from "vscode";
import type { PortSummary } from "../shared/model";
import type { InputSource, WorkspaceInput } from "../shared/protocol";
import { findFiles, workspaceRoots } from "./find-files";

const KEY = "lamina.inputs";
const INPUT = /\.(png|jpe?g|jfif|gif|bmp|webp|npy|npz)$/i;

/** An array fits few models: it is chosen unasked only where its name says that it belongs to one. */
const ARRAY = /\.np[yz]$/i;

/**
 * The current input of each model: what hovers and Inspectors show activations of. Chosen in an Inspector and kept for
 * the workspace; before that, the first file of the `inputs` folder that is nearest to the model and best fits its name.
 */
export class CurrentInput implements vscode.Disposable {
	private readonly drawn = new Map<string, InputSource>();
	/** Candidates by model; a change of any input file forgets them. */
	private readonly known = new Map<string, Promise<WorkspaceInput[]>>();
	/** From when candidates are first known. */
	private watching: vscode.Disposable | undefined;
	private readonly changed = new vscode.EventEmitter<string>();
	/** Fires with the model's path. */
	readonly onChanged = this.changed.event;

	constructor(private readonly memory: vscode.Memento) {}

	/** Forgets candidates when files come and go. */
	private watch(): vscode.Disposable {
		const watcher = vscode.workspace.createFileSystemWatcher(
			"**/*.{png,jpg,jpeg,jfif,gif,bmp,webp,npy,npz}",
			false,
			true,
			false,
		);
		const forget = () => this.known.clear();
		return vscode.Disposable.from(
			watcher,
			watcher.onDidCreate(forget),
			watcher.onDidDelete(forget),
			vscode.workspace.onDidChangeWorkspaceFolders(forget),
			vscode.workspace.onDidChangeConfiguration(
				(event) => event.affectsConfiguration("lamina.inputsFolder") && forget(),
			),
		);
	}

	dispose(): void {
		this.watching?.dispose();
		this.changed.dispose();
	}

	/** @param ports inputs of the model: a file is chosen unasked only when it may fit them */
	async get(model: string, ports: readonly PortSummary[]): Promise<InputSource | undefined> {
		const drawn = this.drawn.get(model);
		if (drawn) return drawn;
		const kept = this.memory.get<Record<string, string>>(KEY, {})[model];
		if (kept && (await exists(kept))) return { kind: "file", path: kept };
		const takesPicture = ports.some(({ shape }) => shape.length >= 3 && shape.length <= 4);
		const fitting = (await this.candidates(model)).find(({ path: file }) =>
			ARRAY.test(file) ? kinship(model, file) > 0 : takesPicture,
		);
		return fitting && { kind: "file", path: fitting.path };
	}

	async set(model: string, source: InputSource): Promise<void> {
		if (source.kind === "file") {
			this.drawn.delete(model);
			const kept = this.memory.get<Record<string, string>>(KEY, {});
			await this.memory.update(KEY, { ...kept, [model]: source.path });
		} else this.drawn.set(model, source);
		this.changed.fire(model);
	}

	/** Files of the workspace's `inputs` folders, those that fit the model's name and place first. */
	candidates(model: string): Promise<WorkspaceInput[]> {
		this.watching ??= this.watch();
		const known = this.known.get(model) ?? this.find(model);
		this.known.set(model, known);
		return known;
	}

	private async find(model: string): Promise<WorkspaceInput[]> {
		const folder = vscode.workspace.getConfiguration("lamina").get("inputsFolder", "inputs");
		const roots = [...new Set([path.dirname(model), ...workspaceRoots()])];
		const images = await findFiles(roots, (name) => INPUT.test(name), 2000);
		const inside = (file: string) => path.dirname(file).split(path.sep).includes(folder);
		const files = [...new Set(images.filter(inside))].slice(0, 500);
		return files
			.map((file) => ({ file, distance: distance(model, file), kinship: kinship(model, file) }))
			.sort((a, b) => b.kinship - a.kinship || a.distance - b.distance || a.file.localeCompare(b.file))
			.map(({ file }) => ({ path: file, label: vscode.workspace.asRelativePath(file) }));
	}
}

/** Steps from the model's folder to the file's. */
function distance(model: string, file: string): number {
	return path.relative(path.dirname(model), path.dirname(file)).split(path.sep).length;
}

/**
 * How much a file's name, or that of a folder that it is in, looks like the model's: `inputs/digits/seven.png` is for
 * `digits.keras`, and so is `digit-7.png`. Number of letters in common at the start, 0 below three.
 */
function kinship(model: string, file: string): number {
	const stem = path.parse(model).name.toLowerCase();
	const names = path
		.relative(path.dirname(path.dirname(model)), file)
		.toLowerCase()
		.split(path.sep);
	return Math.max(...names.map((name) => sharedLetters(stem, name)));
}

function sharedLetters(a: string, b: string): number {
	let shared = 0;
	while (shared < a.length && a[shared] === b[shared] && /[a-z]/.test(a[shared] ?? "")) shared++;
	return shared >= 3 ? shared : 0;
}

async function exists(file: string): Promise<boolean> {
	try {
		await vscode.workspace.fs.stat(vscode.Uri.file(file));
		return true;
	} catch {
		return false;
	}
}
