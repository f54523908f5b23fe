import assert from "node:assert/strict";
import {
	formatPlace,
	formatUnitAddress,
	parsePlace,
	parseUnitAddress,
	UnitSyntaxError,
} from "../../../src/shared/unit-parser";
import type { UnitAddress } from "../../../src/shared/units";

const READ: [text: string, address: UnitAddress][] = [
	["conv2d_3", { unit: { place: { layer: "conv2d_3" } } }],
	["conv2d_3[17]", { unit: { place: { layer: "conv2d_3" }, channel: 17 } }],
	["conv2d_3[17]@4,9", { unit: { place: { layer: "conv2d_3" }, channel: 17, position: [4, 9] } }],
	["conv2d_3@0", { unit: { place: { layer: "conv2d_3" }, position: [0] } }],
	["predictions[tabby]", { unit: { place: { layer: "predictions" }, channel: "tabby" } }],
	["predictions[tabby cat]", { unit: { place: { layer: "predictions" }, channel: "tabby cat" } }],
	['predictions["a ] \\" b"]', { unit: { place: { layer: "predictions" }, channel: 'a ] " b' } }],
	['predictions["7"]', { unit: { place: { layer: "predictions" }, channel: "7" } }],
	["block4/conv2[3]", { unit: { place: { layer: "block4/conv2" }, channel: 3 } }],
	["blocks.2.attn-out[3]", { unit: { place: { layer: "blocks.2.attn-out" }, channel: 3 } }],
	["blocks.2.attn/head3", { unit: { place: { layer: "blocks.2.attn/head3" } } }],
	["blocks.2.attn/head3@5>2", { unit: { place: { layer: "blocks.2.attn/head3" }, position: [5], key: [2] } }],
	["attn/scores[0]@1,2>3,4", { unit: { place: { layer: "attn/scores" }, channel: 0, position: [1, 2], key: [3, 4] } }],
	["dense#1[4]", { unit: { place: { layer: "dense", call: 1 }, channel: 4 } }],
	["dense^pre[4]", { unit: { place: { layer: "dense", stage: "pre" }, channel: 4 } }],
	["dense[4]^post", { unit: { place: { layer: "dense", stage: "post" }, channel: 4 } }],
	["conv[3]:max", { unit: { place: { layer: "conv" }, channel: 3, reduction: "max" } }],
	["conv:mean", { unit: { place: { layer: "conv" }, reduction: "mean" } }],
	['"Plus214 (MatMul + Add)"[5]', { unit: { place: { layer: "Plus214 (MatMul + Add)" }, channel: 5 } }],
	["a[1] - b[2]", { unit: { place: { layer: "a" }, channel: 1 }, minus: { place: { layer: "b" }, channel: 2 } }],
	[
		"  res2a-relu[1]  -  p[x]  ",
		{ unit: { place: { layer: "res2a-relu" }, channel: 1 }, minus: { place: { layer: "p" }, channel: "x" } },
	],
];

const REFUSED: [text: string, position: number, message: RegExp][] = [
	["", 0, /name of a layer.*end of the address at character 1/],
	["[3]", 0, /name of a layer/],
	["conv[3", 6, /expected "\]"/],
	["conv[]", 5, /a number or a label/],
	["conv[-1]", 5, /count from 0/],
	["conv[1][2]", 7, /given twice/],
	["conv@", 5, /a position/],
	["conv@4,", 7, /a position/],
	["attn/head3@5>", 13, /position of a key/],
	["conv@4;5", 6, /end of the address/],
	["conv:median", 5, /sum, mean or max/],
	["conv^mid", 5, /pre or post/],
	["conv#x", 5, /number of a call/],
	["a[1] b[2]", 5, /end of the address/],
	["a[1] - ", 7, /name of a layer/],
	["a[1]-b[2]", 4, /" - "/],
	["a[1] -b[2]", 6, /space after "-"/],
	["a - b - c", 6, /end of the address/],
	['"conv', 0, /quote is not closed/],
	['predictions["tabby]', 12, /quote is not closed/],
	["conv[99999999999999999999]", 5, /too large/],
];

describe("A unit address", () => {
	for (const [text, address] of READ) {
		it(`${text} is read`, () => assert.deepEqual(parseUnitAddress(text), address));
		it(`${text} is the same again after it was written`, () =>
			assert.deepEqual(parseUnitAddress(formatUnitAddress(address)), address));
	}

	for (const [text, position, message] of REFUSED) {
		it(`${JSON.stringify(text)} is refused at character ${position + 1}`, () => {
			assert.throws(
				() => parseUnitAddress(text),
				(error: UnitSyntaxError) => {
					assert.ok(error instanceof UnitSyntaxError);
					assert.equal(error.position, position, error.message);
					assert.match(error.message, message);
					assert.equal(error.where, `${text}\n${" ".repeat(position)}^`);
					return true;
				},
			);
		});
	}

	it("is written with its suffixes in one order", () => {
		assert.equal(formatUnitAddress(parseUnitAddress("conv:max@1,2[3]^pre#1")), "conv#1^pre[3]@1,2:max");
	});
});

describe("A place", () => {
	it("is a layer, a call and a stage", () => {
		assert.deepEqual(parsePlace("dense#1^pre"), { layer: "dense", call: 1, stage: "pre" });
		assert.equal(formatPlace({ layer: "a b", stage: "post" }), '"a b"^post');
	});
	it("has no channel", () => {
		assert.throws(
			() => parsePlace("dense[3]"),
			(error: UnitSyntaxError) => error.position === 5,
		);
	});
});
