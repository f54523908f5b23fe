/**
 * `npm run docs:pictures`: runs every method on a picture of the samples, as the command line does, and keeps what it draws
 * (docs/pictures) and what the pre-flight counts (reference-pages/costs.json).
 */

import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { PNG } from "pngjs";
import { METHODS } from "../src/core/methods";
import type { Method } from "../src/core/methods/method";

const shapes = path.join("samples", "shapes");
const pictures = path.join("samples", "inputs", "shapes");
const folder = path.join("docs", "pictures");

/** What some methods have to be told. */
const NAMED: Readonly<Record<string, readonly string[]>> = {
	filters: ["--at", "stem_conv"],
	activations: ["--at", "top_relu"],
	"learned-cam": ["--param", `dataset=${path.join(shapes, "heldout.npz")}`, "--param", "class=star"],
	"shapley-values": ["--param", "cells=3"],
};

function main(): void {
	mkdirSync(folder, { recursive: true });
	const costs: Record<string, { forward: number; backward: number }> = {};
	// The samples hold no transformer.
	for (const method of METHODS.filter(({ needs }) => !needs.attention)) {
		const asked = [method.id, path.join(shapes, "shapes.keras"), ...question(method), ...(NAMED[method.id] ?? [])];
		const picture = path.join(folder, `${method.id}.png`);
		lamina("run", ...asked, "--out", picture);
		writeFileSync(picture, withoutTexts(readFileSync(picture)));
		const { forward, backward } = JSON.parse(lamina("preflight", ...asked, "--json"));
		costs[method.id] = { forward, backward };
		process.stderr.write(`${method.id}\n`);
	}
	writeFileSync(path.join("scripts", "reference-pages", "costs.json"), `${JSON.stringify(costs, null, "\t")}\n`);
}

function question({ needs, at, id }: Method): string[] {
	const files = ["star-watermarked.png", ...(needs.batch ? ["star.png", "circle.png", "square.png"] : [])];
	return [
		...(needs.input ? ["--input", ...files.map((file) => path.join(pictures, file))] : []),
		...(needs.unit ? ["--unit", "predictions[star]"] : []),
		...(at === "required" && !NAMED[id] ? ["--at", "top_relu"] : []),
	];
}

/** The picture alone: its record names paths of this machine and times, which differ from run to run. */
const withoutTexts = (png: Buffer): Buffer => PNG.sync.write(PNG.sync.read(png), { colorType: 2 });

const lamina = (...args: readonly string[]): string =>
	execFileSync(process.execPath, [path.join("dist", "cli.js"), ...args], { encoding: "utf8" });

main();
