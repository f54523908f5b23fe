import * as vscode from "vscode";

/** Folders that hold no file of the user's own, and hidden ones. */
const PASSED_OVER = /^(\.|node_modules$|__pycache__$|site-packages$|venv$|env$)/;
const DEEPEST = 8;
const MOST_FOLDERS = 2000;

/**
 * Files below folders, by name. A walk of its own: `workspace.findFiles` needs ripgrep, leaves out what .gitignore names
 * (models, mostly), and starts a process for what a few directory reads tell.
 * @param limit files after which the walk ends
 */
export async function findFiles(
	roots: readonly string[],
	matches: (name: string) => boolean,
	limit: number,
): Promise<string[]> {
	const found: string[] = [];
	let folders = 0;
	let level = roots.map((root) => vscode.Uri.file(root));
	for (let depth = 0; depth <= DEEPEST && level.length > 0; depth++) {
		const next: vscode.Uri[] = [];
		for (const folder of level) {
			if (folders++ > MOST_FOLDERS || found.length >= limit) return found;
			for (const [name, type] of await entries(folder)) {
				const uri = vscode.Uri.joinPath(folder, name);
				if (type & vscode.FileType.File) {
					if (matches(name)) found.push(uri.fsPath);
				} else if (type === vscode.FileType.Directory && !PASSED_OVER.test(name)) next.push(uri);
			}
		}
		level = next;
	}
	return found.slice(0, limit);
}

/** Files right in a folder. */
export async function filesIn(folder: string, matches: (name: string) => boolean): Promise<string[]> {
	const uri = vscode.Uri.file(folder);
	return (await entries(uri))
		.filter(([name, type]) => type & vscode.FileType.File && matches(name))
		.map(([name]) => vscode.Uri.joinPath(uri, name).fsPath);
}

export function workspaceRoots(): string[] {
	return (vscode.workspace.workspaceFolders ?? [])
		.filter(({ uri }) => uri.scheme === "file")
		.map(({ uri }) => uri.fsPath);
}

export const isModelFile = (name: string): boolean => /\.(keras|h5|hdf5|onnx)$|^model\.json$/i.test(name);

async function entries(folder: vscode.Uri): Promise<[string, vscode.FileType][]> {
	try {
		return await vscode.workspace.fs.readDirectory(folder);
	} catch {
		// Not there, or not to be read: nothing to find in it.
		return [];
	}
}
