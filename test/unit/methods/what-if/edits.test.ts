import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { writeNpy } from "../../../../src/core/data/npy";
import type { MethodRequest } from "../../../../src/core/methods/method";
import { runToEnd } from "../../../../src/core/methods/run-method";
import { otsu } from "../../../../src/core/methods/what-if/object";
import { encodePng } from "../../../../src/core/render/png";
import { blank } from "../../../../src/core/render/raster";
import { PREPROCESS_PRESETS } from "../../../../src/shared/preprocess";
import { float32, type Tensor } from "../../../../src/shared/tensor";
import { parseUnitAddress } from "../../../../src/shared/unit-parser";
import { assertClose } from "../../rules/close";
import { residualNetwork } from "../../rules/networks";
import { numbers, SmallModel, sessionOf, tensor } from "../../rules/small-model";

const x = tensor([2, 6, 6, 2], 11);
const at = (example: number, row: number, column: number, channel: number) =>
	((example * 6 + row) * 6 + column) * 2 + channel;

const run = async (method: string, more: Partial<MethodRequest> = {}) =>
	runToEnd(await sessionOf(residualNetwork(), { labels: ["circle", "square", "star"] }), method, {
		inputs: { x },
		unit: parseUnitAddress("predictions[1]"),
		parameters: {},
		...more,
	});

const edited = async (method: string, parameters: MethodRequest["parameters"], more: Partial<MethodRequest> = {}) => {
	const { maps, quantity } = await run(method, { parameters, ...more });
	assert.deepEqual([quantity, maps[0]?.at, maps[0]?.channelAxis], ["input", "x", 3]);
	return maps[0]!.tensor;
};

/** The elements that differ from the input. */
const changed = ({ data }: Tensor) => [...data.keys()].filter((element) => data[element] !== x.data[element]);

function elements(isInside: (row: number, column: number) => boolean): number[] {
	const found: number[] = [];
	for (const example of [0, 1])
		for (let row = 0; row < 6; row++)
			for (let column = 0; column < 6; column++)
				if (isInside(row, column)) found.push(at(example, row, column, 0), at(example, row, column, 1));
	return found;
}

describe("What-if: units before and after", () => {
	it("are those of the input and of the edited input: the unit, further units, the top classes of both", async () => {
		const session = await sessionOf(residualNetwork(), { labels: ["circle", "square", "star"] });
		const { maps, provenance } = await run("erase", {
			parameters: { top: 2, units: "conv2[1]:mean; predictions[star]" },
		});
		const after = { x: maps[0]!.tensor };
		const { changes = [] } = provenance;
		assert.deepEqual(
			changes.slice(0, 3).map(({ unit, label }) => [unit, label]),
			[
				["predictions[1]", "square"],
				["conv2[1]:mean", undefined],
				["predictions[2]", "star"],
			],
		);
		for (const { unit, before, after: then } of changes) {
			assertClose(before, await session.unitValue({ x }, parseUnitAddress(unit)), 1e-5, unit);
			assertClose(then, await session.unitValue(after, parseUnitAddress(unit)), 1e-5, unit);
		}
		const top = async (inputs: Record<string, Tensor>) => {
			const [scores] = await session.forward(inputs);
			return [0, 1, 2]
				.sort((a, b) => scores!.data[b]! - scores!.data[a]!)
				.slice(0, 2)
				.map((c) => `predictions[${c}]`);
		};
		const units = changes.map(({ unit }) => unit);
		for (const unit of [...(await top({ x })), ...(await top(after))]) assert.ok(units.includes(unit), unit);
		assert.equal(new Set(units).size, units.length);
		assert.equal(provenance.unitValue, changes[0]!.before[0]);
	});
	it("are the unit alone when no class is asked for", async () => {
		const { provenance } = await run("erase", { parameters: { top: 0 } });
		assert.deepEqual(
			provenance.changes?.map(({ unit }) => unit),
			["predictions[1]"],
		);
	});
});

describe("Erase", () => {
	let folder: string;
	before(() => {
		folder = mkdtempSync(path.join(tmpdir(), "lamina-mask-"));
	});
	after(() => rmSync(folder, { recursive: true }));

	it("puts the baseline into a box, in all channels, and leaves the rest", async () => {
		const result = await edited("erase", { box: "1:3,2:6", baselines: "constant", baseline_value: 7 });
		const inside = elements((row, column) => row >= 1 && row < 3 && column >= 2);
		assert.deepEqual(changed(result), inside);
		assert.ok(inside.every((element) => result.data[element] === 7));
	});
	it("takes the middle half when no part is given, and what lies outside of it when asked to", async () => {
		const isMiddle = (row: number, column: number) => Math.min(row, column) >= 1 && Math.max(row, column) <= 4;
		const constant = { baselines: "constant", baseline_value: 7 };
		assert.deepEqual(changed(await edited("erase", constant)), elements(isMiddle));
		const outside = changed(await edited("erase", { ...constant, outside: true }));
		assert.deepEqual(
			outside,
			elements((row, column) => !isMiddle(row, column)),
		);
	});
	it("takes a mask: given, as an array, or as a picture of another size", async () => {
		const constant = { baselines: "constant", baseline_value: 7 };
		const isMasked = (row: number, column: number) => row < 3 && column >= 3;
		const cells = Array.from({ length: 36 }, (_, cell) => Number(isMasked(Math.floor(cell / 6), cell % 6)));
		const masks = { x: { dtype: "int32" as const, shape: [6, 6], data: Int32Array.from(cells) } };
		assert.deepEqual(changed(await edited("erase", constant, { masks })), elements(isMasked));
		writeFileSync(path.join(folder, "mask.npy"), writeNpy(float32([6, 6], cells)));
		const picture = blank(12, 12, [0, 0, 0]);
		for (let row = 0; row < 6; row++) picture.rgba.fill(255, (row * 12 + 6) * 4, (row * 12 + 12) * 4);
		writeFileSync(path.join(folder, "mask.png"), encodePng(picture));
		for (const name of ["mask.npy", "mask.png"]) {
			const mask = path.join(folder, name);
			assert.deepEqual(changed(await edited("erase", { ...constant, mask })), elements(isMasked), name);
		}
	});
	it("takes features by their numbers", async () => {
		const parameters = {
			baselines: "constant",
			baseline_value: 7,
			feature_mask: "grid",
			cells: "2x3",
			features: "1,5",
		};
		const isInside = (row: number, column: number) =>
			(row < 3 && column >= 2 && column < 4) || (row >= 3 && column >= 4);
		assert.deepEqual(changed(await edited("erase", parameters)), elements(isInside));
	});
	it("erases features of a vector, and steps of a sequence", async () => {
		const model = new SmallModel();
		const [v, s] = [model.input("v", [8]), model.input("s", [4, 2], { channelAxis: 2 })];
		const flat = model.layer("flat", "Flatten", s, { channelAxis: 1 });
		const joined = model.layer("joined", "Concat", [v, flat], { attrs: { axis: 1 }, channelAxis: 1 });
		model.output(model.layer("out", "Dense", joined, { params: { kernel: tensor([16, 2], 3) }, channelAxis: 1 }));
		const inputs = { v: tensor([1, 8], 1), s: tensor([1, 4, 2], 2) };
		const { maps } = await runToEnd(await sessionOf(model), "erase", { inputs, parameters: { box: "1:2" } });
		assert.deepEqual(
			maps.map((map) => map.at),
			["v", "s"],
		);
		assert.deepEqual(maps[0]!.tensor.data, inputs.v.data);
		assert.deepEqual(
			[...maps[1]!.tensor.data],
			[...inputs.s.data].map((value, i) => (i === 2 || i === 3 ? 0 : value)),
		);
	});
	it("is refused where the part is empty, lies outside, or is given twice", async () => {
		const refused = (parameters: MethodRequest["parameters"], message: RegExp, more: Partial<MethodRequest> = {}) =>
			assert.rejects(run("erase", { parameters, ...more }), message);
		const none = { x: { dtype: "int32" as const, shape: [6, 6], data: new Int32Array(36) } };
		await refused({}, /the part that is given is empty/, { masks: none });
		await refused({ box: "0:6,0:6", outside: true }, /nothing lies outside/);
		await refused({ box: "0:7,0:2" }, /0:7 along axis 1 .* which has 6/);
		await refused({ box: "3:3,0:2" }, /3:3 along axis 1/);
		await refused({ box: "1:2" }, /no input has as many axes: x \[6, 6\]/);
		await refused({ box: "a" }, /the box is "a"/);
		await refused({ box: "0:2,0:2", features: "1" }, /several parts are given/);
		await refused({ features: "99999" }, /but there are \d+: 0 to/);
		await refused({ mask: path.join(folder, "nowhere.png") }, /The mask does not exist/);
	});
});

describe("Shuffle parts", () => {
	const parts = (data: ArrayLike<number>, example: number, size: number) => {
		const found: string[] = [];
		for (let row = 0; row + size <= 6; row += size)
			for (let column = 0; column + size <= 6; column += size) {
				const part: number[] = [];
				for (let y = 0; y < size; y++)
					for (let i = 0; i < size * 2; i++) part.push(data[at(example, row + y, column, 0) + i]!);
				found.push(part.join());
			}
		return found;
	};
	it("keeps the parts whole and moves them by one permutation for all examples and channels", async () => {
		const { data } = await edited("shuffle-parts", { grid: "3" }, { seed: 5 });
		const order = [0, 1].map((example) => {
			const before = parts(x.data, example, 2);
			return parts(data, example, 2).map((part) => before.indexOf(part));
		});
		assert.deepEqual([...order[0]!].sort(), [0, 1, 2, 3, 4, 5, 6, 7, 8]);
		assert.deepEqual(order[0], order[1]);
		assert.notDeepEqual(order[0], [0, 1, 2, 3, 4, 5, 6, 7, 8]);
	});
	it("is decided by the seed", async () => {
		const of = async (seed: number) => (await edited("shuffle-parts", {}, { seed })).data;
		assert.deepEqual(await of(1), await of(1));
		assert.notDeepEqual(await of(1), await of(2));
	});
	it("leaves what the grid leaves over", async () => {
		const { data } = await edited("shuffle-parts", { grid: "4x1" }, { seed: 3 });
		assert.deepEqual(data.subarray(at(0, 4, 0, 0), at(1, 0, 0, 0)), x.data.subarray(at(0, 4, 0, 0), at(1, 0, 0, 0)));
		const rows = (values: ArrayLike<number>) =>
			[0, 1, 2, 3].map((row) => Array.from({ length: 12 }, (_, i) => values[row * 12 + i]).join());
		assert.deepEqual(rows(data).sort(), rows(x.data).sort());
	});
	it("refuses a grid that is none", () =>
		assert.rejects(run("shuffle-parts", { parameters: { grid: "0" } }), /the parameter grid is "0"/));
});

describe("Silhouette", () => {
	it("is black inside of the part that is given and white outside, in the units of the preprocessing", async () => {
		const preprocess = { scale: 1 / 255, mean: [0.5, 0.25], std: [0.5, 0.2] };
		const { data } = await edited("silhouette", { box: "0:2,0:3" }, { preprocess });
		for (const inside of elements((row, column) => row < 2 && column < 3))
			assertClose([data[inside]!], [inside % 2 === 0 ? -1 : -1.25]);
		for (const outside of elements((row, column) => row >= 2 || column >= 3))
			assertClose([data[outside]!], [outside % 2 === 0 ? 1 : 3.75]);
	});
	it("finds the object that stands out from the border, bright or dark, in each example by itself", async () => {
		const isObject = (row: number, column: number) => row >= 2 && row < 5 && column >= 1 && column < 4;
		const values = new Float32Array(144);
		const noise = numbers(144, 3);
		for (let i = 0; i < 144; i++) {
			const [example, row, column] = [Math.floor(i / 72), Math.floor(i / 12) % 6, Math.floor(i / 2) % 6];
			values[i] = (isObject(row, column) === (example === 0) ? 5 : -5) + noise[i]!;
		}
		const { data } = await edited(
			"silhouette",
			{ object: "1", ground: "0" },
			{ inputs: { x: float32([2, 6, 6, 2], values) } },
		);
		const expected = new Float32Array(144);
		for (const element of elements(isObject)) expected[element] = 1;
		assert.deepEqual(data, expected);
	});
	it("splits values where Otsu's criterion is best", () => {
		for (let seed = 1; seed < 8; seed++) {
			const values = Float64Array.from(numbers(60, seed), (value, i) => value + (i % 3 === 0 ? 1.5 : 0));
			const explained = (threshold: number) => {
				const [low, high] = [values.filter((v) => v <= threshold), values.filter((v) => v > threshold)];
				const mean = (list: Float64Array) => list.reduce((a, b) => a + b, 0) / list.length;
				return low.length * high.length === 0 ? 0 : low.length * high.length * (mean(low) - mean(high)) ** 2;
			};
			const best = Math.max(...Array.from(values, explained));
			// 256 bins: values of one bin cannot be told apart.
			assert.ok(explained(otsu(values)) > 0.98 * best, `seed ${seed}`);
		}
		assert.equal(otsu(new Float64Array(5).fill(2)), 2);
	});
});

describe("Texture only", () => {
	it("repeats a patch of the part, mirrored from tile to tile", async () => {
		const { data } = await edited("texture-only", { box: "2:4,3:5", patch: "2" });
		const mirrored = (place: number, begin: number) => begin + [0, 1, 1, 0][(((place - begin) % 4) + 4) % 4]!;
		for (const example of [0, 1])
			for (let row = 0; row < 6; row++)
				for (let column = 0; column < 6; column++)
					for (const channel of [0, 1])
						assert.equal(
							data[at(example, row, column, channel)],
							x.data[at(example, mirrored(row, 2), mirrored(column, 3), channel)],
						);
	});
	it("takes the patch that holds most of a mask", async () => {
		const cells = new Int32Array(36);
		for (const cell of [4, 5, 10, 11, 24]) cells[cell] = 1;
		const masks = { x: { dtype: "int32" as const, shape: [6, 6], data: cells } };
		const { data } = await edited("texture-only", { patch: "2" }, { masks });
		assert.deepEqual(
			data.subarray(at(0, 0, 4, 0), at(0, 0, 5, 1) + 1),
			x.data.subarray(at(0, 0, 4, 0), at(0, 0, 5, 1) + 1),
		);
		assert.ok(new Set(data.subarray(0, 72)).size <= 8);
	});
	it("refuses a patch that is larger than the input", () =>
		assert.rejects(run("texture-only", { parameters: { patch: "7" } }), /the patch has the extents 7x7/));
});

describe("Edited inputs of known preprocessing", () => {
	it("record it, so that they can be drawn", async () => {
		const { provenance } = await run("erase", { preprocess: PREPROCESS_PRESETS.unit });
		assert.deepEqual(provenance.preprocess, PREPROCESS_PRESETS.unit);
	});
});
