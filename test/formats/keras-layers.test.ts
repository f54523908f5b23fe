import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import type { OpenedModel } from "../../src/core/formats/format";
import { openModel } from "../../src/core/formats/registry";
import { summarize } from "../../src/core/graph/summary";
import { needTestdata, testdata } from "../support/testdata";

interface Case {
	readonly name: string;
	readonly cls: string;
	readonly config: object;
	readonly files: Readonly<Record<string, string>>;
	readonly input_names: readonly string[];
	readonly output_names: readonly string[];
	readonly expected: "match" | "refuse";
	readonly note?: string;
	readonly format_notes?: Readonly<Record<string, string>>;
}

/** Cases that are not about one class of layer. */
const COMPOSED = new Set([
	"ActivationArgument",
	"Custom",
	"DtypePolicy",
	"MultiInputOutput",
	"NestedModel",
	"OpsGraph",
	"SharedLayer",
	"SmallNetwork",
	"TFOpLambda",
	"GroupQueryAttention",
]);

/** The low-rank update of a fine-tuned layer is merged into the kernel in .keras and kept beside it in .h5. */
const isStoredDifferently = ({ config }: Case) => Object.hasOwn(config, "lora_rank");

describe("one small model of each layer class", () => {
	let cases: readonly Case[];
	before(function () {
		cases = (JSON.parse(readFileSync(needTestdata(this, "keras-layers", "manifest.json"), "utf8")) as { cases: Case[] })
			.cases;
	});

	it("opens from every file of every case, with its inputs, outputs and the layer of that class", async () => {
		const problems: string[] = [];
		for (const entry of cases)
			for (const file of Object.values(entry.files)) problems.push(...(await check(entry, file)));
		assert.deepEqual(problems, []);
	});

	it("holds equal weights under equal names in .keras and in .h5", async () => {
		const problems: string[] = [];
		for (const entry of cases) {
			const { name, files } = entry;
			if (!files.keras || !files.h5 || isStoredDifferently(entry)) continue;
			const [first, second] = [
				await openModel(testdata("keras-layers", files.keras)),
				await openModel(testdata("keras-layers", files.h5)),
			];
			problems.push(...(await compareWeights(name, first, second)));
			first.weights.close();
			second.weights.close();
		}
		assert.deepEqual(problems, []);
	});

	it("refuses Lambda and registered classes by name, and nothing else of such a file", async () => {
		for (const { files, note, expected } of cases) {
			if (expected !== "refuse") continue;
			for (const file of Object.values(files)) {
				const path = testdata("keras-layers", file);
				const model = await openModel(path);
				const { layers } = await summarize(model, path);
				const refused = layers.filter(({ unsupported }) => unsupported);
				assert.equal(refused.length, 1, file);
				assert.match(refused[0]?.unsupported?.message ?? "", note?.includes(">") ? new RegExp(note) : /Lambda/);
				assert.match(refused[0]?.unsupported?.where ?? "", /layers\/\d+/);
				const before = layers.slice(0, layers.indexOf(refused[0] as (typeof layers)[number]));
				assert.ok(
					before.every(({ shapes }) => shapes.length > 0),
					`${file}: layers before it are computed`,
				);
				model.weights.close();
			}
		}
	});
});

async function check(entry: Case, file: string): Promise<string[]> {
	const path = testdata("keras-layers", file);
	const model = await openModel(path);
	const summary = await summarize(model, path);
	model.weights.close();
	const problems: string[] = [];
	if (summary.inputs.length !== entry.input_names.length) problems.push(`${file}: ${summary.inputs.length} inputs`);
	if (summary.outputs.length !== entry.output_names.length) problems.push(`${file}: ${summary.outputs.length} outputs`);
	const hasClass = summary.layers.some(({ type }) => type === entry.cls);
	if (!COMPOSED.has(entry.cls) && !hasClass)
		problems.push(`${file}: no ${entry.cls} among ${summary.layers.map(({ type }) => type)}`);
	return problems;
}

/** Compares by what each layer calls its weights; layers that are not supported have only what the container calls them. */
async function compareWeights(name: string, first: OpenedModel, second: OpenedModel): Promise<string[]> {
	const problems: string[] = [];
	for (const layer of first.graph.layers) {
		const other = second.graph.layers.find((candidate) => candidate.name === layer.name);
		if (!other) problems.push(`${name}: only one file has the layer ${layer.name}`);
		if (!other || layer.unsupported || other.unsupported) continue;
		// What no translator asks for has no name in .keras, only a number; it must be as many in both.
		const names = layer.weights.map((weight) => weight.name).filter((weight) => !/\/\d+$/.test(weight));
		const others = other.weights.map((weight) => weight.name);
		if (layer.weights.length !== others.length || names.some((weight) => !others.includes(weight))) {
			problems.push(`${name}: ${layer.weights.map((weight) => weight.name)} and ${others}`);
			continue;
		}
		for (const weight of names) {
			const [a, b] = [await first.weights.read(weight), await second.weights.read(weight)];
			if (
				Buffer.compare(
					Buffer.from(a.data.buffer, a.data.byteOffset, a.data.byteLength),
					Buffer.from(b.data.buffer, b.data.byteOffset, b.data.byteLength),
				) !== 0
			)
				problems.push(`${name}: ${weight} differs`);
		}
	}
	return problems;
}
