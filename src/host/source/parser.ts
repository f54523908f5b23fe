import { readFile } from "node:fs/promises";
import path from "node:path";
import type { Parser, Tree } from "web-tree-sitter";

let ready: Promise<Parser> | undefined;

/** Parses Python with tree-sitter. @param wasmFolder where the grammars are: dist/wasm */
export async function parsePython(text: string, wasmFolder: string): Promise<Tree> {
	ready ??= load(wasmFolder);
	const parser = await ready;
	const tree = parser.parse(text);
	if (!tree) throw new Error("tree-sitter gave no tree");
	return tree;
}

async function load(wasmFolder: string): Promise<Parser> {
	// Most of what this extension's activation would cost, and many an editor never opens training code.
	const { Language, Parser } = await import("web-tree-sitter");
	await Parser.init({ locateFile: (name: string) => path.join(wasmFolder, name) });
	const parser = new Parser();
	parser.setLanguage(
		await Language.load(new Uint8Array(await readFile(path.join(wasmFolder, "tree-sitter-python.wasm")))),
	);
	return parser;
}
