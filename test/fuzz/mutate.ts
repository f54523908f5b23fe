import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, extname, join } from "node:path";
import { unzipSync, type Zippable, zipSync } from "fflate";
import type { Edit, Mutation } from "./mutation";

/**
 * Writes the mutated copy of a good model into an emptied folder.
 * @returns path of the file to open
 */
export function writeMutated(source: string, mutation: Mutation, folder: string): string {
	rmSync(folder, { recursive: true, force: true });
	mkdirSync(folder, { recursive: true });
	const target = join(folder, basename(source));
	const bytes = readFileSync(source);
	if (extname(source) === ".json") writeLayersModel(source, bytes, mutation, target);
	else if (extname(source) === ".keras") writeFileSync(target, mutateArchive(bytes, mutation));
	else
		writeFileSync(
			target,
			mutation.part === "configuration" ? mutateEmbedded(bytes, mutation.edits) : applyAll(bytes, mutation.edits),
		);
	return target;
}

function mutateArchive(bytes: Uint8Array, { part, edits }: Mutation): Uint8Array {
	if (part === "file") return applyAll(bytes, edits);
	const members = unzipSync(bytes);
	const name = part === "weights" ? "model.weights.h5" : "config.json";
	const member = members[name] as Uint8Array;
	const changed = part === "weights" ? applyAll(member, edits) : mutateText(member, edits);
	members[name] = Uint8Array.from(changed);
	return zipSync(members as Zippable, { level: edits.length % 2 === 0 ? 0 : 6 });
}

/** The weight files of a TensorFlow.js model lie beside it; one of them is changed, or the model. */
function writeLayersModel(source: string, bytes: Uint8Array, { part, edits }: Mutation, target: string): void {
	const others = readdirSync(dirname(source)).filter(
		(name) => name !== basename(source) && statSync(join(dirname(source), name)).isFile(),
	);
	for (const [index, name] of others.entries()) {
		const data = readFileSync(join(dirname(source), name));
		const isChosen = part === "weights" && index === edits.length % others.length;
		writeFileSync(join(dirname(target), name), isChosen ? applyAll(data, edits) : data);
	}
	writeFileSync(
		target,
		part === "file" ? applyAll(bytes, edits) : part === "configuration" ? mutateText(bytes, edits) : bytes,
	);
}

/** The configuration inside an HDF5 file is changed in place; what became shorter is filled with blanks, what became longer is cut. */
function mutateEmbedded(bytes: Uint8Array, edits: readonly Edit[]): Uint8Array {
	const result = Uint8Array.from(bytes);
	const text = Buffer.from(bytes).toString("latin1");
	const start = text.indexOf('{"class_name": "');
	const end = start < 0 ? -1 : endOfJson(text, start);
	if (end < 0) return applyAll(bytes, edits);
	const changed = mutateText(bytes.subarray(start, end), edits);
	result.fill(0x20, start, end);
	result.set(changed.subarray(0, end - start), start);
	return result;
}

function endOfJson(text: string, start: number): number {
	let depth = 0;
	let isQuoted = false;
	for (let at = start; at < text.length; at++) {
		const char = text[at];
		if (char === "\\") at++;
		else if (char === '"') isQuoted = !isQuoted;
		else if (!isQuoted && (char === "{" || char === "[")) depth++;
		else if (!isQuoted && (char === "}" || char === "]") && --depth === 0) return at + 1;
	}
	return -1;
}

function mutateText(bytes: Uint8Array, edits: readonly Edit[]): Uint8Array {
	const isTree = edits.some(({ kind }) => kind === "value" || kind === "omit" || kind === "move");
	if (!isTree) return applyAll(bytes, edits);
	let tree: unknown;
	try {
		tree = JSON.parse(Buffer.from(bytes).toString("utf8"));
	} catch {
		// A good file whose JSON has Python's NaN: change its bytes instead.
		return applyAll(bytes, [{ kind: "overwrite", at: 0.5, bytes: [0x7d] }]);
	}
	for (const edit of edits) editTree(tree, edit);
	return Buffer.from(JSON.stringify(tree), "utf8");
}

type Holder = Record<string, unknown>;

function editTree(tree: unknown, edit: Edit): void {
	if (edit.kind !== "value" && edit.kind !== "omit" && edit.kind !== "move") return;
	const places: { holder: Holder; key: string }[] = [];
	const stack: unknown[] = [tree];
	for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
		if (typeof next !== "object" || next === null) continue;
		for (const key of Object.keys(next)) {
			places.push({ holder: next as Holder, key });
			stack.push((next as Holder)[key]);
		}
	}
	const chosen = places[edit.pick % Math.max(1, places.length)];
	if (!chosen) return;
	if (edit.kind === "omit") {
		if (Array.isArray(chosen.holder)) chosen.holder.splice(Number(chosen.key), 1);
		else delete chosen.holder[chosen.key];
	} else if (edit.kind === "value") chosen.holder[chosen.key] = structuredClone(edit.value);
	else {
		const from = places[edit.from % places.length];
		if (from) chosen.holder[chosen.key] = structuredClone(from.holder[from.key]);
	}
}

function applyAll(bytes: Uint8Array, edits: readonly Edit[]): Uint8Array {
	return edits.reduce(apply, bytes);
}

function apply(bytes: Uint8Array, edit: Edit): Uint8Array {
	if (!("at" in edit)) return bytes;
	const at = Math.floor(edit.at * bytes.length);
	switch (edit.kind) {
		case "overwrite": {
			const result = Uint8Array.from(bytes);
			result.set(edit.bytes.slice(0, bytes.length - at), at);
			return result;
		}
		case "truncate":
			return bytes.slice(0, at);
		case "insert":
			return Buffer.concat([bytes.subarray(0, at), Uint8Array.from(edit.bytes), bytes.subarray(at)]);
		case "remove":
			return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + edit.length)]);
		case "repeat":
			return Buffer.concat([bytes.subarray(0, at + edit.length), bytes.subarray(at)]);
	}
}
