import type { InputSource, InspectorState } from "../../src/shared/protocol";
import { baseName } from "./format";

/** Arrangement of the page that is nobody's but this window's: not part of links. */
export interface Arrangement {
	/** Side of a tile in the grids, in CSS pixels. */
	tileSize?: number;
	filterScale?: "shared" | "each";
	filterOrder?: "index" | "norm";
	activationScale?: "shared" | "each";
	activationOrder?: "index" | "mean" | "max" | "sparsity";
	/** `none`: maps alone, without the input below. */
	blend?: "over" | "strength" | "mask" | "none";
	/** Per cent of a map's values that are inside of its colour scale. */
	percent?: number;
	/** How the channels of a map become one for display. */
	channels?: "sum" | "absmax";
	resultScale?: "shared" | "each";
}

/** All that is kept over a reload of the page. */
export interface KeptState {
	chosen: InspectorState;
	arrangement: Arrangement;
}

/** Drawn and dropped inputs above this many bytes are not kept: VS Code writes the state to disk as JSON. */
const MOST_BYTES = 512 * 1024;

/** An input as it is kept: a path, or a data URL with its name. `undefined` when it is too large to keep. */
export async function keepInput(source: InputSource): Promise<string | undefined> {
	if (source.kind === "file") return source.path;
	const bytes = source.kind === "bytes" ? source.bytes : await pngOf(source);
	return bytes.length > MOST_BYTES
		? undefined
		: `data:application/octet-stream;name=${encodeURIComponent(nameWithType(source))};base64,${toBase64(bytes)}`;
}

/** The source of what `keepInput` gave. */
export function restoreInput(kept: string): InputSource {
	const match = /^data:[^;,]*;name=([^;,]*);base64,(.*)$/s.exec(kept);
	if (!match) return { kind: "file", path: kept };
	return { kind: "bytes", name: decodeURIComponent(match[1] ?? ""), bytes: fromBase64(match[2] ?? "") };
}

export const nameOfSource = (source: InputSource): string =>
	source.kind === "file" ? baseName(source.path) : source.name;

const nameWithType = (source: Exclude<InputSource, { kind: "file" }>) =>
	source.kind === "pixels" && !source.name.endsWith(".png") ? `${source.name}.png` : source.name;

async function pngOf({ width, height, rgba }: Extract<InputSource, { kind: "pixels" }>): Promise<Uint8Array> {
	const canvas = new OffscreenCanvas(width, height);
	canvas.getContext("2d")?.putImageData(new ImageData(new Uint8ClampedArray(rgba), width, height), 0, 0);
	return new Uint8Array(await (await canvas.convertToBlob({ type: "image/png" })).arrayBuffer());
}

export function toBase64(bytes: Uint8Array): string {
	let text = "";
	// Arguments of one call are limited; 32 Ki characters at once are far below it.
	for (let from = 0; from < bytes.length; from += 0x8000)
		text += String.fromCharCode(...bytes.subarray(from, from + 0x8000));
	return btoa(text);
}

export const fromBase64 = (text: string): Uint8Array => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
