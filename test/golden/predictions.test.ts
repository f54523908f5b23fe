import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { assembleInputs } from "../../src/core/data/inputs";
import { readLabels } from "../../src/core/data/labels";
import type { EngineId } from "../../src/core/engine/engine";
import type { Session } from "../../src/core/session/session";
import type { Tensor } from "../../src/shared/tensor";
import { ENGINES, everything, formatNotRead, needEngine, report, sessionOf } from "../support/attributions";
import { needTestdata, skipBecause, testdata } from "../support/testdata";
import { preprocessOfText } from "./preprocess-text";

interface Expectation {
	readonly preprocess: string;
	/** Best classes of each picture, by label or index, with the output's value. */
	readonly predictions: Readonly<Record<string, readonly (readonly [label: string | number, value: number])[]>>;
}

/**
 * Values are told with four digits after the point; the rest is float32 noise, which grows with the value. A model that
 * is stored in float16 was also run in it: an output between 0.5 and 1 was rounded to a multiple of 2^-11, and so were
 * the sums before it, which are computed in float32 here: half of that for each.
 */
function allowedFor(value: number, session: Session): number {
	const isHalf = session.weights.list().every(({ dtype }) => dtype === "float16");
	return 0.5e-4 + (isHalf ? 2 ** -11 : 1e-4 * Math.max(1, Math.abs(value) / 10));
}

const MODEL_FILE = /\.(h5|keras|onnx|pb)$|^model\.json$/;

function modelFile(folder: string): string {
	const name = readdirSync(folder).find((candidate) => MODEL_FILE.test(candidate));
	if (!name) throw new Error(`no model file in ${folder}`);
	return path.join(folder, name);
}

function imageFile(name: string): string {
	const folders = ["photos", "tinyvgg-64x64", "mnist/derived-png", "mnist", "faces", "format-variants"];
	const found = folders.map((folder) => testdata("models", "images", folder, name)).find(existsSync);
	if (!found) throw new Error(`no picture ${name} under models/images`);
	return found;
}

/** The labels that EXPECTED.json uses: whichever of the label files knows all that are named; none where indices are. */
async function labelsFor({ predictions }: Expectation): Promise<readonly string[] | undefined> {
	const named = Object.values(predictions).flatMap((list) => list.map(([label]) => label));
	if (named.every((label) => typeof label === "number" || /^\d+$/.test(label))) return undefined;
	const folders = [testdata("models", "labels", "derived"), testdata("models", "labels")];
	for (const file of folders.flatMap((folder) => readdirSync(folder).map((name) => path.join(folder, name)))) {
		const labels = await readLabels(file).catch((): string[] => []);
		if (named.every((label) => labels.includes(String(label)))) return labels;
	}
	throw new Error(`no file in ${folders} has all the labels ${[...new Set(named)].slice(0, 5).join(", ")} ...`);
}

async function outputFor(session: Session, image: string, text: string, context: Mocha.Context): Promise<Tensor> {
	const spec = preprocessOfText(text);
	if (!spec) skipBecause(context, `the preprocessing is not understood: ${text}`);
	const { tensors } = await assembleInputs([{ name: image, bytes: readFileSync(image) }], session.summary.inputs, spec);
	const [output] = await session.forward(tensors);
	return output!;
}

const expectations: Record<string, Expectation> = existsSync(testdata("models", "EXPECTED.json"))
	? JSON.parse(readFileSync(testdata("models", "EXPECTED.json"), "utf8"))
	: {};

/** The large model takes its time where it is not native. */
const worthwhile = (engine: EngineId, model: string) =>
	everything || engine === "session" || (engine === "wasm" && !model.includes("darknet"));

describe("predictions", () => {
	it("are told by EXPECTED.json", function () {
		needTestdata(this, "models", "EXPECTED.json");
		assert.ok(Object.keys(expectations).length > 0);
	});
});

for (const [model, expectation] of Object.entries(expectations)) {
	describe(`predictions of ${model}`, function () {
		this.timeout(120_000);
		const file = modelFile(testdata("models", ...model.split("/")));
		const notRead = formatNotRead(file);
		for (const engine of ENGINES.filter((id) => worthwhile(id, model))) {
			if (notRead && engine !== "session") continue;
			for (const [picture, best] of Object.entries(expectation.predictions)) {
				it(`${picture} (${engine})`, async function () {
					if (notRead) skipBecause(this, notRead);
					const session = await sessionOf(file, await needEngine(this, engine));
					const labels = await labelsFor(expectation);
					const { data } = await outputFor(session, imageFile(picture), expectation.preprocess, this);
					let worst = 0;
					for (const [label, value] of best) {
						const index = labels ? labels.indexOf(String(label)) : Number(label);
						const off = Math.abs(data[index]! - value);
						worst = Math.max(worst, off);
						assert.ok(off <= allowedFor(value, session), `${label}: ${data[index]} for ${value}`);
					}
					const [top] = [...data.keys()].sort((a, b) => data[b]! - data[a]!);
					assert.equal(labels ? labels[top!] : top, labels ? best[0]![0] : Number(best[0]![0]));
					report(`ok  ${model} ${picture} (${engine}): off by ${worst.toExponential(1)}`);
				});
			}
		}
	});
}

/** 50 digits, white on black, 0 to 1, with their labels; and how many of them the rebuilt models got right (INDEX.md). */
interface Digits {
	readonly images: readonly (readonly number[])[];
	readonly labels: readonly number[];
}

describe("predictions of the LeNets on 50 digits of MNIST", function () {
	this.timeout(60_000);
	// INDEX.md: 97.2 to 98.6 % on 500 digits. Of 50, 48.8 are right on average at 97.6 %, 45.6 three standard deviations below.
	const least = 46;
	const models = [
		"keras-h5/tensorspace-lenet-mnist/keras_sequential_mnist.h5",
		"keras-h5/tensorspace-lenet-mnist/tfkeras_mnist.h5",
		"keras-h5/tensorspace-lenet-mnist/tfkeras_helloworld_mnist.h5",
		"keras-v3/mnist-cnn-ritimx/trainModel.keras",
		"tfjs-layers/tensorspace-lenet-mnist/mnist.json",
	];
	for (const model of models) {
		it(model, async function () {
			const file = needTestdata(this, "models", ...model.split("/"));
			const samples = needTestdata(this, "models", "images", "mnist", "ml5_mnist_50_samples.json");
			const { images, labels } = JSON.parse(readFileSync(samples, "utf8")) as Digits;
			const session = await sessionOf(file, await needEngine(this, "wasm"));
			const [input] = session.summary.inputs;
			const rest = input!.shape.slice(1).map((extent) => extent ?? 28);
			const pixels = images.map((image) => (Math.max(...image) > 1 ? image.map((value) => value / 255) : image));
			const data = Float32Array.from(pixels.flat());
			const outputs = await session.forward({
				[input!.name]: { dtype: "float32", shape: [images.length, ...rest], data },
			});
			const classes = outputs.filter((output) => output.shape.length === 2 && output.shape[1] === 10).at(-1)!;
			const right = labels.filter((label, i) => {
				const scores = Array.from(classes.data.subarray(i * 10, i * 10 + 10));
				return (
					scores.indexOf(scores.reduce((a: number, b: number) => Math.max(a, b), Number.NEGATIVE_INFINITY)) === label
				);
			}).length;
			report(`ok  ${model}: ${right} of ${labels.length} digits right`);
			assert.ok(right >= least, `${right} of ${labels.length} right, at least ${least} expected`);
		});
	}
});
