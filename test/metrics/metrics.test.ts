import assert from "node:assert/strict";
import type { EngineId } from "../../src/core/engine/engine";
import { findMetric, type MeasuredMap, type MetricRequest, measure } from "../../src/core/metrics/run-metric";
import type { Session } from "../../src/core/session/session";
import type { MetricScore } from "../../src/shared/metrics";
import type { Tensor } from "../../src/shared/tensor";
import type { UnitAddress } from "../../src/shared/units";
import { ENGINES, everything, needEngine, report, sessionOf } from "../support/attributions";
import { needTestdata, skipBecause, testdata } from "../support/testdata";
import { arrayOf, MEASURES, METHODS, type Measure, rows, type Score, scores } from "./cases";

const engines: readonly EngineId[] = everything ? ENGINES : ["session", "wasm"];

/**
 * Scores are sums of a few hundred values of the unit, each off by float32's rounding, 1e-6 of the largest logit (about 5);
 * softmax and steps of ten by ten thousandths leave 1e-4 as a bound of the relative error.
 */
const TOLERANCE = 1e-4;

/**
 * A rank correlation of two maps of 400 elements, computed in another order of sums: elements that the tool finds equal
 * up to its own rounding swap ranks. One swap of neighbours changes it by 12 / 400^3, a hundred of them by 2e-5; zeros of
 * one side that are 1e-9 on the other move together: measured 4e-4 at most.
 */
const RANK_TOLERANCE = 1e-3;

/**
 * A correlation over 8 examples at a step of removal. Elements that a map gives exactly 0 (a dead unit, an input of 0) are
 * equal; NumPy's quicksort orders them as it happens, here they keep their order, so that other zeros fall into a step of
 * 20. A loss that changes by 1 % of the spread of the losses changes a correlation of 8 pairs by up to 1 % / sqrt(8).
 */
const TIE_TOLERANCE = 4e-3;

const toleranceOf = (metric: string): number =>
	metric === "batch-sensitivity-n"
		? TIE_TOLERANCE
		: findMetric(metric).family === "randomisation"
			? RANK_TOLERANCE
			: TOLERANCE;

function drawsOf({ samples, layers, input }: Score, session: Session): MetricRequest["draws"] {
	if (layers) {
		const draws: Record<string, Tensor> = {};
		for (const { name, shape } of session.weights.list()) {
			const found = rows("randomised_weights", name);
			assert.deepEqual([...shape], [...found.shape], name);
			draws[name] = found;
		}
		return draws;
	}
	if (samples) {
		const [archive, index] = samples.split(/[[\]]/);
		if (index !== undefined) {
			const { shape, data } = arrayOf("samples", archive as string);
			const size = (shape[1] as number) * (shape[2] as number);
			const part = Float32Array.from(
				(data as Uint8Array).subarray(Number(index) * size, (Number(index) + 1) * size),
				Number,
			);
			return { subsets: { dtype: "float32", shape: shape.slice(1), data: part } };
		}
		return { perturbations: rows("samples", samples) };
	}
	if (typeof input === "number") {
		const { shape, data } = arrayOf("segments", String(input));
		return { segments: { dtype: "int32", shape, data: Int32Array.from(data as ArrayLike<number>, Number) } };
	}
	return undefined;
}

function questionOf(entry: Score, session: Session): MeasuredMap & { mask: Tensor } {
	const [archive, row] = typeof entry.input === "number" ? ["inputs", entry.input] : [entry.input, undefined];
	const labels = arrayOf(archive, "label").data as ArrayLike<number | bigint>;
	const port = session.summary.inputs[0] ?? assert.fail();
	const { method, parameters } = METHODS[entry.map] ?? assert.fail(entry.map);
	const unitOf = (label: unknown): UnitAddress => ({
		unit: { place: { layer: session.summary.outputs[0]!.layer }, channel: Number(label) },
	});
	return {
		map: {
			at: port.name,
			tensor: row === undefined ? rows(archive, entry.map) : rows("attributions", entry.map, row),
			channelAxis: 1,
		},
		request: {
			inputs: { [port.name]: rows(archive, "image", row) },
			unit: unitOf(labels[row ?? 0]),
			parameters,
		},
		...(row === undefined && { units: Array.from(labels, unitOf) }),
		method,
		mask: rows(archive, "mask", row),
	};
}

/** The numbers that a tool tells, and ours that stand for them. */
function numbersOf(score: MetricScore, tells: Measure["tells"], expected: unknown): [number[], number[]] {
	switch (tells) {
		case "score":
			return [[score.score], [expected].flat().map(Number)];
		case "curve":
			return [
				[...(score.curve?.y ?? [])],
				(Array.isArray(expected) ? expected : Object.values(expected as object)).map(Number),
			];
		case "values":
			return [
				Object.values(score.values ?? {}),
				Object.values(expected as object).map((value) => Number([value].flat()[0])),
			];
		case "kept":
			return [Object.values(score.values ?? {}), Object.values(expected as object).map(Number)];
		case "sum and difference": {
			const { sum, difference } = expected as { sum: number; difference: number };
			return [
				[score.values?.sum ?? Number.NaN, score.values?.difference ?? Number.NaN],
				[sum, difference],
			];
		}
		case "is complete":
			return [[Number(score.values?.sum === score.values?.difference)], [Number(expected)]];
	}
}

async function scoreOf(session: Session, entry: Score, { metric, parameters }: Measure): Promise<MetricScore> {
	const { mask, ...question } = questionOf(entry, session);
	const draws = drawsOf(entry, session);
	const [score] = await measure(session, metric, question, { parameters, mask, ...(draws && { draws }) });
	return score ?? assert.fail();
}

describe("metrics", () => {
	it("has scores to compare with", function () {
		needTestdata(this, "metrics", "scores.json");
		assert.ok(scores().length > 0);
	});
});

for (const engine of engines) {
	describe(`metrics (${engine})`, function () {
		this.timeout(120_000);
		for (const [index, entry] of scores().entries()) {
			const make = MEASURES[entry.metric];
			const title = `${index} ${entry.tool} ${entry.metric} of ${entry.map} on ${entry.input}`;
			it(title, async function () {
				if (!make) skipBecause(this, `the metric ${entry.metric} is not there yet`);
				const session = await sessionOf(testdata("metrics", "model.onnx"), await needEngine(this, engine));
				const how = make(entry.parameters);
				const score = await scoreOf(session, entry, how);
				if (entry.random) {
					checkRandom(score, entry.score);
					report(`ok  ${title} (${engine})`);
					return;
				}
				const [got, expected] = numbersOf(score, how.tells, entry.score);
				assert.equal(got.length, expected.length, `${got.length} numbers for ${expected.length}`);
				const tolerance = toleranceOf(how.metric);
				for (const [at, value] of expected.entries()) {
					if (Number.isNaN(value)) continue;
					const off = Math.abs((got[at] ?? Number.NaN) * (how.factor ?? 1) - value) / Math.max(1, Math.abs(value));
					assert.ok(off <= tolerance, `number ${at} is ${got[at]}, not ${value}`);
				}
				report(`ok  ${title} (${engine})`);
			});
		}
	});
}

/** A score of one seed of ours, against mean and deviation of the tool's. */
function checkRandom(score: MetricScore, expected: unknown): void {
	const told = Object.values(expected as Record<string, { mean: number; std: number }>);
	const got = Object.values(score.values ?? {});
	assert.equal(got.length, told.length);
	for (const [at, { mean, std }] of told.entries()) {
		// Of a share of seeds p, 0 and 1 are as likely as p says: only where all seeds agree is one seed decided.
		if (std === 0) assert.equal(got[at], mean, `number ${at}`);
	}
}
