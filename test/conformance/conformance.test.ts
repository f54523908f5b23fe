import assert from "node:assert/strict";
import type { EngineId } from "../../src/core/engine/engine";
import { quadrature } from "../../src/core/methods/gradients/quadrature";
import type { Session } from "../../src/core/session/session";
import { sizeOf, type Tensor } from "../../src/shared/tensor";
import type { UnitAddress } from "../../src/shared/units";
import { ENGINES, everything, formatNotRead, needEngine, report, runCall, sessionOf } from "../support/attributions";
import { needTestdata, skipBecause, testdata } from "../support/testdata";
import { callOf } from "./calls";
import { type Case, cases, type Data, flatten, tensorOf } from "./manifest";

/** Natively and on WASM; the plain JavaScript kernels too with `--all`. */
const engines: readonly EngineId[] = everything ? ENGINES : ["session", "wasm"];

/** The unit of an output index, given as the place in the output laid flat. */
function unitOf(session: Session, target: number): UnitAddress {
	return { unit: { place: { layer: session.summary.outputs[0]!.layer }, channel: target } };
}

/** Largest excess over `atol + rtol * |expected|`, element by element; at most 0 passes. */
function excess(got: ArrayLike<number>, { shape, data }: Data, { rtol, atol }: Case): number {
	const expected = flatten(data);
	assert.equal(got.length, sizeOf(shape), `${got.length} numbers for [${shape}]`);
	return expected.reduce((worst, value, i) => {
		const over = Math.abs(got[i]! - value) - (atol + rtol * Math.abs(value));
		return over <= worst ? worst : Number.isNaN(over) ? Number.POSITIVE_INFINITY : over;
	}, Number.NEGATIVE_INFINITY);
}

function inputsOf(entry: Case): Record<string, Tensor> {
	return Object.fromEntries(Object.entries(entry.inputs ?? {}).map(([name, data]) => [name, tensorOf(data)]));
}

/** Units of the examples: one for all, or one each. */
function targetsOf(entry: Case, batch: number): number[] {
	const { target } = entry;
	if (typeof target === "number") return Array.from({ length: batch }, () => target);
	if (Array.isArray(target) && target.length === batch && target.every((index) => typeof index === "number"))
		return [...target];
	throw new Error(`the target ${JSON.stringify(target)} is not an output index`);
}

async function attribute(
	session: Session,
	entry: Case,
	context: Mocha.Context,
): Promise<Record<string, ArrayLike<number>>> {
	const inputs = inputsOf(entry);
	const batch = Object.values(inputs)[0]?.shape[0] ?? 1;
	if (entry.method === "forward") {
		const outputs = await session.forward(inputs);
		return { output: outputs[0]!.data };
	}
	const targets = targetsOf(entry, batch);
	const unit = unitOf(session, targets[0]!);
	if (entry.suite === "innvestigate" && entry.method === "SmoothGrad")
		return { x: await smoothGrad(session, entry, inputs, unit) };
	const call = callOf(entry);
	if (typeof call === "string") return skipBecause(context, call);
	assert.equal(new Set(targets).size, 1, "one unit for all examples of a batch");
	const { maps } = await runCall(session, { ...call, unit }, inputs);
	return Object.fromEntries(maps.map(({ at, tensor }) => [at, tensor.data]));
}

/**
 * iNNvestigate's noise has the standard deviation `noise_scale` itself; here it is a share of the example's range. Its
 * tolerance is that of the original test (rtol 0.25, atol 0.2), which the mean over 64 samples meets.
 */
function smoothGrad(
	session: Session,
	entry: Case,
	inputs: Record<string, Tensor>,
	unit: UnitAddress,
): Promise<Float32Array> {
	const values = Object.values(inputs)[0]!.data;
	let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
	for (const value of values) [low, high] = [Math.min(low, value), Math.max(high, value)];
	const parameters = {
		samples: Number(entry.params.augment_by_n),
		noise: Number(entry.params.noise_scale) / (high - low),
	};
	return runCall(session, { method: "smoothgrad", parameters, unit, seed: 1 }, inputs).then(
		({ maps }) => maps[0]!.tensor.data as Float32Array,
	);
}

/** Captum's quadrature weights, in double precision; its trapezoid keeps its defect. */
function checkQuadrature(entry: Case): void {
	const n = Number(entry.params.n);
	for (const [name, rule] of Object.entries(entry.expected) as unknown as [
		string,
		{ step_sizes: number[]; alphas: number[] },
	][]) {
		const { points, weights } = quadrature(`riemann_${name}` as Parameters<typeof quadrature>[0], n);
		assert.ok(excess(points, { shape: [n], data: rule.alphas }, entry) <= 0, `points of ${name}: ${points}`);
		assert.ok(excess(weights, { shape: [n], data: rule.step_sizes }, entry) <= 0, `weights of ${name}: ${weights}`);
	}
}

describe("conformance", () => {
	it("has cases", function () {
		const folder = needTestdata(this, "conformance");
		assert.ok(cases().length > 0, `no cases in ${folder}`);
	});
});

const suites = new Map<string, Case[]>();
for (const entry of cases()) suites.set(entry.suite, [...(suites.get(entry.suite) ?? []), entry]);

for (const [suite, entries] of suites) {
	describe(`conformance: ${suite}`, function () {
		this.timeout(60_000);
		for (const entry of entries) {
			const title = `${entry.id} ${entry.method} ${entry.model ?? ""}`.trim();
			if (!entry.model) {
				it(title, function () {
					if (entry.method !== "riemann_coefficients") skipBecause(this, `method ${entry.method} not there yet`);
					checkQuadrature(entry);
					report(`ok  ${title}`);
				});
				continue;
			}
			const file = testdata("conformance", ...entry.model.split("/"));
			const special = entry.method === "forward" || (entry.suite === "innvestigate" && entry.method === "SmoothGrad");
			const call = special ? undefined : callOf(entry);
			const obstacle = formatNotRead(file) ?? (typeof call === "string" ? call : undefined);
			if (obstacle) {
				it(title, function () {
					skipBecause(this, obstacle);
				});
				continue;
			}
			for (const engine of engines) {
				it(`${title} (${engine})`, async function () {
					const session = await sessionOf(file, await needEngine(this, engine));
					const got = await attribute(session, entry, this);
					for (const [name, expected] of Object.entries(entry.expected)) {
						const map = got[name];
						if (!map) assert.fail(`no map for ${name}: ${Object.keys(got)}`);
						const over = excess(map, expected, entry);
						const { alternative } = entry;
						const passed =
							over <= 0 ||
							(alternative?.expected[name] !== undefined && excess(map, alternative.expected[name], entry) <= 0);
						report(
							`${passed ? "ok" : "NO"}  ${title} (${engine})${passed ? "" : `: ${over.toExponential(2)} beyond the tolerance`}`,
						);
						assert.ok(passed, `${name} is ${over.toExponential(2)} beyond atol ${entry.atol} + rtol ${entry.rtol}`);
					}
				});
			}
		}
	});
}
