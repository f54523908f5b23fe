import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { assembleInputs } from "../../src/core/data/inputs";
import type { EngineId } from "../../src/core/engine/engine";
import { openModel } from "../../src/core/formats/registry";
import { summarize } from "../../src/core/graph/summary";
import type { Session } from "../../src/core/session/session";
import { outputValues } from "../../src/core/units/logits";
import { sizeOf, type Tensor } from "../../src/shared/tensor";
import type { Place } from "../../src/shared/units";
import { ENGINES, everything, formatNotRead, needEngine, report, runCall, sessionOf } from "../support/attributions";
import { needTestdata, skipBecause } from "../support/testdata";
import { reproductionOf, targetUnit } from "./calls";
import { modelFile } from "./networks/from-sidecar";
import { preprocessOfText } from "./preprocess-text";
import { type Golden, type GoldenArray, goldenArray, goldens, resolveFile } from "./sidecars";
import { allowanceOf, differenceOf } from "./tolerance";

/** Elements of the input above which the slow engines compute the forward pass and the gradient only. */
const LARGE = 64 * 64 * 3;
const MINUTES = 60_000;

/** Class activation maps that take one walk. */
const ONE_PASS = new Set([
	"LayerGradCam",
	"GradCAM",
	"GradCAMPlusPlus",
	"XGradCAM",
	"EigenCAM",
	"EigenGradCAM",
	"LayerCAM",
	"HiResCAM",
]);

/** Which arrays are checked on which engine: everything natively, and without `--all` less where an engine is slow. */
function isWorthwhile(engine: EngineId, golden: Golden, name: string, entry: GoldenArray): boolean {
	const size = sizeOf(golden.arrays.input?.shape ?? []);
	// Plain JavaScript takes minutes for a pass through a network of 224 by 224 pixels.
	if (everything) return engine !== "cpu" || size <= LARGE;
	if (engine === "session") return true;
	const basic = ["forward", "softmax of the logits", "activation", "Saliency"].includes(entry.method);
	if (engine === "wasm")
		return size <= LARGE || ((basic || ONE_PASS.has(entry.method)) && !name.startsWith("activation"));
	return size <= 32 * 32 * 3 && (basic || ["LayerGradCam", "GuidedBackprop", "NeuronGradient"].includes(entry.method));
}

/** The golden's own input tensor: errors of preprocessing must not look like errors of a method. */
function inputOf(golden: Golden, session: Session): Record<string, Tensor> {
	const data = goldenArray(golden, "input");
	const { name } = session.summary.inputs[0]!;
	return { [name]: { dtype: "float32", shape: [1, ...golden.arrays.input!.shape], data } };
}

function softmax(logits: ArrayLike<number>): Float32Array {
	const values = Array.from(logits);
	const most = Math.max(...values);
	const powers = values.map((value) => Math.exp(value - most));
	const sum = powers.reduce((a, b) => a + b, 0);
	return Float32Array.from(powers, (power) => power / sum);
}

/** Where a golden keeps one number for each cell of a grid over the positions, in which all elements are alike. */
function fitGrid(
	{ shape, data }: Tensor,
	channelAxis: number,
	[rows = 1, columns = 1]: readonly number[],
): Float32Array {
	const [height, width] = shape.slice(1).filter((_, axis) => axis !== channelAxis - 1) as [number, number];
	const channels = sizeOf(shape) / (height * width);
	const first = channelAxis === 1;
	const cells = new Float32Array(rows * columns).fill(Number.NaN);
	for (let at = 0; at < data.length; at++) {
		const pixel = first ? at % (height * width) : Math.floor(at / channels);
		const cell =
			Math.floor((rows * Math.floor(pixel / width)) / height) * columns +
			Math.floor((columns * (pixel % width)) / width);
		if (!Number.isNaN(cells[cell])) assert.equal(data[at], cells[cell], "all elements of a cell are alike");
		cells[cell] = data[at]!;
	}
	return cells;
}

/** Where a golden keeps one channel of a map that is the same in all of them. */
function fitLayout(tensor: Tensor, channelAxis: number, entry: GoldenArray): ArrayLike<number> {
	const wanted = sizeOf(entry.shape);
	const channels = channelAxis > 0 ? (tensor.shape[channelAxis] ?? 1) : 1;
	if (tensor.data.length === wanted) return tensor.data;
	assert.equal(
		tensor.data.length,
		wanted * channels,
		`the map has the shape [${tensor.shape}], the golden one [${entry.shape}]`,
	);
	// A cell of channel c lies c * inner behind that of channel 0.
	const inner = sizeOf(tensor.shape.slice(channelAxis + 1));
	const one = new Float32Array(wanted);
	for (let i = 0; i < wanted; i++) {
		const start = Math.floor(i / inner) * inner * channels + (i % inner);
		one[i] = tensor.data[start]!;
		for (let c = 1; c < channels; c++) assert.equal(tensor.data[start + c * inner], one[i], "all channels are alike");
	}
	return one;
}

/** Where the logits of the first output lie: before its softmax, fused or a layer of its own. */
function logitPlace({ graph }: Session): Place {
	const output = graph.outputs[0]!;
	const value = outputValues(graph).logit.get(output.value) ?? output.value;
	for (const layer of graph.layers) {
		const call = layer.calls.find(({ outputs, preActivation }) => preActivation === value || outputs.includes(value));
		if (call) return call.outputs.includes(value) ? { layer: layer.name } : { layer: layer.name, stage: "pre" };
	}
	throw new Error(`no layer gives the logits ${value}`);
}

async function reproduce(
	session: Session,
	golden: Golden,
	entry: GoldenArray,
	context: Mocha.Context,
): Promise<ArrayLike<number>> {
	const reproduction = reproductionOf(entry);
	const inputs = inputOf(golden, session);
	const { layer } = session.summary.outputs[0]!;
	switch (reproduction.kind) {
		case "skip":
			return skipBecause(context, reproduction.reason);
		case "input":
			throw new Error("the input is checked without an engine");
		case "logits":
			return (await session.forward(inputs, [logitPlace(session)]))[0]!.data;
		case "probabilities": {
			const [output] = await session.forward(inputs);
			const values = Array.from(output!.data);
			const sum = values.reduce((a, b) => a + b, 0);
			return Math.abs(sum - 1) < 1e-4 && values.every((value) => value >= 0) ? values : softmax(values);
		}
		case "activation": {
			const [tensor] = await session.forward(inputs, [reproduction.place]);
			return tensor!.data;
		}
		case "method": {
			const { call } = reproduction;
			const result = await runCall(session, { ...call, unit: call.unit ?? targetUnit(golden, layer) }, inputs);
			assert.equal(result.maps.length, 1);
			if (entry.params?.feature_mask !== undefined)
				return fitGrid(result.maps[0]!.tensor, result.maps[0]!.channelAxis, entry.shape);
			return fitLayout(result.maps[0]!.tensor, result.maps[0]!.channelAxis, entry);
		}
	}
}

/** The array, or its negative where the sidecar says that its sign is arbitrary and it points the other way. */
function withSignOf(got: ArrayLike<number>, expected: Float32Array, { convention }: GoldenArray): ArrayLike<number> {
	if (!/sign is arbitrary/i.test(convention ?? "")) return got;
	const product = expected.reduce((sum, value, at) => sum + value * got[at]!, 0);
	return product < 0 ? Float32Array.from(got, (value) => -value) : got;
}

function compare(label: string, made: ArrayLike<number>, expected: Float32Array, entry: GoldenArray): void {
	assert.equal(made.length, expected.length);
	const got = withSignOf(made, expected, entry);
	const difference = differenceOf(got, expected);
	const { norm, limit } = allowanceOf(entry);
	const off = difference[norm];
	report(
		`${off <= limit ? "ok" : "NO"}  ${label}: off by ${off.toExponential(1)} of the ${norm === "relative" ? "largest value" : "norm"}, ${limit.toExponential(1)} allowed`,
	);
	assert.ok(
		off <= limit,
		`off by ${off.toExponential(2)} (${norm}), ${limit.toExponential(1)} allowed; largest ${difference.relative.toExponential(2)}, L2 ${difference.relativeL2.toExponential(2)}`,
	);
}

describe("golden results", () => {
	before(function () {
		needTestdata(this, "golden");
	});

	it("are there", function () {
		const folder = needTestdata(this, "golden");
		assert.ok(goldens().length > 0, `no sidecar in ${folder}`);
	});
});

for (const golden of goldens()) {
	const original = resolveFile(golden.model_file);
	const notRead = golden.architecture ? undefined : formatNotRead(original);
	const fileOf = () => modelFile(golden, original);

	describe(`golden: ${golden.name}`, function () {
		this.timeout(5 * MINUTES);

		it("input: the picture preprocessed as the sidecar says", async function () {
			if (notRead) skipBecause(this, notRead);
			const spec = preprocessOfText(golden.preprocess);
			if (!spec) skipBecause(this, `the preprocessing is not understood: ${golden.preprocess}`);
			const file = fileOf();
			const summary = await summarize(await openModel(file), file);
			const image = resolveFile(golden.image);
			const { tensors } = await assembleInputs([{ name: image, bytes: readFileSync(image) }], summary.inputs, spec);
			const expected = goldenArray(golden, "input");
			// The same pixels, and one division: float32 rounds it once or twice.
			const difference = differenceOf(tensors[summary.inputs[0]!.name]!.data, expected);
			report(`ok  ${golden.name} input: off by ${difference.relative.toExponential(1)}, 5.0e-7 allowed`);
			assert.ok(difference.relative <= 5e-7, `off by ${difference.relative} of the largest value`);
		});

		for (const [name, entry] of Object.entries(golden.arrays)) {
			if (name === "input") continue;
			for (const engine of ENGINES) {
				if (!isWorthwhile(engine, golden, name, entry)) continue;
				const reproduction = reproductionOf(entry);
				// What does not exist is skipped once, not once for each engine.
				if ((notRead || reproduction.kind === "skip") && engine !== "session") continue;
				it(`${name} (${engine})`, async function () {
					if (notRead) skipBecause(this, notRead);
					if (reproduction.kind === "skip") skipBecause(this, reproduction.reason);
					const session = await sessionOf(fileOf(), await needEngine(this, engine));
					const got = await reproduce(session, golden, entry, this);
					compare(`${golden.name} ${name} (${engine})`, got, goldenArray(golden, name), entry);
				});
			}
		}
	});
}
