import assert from "node:assert/strict";
import { runMethod, runToEnd } from "../../../../src/core/methods/run-method";
import type { ParameterValue } from "../../../../src/shared/methods";
import { float32 } from "../../../../src/shared/tensor";
import { parseUnitAddress } from "../../../../src/shared/unit-parser";
import { assertClose } from "../../rules/close";
import { residualNetwork } from "../../rules/networks";
import { SmallModel, sessionOf, tensor } from "../../rules/small-model";

/** relu(x W + b) + 0.5 sum(sin(x)) + 3: the network that the reference numbers were made with. */
function wavy(): SmallModel {
	const model = new SmallModel();
	const x = model.input("x", [4]);
	const rectified = model.layer("rectified", "Dense", x, {
		params: { kernel: float32([4, 2], [0.5, 1.5, -1, 0.75, 2, -0.5, 0.25, 1]), bias: float32([2], [0.1, -0.2]) },
		activation: "Relu",
		channelAxis: 1,
	});
	const sines = model.layer("sines", "Sin", x, { channelAxis: 1 });
	const half = model.layer("half", "Dense", sines, {
		params: { kernel: float32([4, 2], new Array(8).fill(0.5)), bias: float32([2], [3, 3]) },
		channelAxis: 1,
	});
	return model.output(model.layer("out", "Add", [rectified, half], { channelAxis: 1 }));
}

const x = float32([2, 4], [1, -2, 0.5, 3, 0.2, 0.1, -0.4, -1]);

const run = async (
	method: string,
	unit: string,
	parameters: Record<string, ParameterValue>,
	more: { seed?: number; masks?: Record<string, { dtype: "int32"; shape: number[]; data: Int32Array }> } = {},
) => runToEnd(await sessionOf(wavy()), method, { inputs: { x }, unit: parseUnitAddress(unit), parameters, ...more });

describe("PGD and FGSM equal Captum 0.9", () => {
	const pgd = {
		radius: 0.3,
		step_size: 0.12,
		step_num: 5,
		loss_func: "negative_log",
		lower_bound: "-1.9",
		upper_bound: "2.95",
	};
	for (const [norm, targeted, expected] of [
		["L2", false, [0.8269292, -1.9, 0.6730708, 2.8269293, 0.05, -0.05, -0.55, -1.15]],
		["Linf", false, [0.7, -1.9, 0.8, 2.7, -0.1, -0.2, -0.7, -1.3]],
		["L2", true, [1.1715647, -1.8284353, 0.3284352, 2.95, 0.35, 0.25, -0.25, -0.85]],
	] as const) {
		it(`PGD in ${norm}${targeted ? ", targeted" : ""}, within bounds`, async () => {
			const { maps } = await run("pgd", "out[1]", { ...pgd, norm, targeted });
			assertClose(maps[0]!.tensor.data, expected, 2e-6);
		});
	}
	it("FGSM where a mask lets it", async () => {
		const masks = { x: { dtype: "int32" as const, shape: [2, 4], data: Int32Array.of(1, 0, 1, 0, 1, 1, 0, 0) } };
		const { maps } = await run("fgsm", "out[0]", { epsilon: 0.2, loss_func: "negative_log" }, { masks });
		assertClose(maps[0]!.tensor.data, [0.8, -2, 0.3, 3, 0, -0.1, -0.4, -1], 1e-6);
	});
});

describe("FGSM", () => {
	it("lowers the unit, raises it when targeted, and says by how much", async () => {
		for (const targeted of [false, true]) {
			const { provenance } = await run("fgsm", "out[1]", { epsilon: 0.01, targeted });
			const { before, after } = provenance.changes![0]!;
			for (const example of [0, 1])
				assert.ok(targeted ? after[example]! > before[example]! : after[example]! < before[example]!);
		}
	});
	it("by minus the logarithm of a probability steps along the cross-entropy", async () => {
		const session = await sessionOf(residualNetwork());
		const inputs = { x: tensor([1, 6, 6, 2], 11) };
		const unit = parseUnitAddress("predictions[1]^post");
		const step = async (loss_func: string) =>
			(await runToEnd(session, "fgsm", { inputs, unit, parameters: { loss_func, epsilon: 0.5 } })).maps[0]!.tensor.data;
		// The logarithm rises with the probability: the same signs.
		assert.deepEqual(await step("negative_log"), await step("negative"));
	});
	it("turns its direction where the logarithm of a negative value is asked for, as Captum does", async () => {
		const negated = { loss_func: "negative_log", epsilon: 0.1 };
		const { maps } = await run("fgsm", "out[0] - out[1]", negated);
		const { maps: plain } = await run("fgsm", "out[0] - out[1]", { ...negated, loss_func: "negative" });
		const values = await (await sessionOf(wavy())).unitValue({ x }, parseUnitAddress("out[0] - out[1]"));
		for (let i = 0; i < 8; i++) {
			const sign = Math.sign(values[Math.floor(i / 4)]!);
			const [step, other] = [maps, plain].map((list) => list[0]!.tensor.data[i]! - x.data[i]!) as [number, number];
			assert.ok(Math.abs(step - sign * other) < 1e-6);
		}
	});
	it("keeps within bounds, which auto takes from the preprocessing or from each example", async () => {
		const { maps, provenance } = await run("fgsm", "out[1]", { epsilon: 5, lower_bound: "auto", upper_bound: "auto" });
		for (const example of [0, 1]) {
			const [own, given] = [maps[0]!.tensor.data, x.data].map((data) => [
				...data.subarray(example * 4, example * 4 + 4),
			]);
			assert.ok(Math.min(...own!) >= Math.min(...given!) && Math.max(...own!) <= Math.max(...given!));
		}
		assert.ok(provenance.notices!.some((notice) => /lower_bound is -2/.test(notice)));
		await assert.rejects(run("fgsm", "out[1]", { lower_bound: "low" }), /the parameter lower_bound is "low"/);
	});
});

describe("PGD", () => {
	it("stays in the ball from a random start, which the seed decides", async () => {
		for (const norm of ["Linf", "L2"]) {
			const parameters = { norm, radius: 0.25, step_size: 0.1, step_num: 3, random_start: true };
			const first = (await run("pgd", "out[0]", { ...parameters, step_size: 0 }, { seed: 1 })).maps[0]!.tensor.data;
			const again = (await run("pgd", "out[0]", { ...parameters, step_size: 0 }, { seed: 1 })).maps[0]!.tensor.data;
			const other = (await run("pgd", "out[0]", { ...parameters, step_size: 0 }, { seed: 2 })).maps[0]!.tensor.data;
			assert.deepEqual(first, again);
			assert.notDeepEqual(first, other);
			assert.notDeepEqual(first, x.data);
			const walked = (await run("pgd", "out[0]", parameters, { seed: 1 })).maps[0]!.tensor.data;
			for (const data of [first, walked])
				for (const example of [0, 1]) {
					const steps = [0, 1, 2, 3].map((i) => data[example * 4 + i]! - x.data[example * 4 + i]!);
					const length = norm === "L2" ? Math.hypot(...steps) : Math.max(...steps.map(Math.abs));
					assert.ok(length <= 0.25 * (1 + 1e-5), `${norm}: ${length}`);
				}
		}
	});
	it("gives the start and each step as a partial result, the last one before what it changes", async () => {
		const session = await sessionOf(wavy());
		const progress: number[] = [];
		const told: boolean[] = [];
		const request = { inputs: { x }, unit: parseUnitAddress("out[0]"), parameters: { step_num: 4 } };
		for await (const result of runMethod(session, "pgd", request)) {
			progress.push(result.progress);
			told.push(result.provenance.changes !== undefined);
		}
		assert.deepEqual(
			[progress, told],
			[
				[0, 0.225, 0.45, 0.675, 0.9, 1],
				[false, false, false, false, false, true],
			],
		);
	});
	it("stops between steps when told to", async () => {
		const session = await sessionOf(wavy());
		const abort = new AbortController();
		const request = { inputs: { x }, parameters: { step_num: 50 }, signal: abort.signal };
		await assert.rejects(async () => {
			for await (const { progress } of runMethod(session, "pgd", request)) if (progress > 0.1) abort.abort();
		}, /cancel/i);
	});
});
