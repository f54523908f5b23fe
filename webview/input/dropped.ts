import type { InputSource } from "../../src/shared/protocol";

/** What was dropped on the page, or pasted into it: a file of the system, or one dragged from the Explorer. */
export async function droppedSource(data: DataTransfer): Promise<InputSource | undefined> {
	const [file] = data.files;
	if (file) return { kind: "bytes", name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) };
	const listed = data.getData("text/uri-list") || data.getData("application/vnd.code.uri-list");
	const path = pathOf(listed);
	return path === undefined ? undefined : { kind: "file", path };
}

/** The path of the first `file:` (or remote-window) address of a list; lines that begin with # are comments. */
export function pathOf(list: string): string | undefined {
	for (const line of list.split(/\r?\n/)) {
		if (line === "" || line.startsWith("#")) continue;
		let address: URL;
		try {
			address = new URL(line);
		} catch {
			continue;
		}
		if (address.protocol !== "file:" && address.protocol !== "vscode-remote:") continue;
		const path = decodeURIComponent(address.pathname);
		// file:///c:/data/x.png is c:/data/x.png
		return /^\/[a-z]:/i.test(path) ? path.slice(1) : path;
	}
	return undefined;
}
