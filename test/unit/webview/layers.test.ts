import assert from "node:assert/strict";
import type { LayerSummary } from "../../../src/shared/model";
import { ticks } from "../../../webview/charts/axis";
import { pathOf } from "../../../webview/input/dropped";
import { extend, isPictureShape, padSize, undo } from "../../../webview/input/strokes";
import { badgesOf } from "../../../webview/spine/badges";
import { rowAfterKey, spineRows } from "../../../webview/spine/rows";
import { kernelMap, sharedLimit } from "../../../webview/tabs/filter-tiles";
import { orderBy, UnitPages } from "../../../webview/tabs/pages";

const layer = (name: string, depth = 0, more: Partial<LayerSummary> = {}): LayerSummary => ({
	name,
	type: "Conv2D",
	shapes: [],
	parameters: 0,
	depth,
	inputs: [],
	calls: 1,
	config: {},
	weights: [],
	channelAxis: -1,
	hasFilters: false,
	where: "",
	...more,
});

const nested = [
	layer("input"),
	layer("base", 0),
	layer("base/conv", 1),
	layer("base/inner", 1),
	layer("base/inner/bn", 2),
	layer("head"),
];
const names = (rows: { layer: LayerSummary }[]) => rows.map((row) => row.layer.name);

describe("rows of the spine", () => {
	it("leave out the parts of folded models, however deep", () => {
		assert.deepEqual(names(spineRows(nested, new Set(["base"]), "")), ["input", "base", "head"]);
		assert.deepEqual(names(spineRows(nested, new Set(["base/inner"]), "")), [
			"input",
			"base",
			"base/conv",
			"base/inner",
			"head",
		]);
	});

	it("are called by the last part of their path", () => {
		const rows = spineRows(nested, new Set(), "");
		assert.deepEqual(
			rows.map((row) => [row.shortName, row.isModel]),
			[
				["input", false],
				["base", true],
				["conv", false],
				["inner", true],
				["bn", false],
				["head", false],
			],
		);
	});

	it("are filtered by every word, in name or type, and filtering opens what is folded", () => {
		assert.deepEqual(names(spineRows(nested, new Set(["base"]), "conv2d BN")), ["base/inner/bn"]);
		assert.deepEqual(names(spineRows(nested, new Set(), "nothing")), []);
	});

	it("mark a layer that does not follow the one above it", () => {
		const layers = [
			layer("a"),
			layer("b", 0, { inputs: ["a"] }),
			layer("c", 0, { inputs: ["a"] }),
			layer("add", 0, { inputs: ["b", "c"] }),
		];
		assert.deepEqual(
			spineRows(layers, new Set(), "").map((row) => row.isBranch),
			[false, false, true, true],
		);
	});

	it("are walked by the keyboard within their ends", () => {
		assert.deepEqual(
			["ArrowUp", "ArrowDown", "PageDown", "Home", "End", "x"].map((key) => rowAfterKey(key, 0, 5, 3)),
			[0, 1, 3, 0, 4, undefined],
		);
	});
});

describe("badges", () => {
	it("tell what is wrong, the gravest first", () => {
		const unsupported = layer("lstm", 0, { unsupported: { code: "unsupported", message: "No LSTM." }, calls: 2 });
		assert.deepEqual(
			badgesOf(unsupported, { state: "broken", reason: "3 of 9 values of kernel are NaN." }).map(({ text }) => text),
			["unsupported", "NaN", "×2"],
		);
		assert.deepEqual(badgesOf(layer("fine"), { state: "healthy" }), []);
	});
});

describe("units, page by page", () => {
	it("are fetched once each where scrolling rests, and the first page tells of all", async () => {
		const asked: number[] = [];
		const pages = new UnitPages(
			4,
			async (offset) => {
				asked.push(offset);
				return { offset, total: 10 };
			},
			() => undefined,
		);
		pages.want([5]);
		pages.want([0, 1, 9]);
		await new Promise((done) => setTimeout(done, 120));
		assert.deepEqual(asked, [0, 8]);
		assert.equal(pages.first?.total, 10);
		assert.equal(pages.find(9)?.place, 1);
		assert.equal(pages.find(5), undefined);
	});

	it("are asked for again after a failure", async () => {
		let fails = true;
		const pages = new UnitPages(
			4,
			async (offset) => {
				if (fails) throw new Error("no");
				return { offset, total: 4 };
			},
			() => undefined,
		);
		await new Promise((done) => setTimeout(done, 0));
		assert.equal(pages.error?.message, "no");
		fails = false;
		pages.retry();
		await new Promise((done) => setTimeout(done, 0));
		assert.equal(pages.error, undefined);
		assert.equal(pages.first?.total, 4);
	});

	it("are ordered by value, equal ones by index, NaN last", () => {
		assert.deepEqual(orderBy([1, Number.NaN, 3, 1]), [2, 0, 3, 1]);
	});
});

describe("kernels as pictures", () => {
	const set = {
		layer: "conv",
		shape: [2, 1, 2, 2] as const,
		data: Float32Array.from([1, -3, 2, 2, 0, 0, 0, 8]),
		total: 2,
		offset: 0,
		absMax: 8,
		norms: new Float32Array(2),
	};

	it("show the mean over the inputs, or one of them", () => {
		assert.deepEqual([...kernelMap(set, 0, "mean").values], [-1, 2]);
		assert.deepEqual([...kernelMap(set, 0, 1).values], [-3, 2]);
	});

	it("share the scale of what is shown", () => {
		assert.equal(sharedLimit([set], 0), 8);
		assert.equal(sharedLimit([set], "mean"), 4);
	});
});

describe("inputs that are dropped or drawn", () => {
	it("are found by the first file address of a list", () => {
		assert.equal(pathOf("# comment\r\nhttps://x/y.png\r\nfile:///work/a%20b.png\r\n"), "/work/a b.png");
		assert.equal(pathOf("file:///c:/data/x.png"), "c:/data/x.png");
		assert.equal(pathOf("just text"), undefined);
	});

	it("are drawn where the model takes a picture", () => {
		const shapes = [
			[null, 28, 28, 1],
			[null, 28, 28],
			[null, 3, 64, 64],
			[null, 30, 1, 40],
			[null, 784],
			[null, null, null, 3],
		];
		assert.deepEqual(shapes.map(isPictureShape), [true, true, true, false, false, true]);
		assert.deepEqual(padSize(32, 64, 280), [140, 280]);
		assert.deepEqual(padSize(null, 64, 280), [280, 280]);
	});

	it("grow by points and lose strokes by undo", () => {
		const stroke = { width: 3, colour: "#fff", points: [[0, 0]] as const };
		const drawing = extend([stroke, stroke], 5, 6);
		assert.deepEqual(drawing[1]?.points, [
			[0, 0],
			[5, 6],
		]);
		assert.deepEqual(drawing[0]?.points, [[0, 0]]);
		assert.equal(undo(drawing).length, 1);
	});
});

describe("axes", () => {
	it("have round numbers within the range, zero written as zero", () => {
		assert.deepEqual(ticks(-0.25, 0.25, 5), [-0.2, -0.1, 0, 0.1, 0.2]);
		assert.deepEqual(ticks(0, 7, 3), [0, 2, 4, 6]);
		assert.deepEqual(ticks(3, 3, 5), [3]);
		assert.deepEqual(ticks(Number.NaN, 1, 5), []);
	});
});
