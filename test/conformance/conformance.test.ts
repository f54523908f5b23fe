import assert from "node:assert/strict";
import type { EngineId } from "../../src/core/engine/engine";
import { quadrature } from "../../src/core/methods/gradients/quadrature";
import { sizeOf } from "../../src/shared/tensor";
import { ENGINES, everything, formatNotRead, needEngine, report, sessionOf } from "../support/attributions";
import { needTestdata, skipBecause, testdata } from "../support/testdata";
import { callOf } from "./calls";
import { type Range, withinRounding } from "./kinks";
import { type Case, cases, type Data, flatten } from "./manifest";
import { attribute } from "./run-case";

/** Natively and on WASM; the plain JavaScript kernels too with `--all`. */
const engines: readonly EngineId[] = everything ? ENGINES : ["session", "wasm"];

/** Largest excess over `atol + rtol * |expected|`, element by element; at most 0 passes. */
function excess(got: ArrayLike<number>, { shape, data }: Data, { rtol, atol }: Case): number {
	const expected = flatten(data);
	assert.equal(got.length, sizeOf(shape), `${got.length} numbers for [${shape}]`);
	return expected.reduce((worst, value, i) => {
		const over = Math.abs(got[i]! - value) - (atol + rtol * Math.abs(value));
		return over <= worst ? worst : Number.isNaN(over) ? Number.POSITIVE_INFINITY : over;
	}, Number.NEGATIVE_INFINITY);
}

/** Whether what is expected lies, within the tolerance, between what a case gives for inputs moved by a step of float32. */
function liesBetween({ data }: Data, { least, most }: Range, { rtol, atol }: Case): boolean {
	return flatten(data).every((value, at) => {
		const tolerance = atol + rtol * Math.abs(value);
		return value >= (least[at] as number) - tolerance && value <= (most[at] as number) + tolerance;
	});
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
			const call = callOf(entry);
			const quirk = /not a target/.test(entry.reference_quirk ?? "") ? entry.reference_quirk : undefined;
			const obstacle = formatNotRead(file) ?? quirk;
			if (obstacle || typeof call === "string") {
				it(title, function () {
					skipBecause(this, obstacle ?? String(call));
				});
				continue;
			}
			for (const engine of engines) {
				it(`${title} (${engine})`, async function () {
					const session = await sessionOf(file, await needEngine(this, engine));
					const got = await attribute(session, entry, call);
					for (const [name, expected] of Object.entries(entry.expected)) {
						const map = got[name];
						if (!map) assert.fail(`no map for ${name}: ${Object.keys(got)}`);
						const over = excess(map, expected, entry);
						const { alternative } = entry;
						const agrees =
							over <= 0 ||
							(alternative?.expected[name] !== undefined && excess(map, alternative.expected[name], entry) <= 0);
						const nudged = async (other: Case) => (await attribute(session, other, call))[name] ?? [];
						const isChance = !agrees && liesBetween(expected, await withinRounding(entry, nudged), entry);
						const passed = agrees || isChance;
						report(
							`${passed ? "ok" : "NO"}  ${title} (${engine})${agrees ? "" : `: ${over.toExponential(2)} beyond the tolerance${isChance ? ", which rounding of the inputs decides" : ""}`}`,
						);
						assert.ok(passed, `${name} is ${over.toExponential(2)} beyond atol ${entry.atol} + rtol ${entry.rtol}`);
					}
				});
			}
		}
	});
}
