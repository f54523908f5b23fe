import assert from "node:assert/strict";
import { Builder } from "../../../src/core/program/builder";
import { BATCH } from "../../../src/core/program/dims";
import { isPosition, tokenGrid } from "../../../src/core/program/token-grid";
import type { Dim, Value } from "../../../src/core/program/types";
import * as v from "../../../src/core/program/vocabulary";

const weight = (b: Builder, ...shape: number[]) => b.weight(`w${b.length}`, "float32", shape);
const image = (b: Builder, ...shape: Dim[]) => b.input("x", "float32", [BATCH, ...shape]);

/** A dense layer over the last axis as layers are lowered: all axes before it in one. */
function dense(b: Builder, x: Value, features: number): Value {
	const leading = x.shape.slice(0, -1);
	const rows = v.reshape(b, x, [-Math.abs(leading.reduce((a, c) => a * c, 1)), x.shape.at(-1) as Dim]);
	return v.reshape(b, v.matmul(b, rows, weight(b, x.shape.at(-1) as number, features)), [...leading, features]);
}

/** Attention with heads, without a way around it. */
function attention(b: Builder, x: Value, heads: number): Value {
	const [, tokens, features] = x.shape as [Dim, number, number];
	const head = () =>
		v.transpose(b, v.reshape(b, dense(b, x, features), [BATCH, tokens, heads, features / heads]), [0, 2, 1, 3]);
	const weights = v.softmax(b, v.matmul(b, head(), head(), { transposeB: true }));
	return v.reshape(b, v.transpose(b, v.matmul(b, weights, head()), [0, 2, 1, 3]), [BATCH, tokens, features]);
}

function normalised(b: Builder, x: Value): Value {
	const centred = v.sub(b, x, v.mean(b, x, [2], true));
	return v.mul(
		b,
		v.mul(b, centred, v.rsqrt(b, v.mean(b, v.square(b, centred), [2], true))),
		weight(b, x.shape[2] as number),
	);
}

/** Class token before, positions added, blocks of attention and dense layers, residual or not. */
function encoder(b: Builder, patches: Value, residual: boolean, classTokens = 1): Value {
	const [, tokens, features] = patches.shape as [Dim, number, number];
	const token = v.broadcastTo(b, weight(b, 1, classTokens, features), [BATCH, classTokens, features]);
	const embedded = classTokens > 0 ? v.concat(b, [token, patches], 1) : patches;
	let x = v.add(b, embedded, weight(b, 1, tokens + classTokens, features));
	for (let block = 0; block < 3; block++) {
		const attended = attention(b, normalised(b, x), 2);
		x = residual ? v.add(b, x, attended) : attended;
		const spread = dense(b, v.relu(b, dense(b, normalised(b, x), 4 * features)), features);
		x = residual ? v.add(b, x, spread) : spread;
	}
	return x;
}

const channelsLast = (b: Builder) => v.reshape(b, dense(b, image(b, 3, 5, 7), 8), [BATCH, 15, 8]);

describe("The grid of tokens", () => {
	for (const residual of [true, false]) {
		it(`is that of channels-last patches, behind a class token, through blocks ${residual ? "with" : "without"} a way around them`, () => {
			const b = new Builder();
			const x = encoder(b, channelsLast(b), residual);
			assert.deepEqual(tokenGrid(b, x, 1), { axis: 1, first: 1, extents: [3, 5] });
			assert.equal(tokenGrid(b, x, 2), undefined);
		});
	}
	it("is that of channels-first patches that are turned", () => {
		const b = new Builder();
		const flat = v.reshape(b, image(b, 8, 3, 5), [BATCH, 8, 15]);
		assert.deepEqual(tokenGrid(b, flat, 2), { axis: 2, first: 0, extents: [3, 5] });
		assert.deepEqual(tokenGrid(b, encoder(b, v.transpose(b, flat, [0, 2, 1]), true, 4), 1), {
			axis: 1,
			first: 4,
			extents: [3, 5],
		});
	});
	it("is found where tokens come first and the batch second", () => {
		const b = new Builder();
		const x = v.transpose(b, encoder(b, channelsLast(b), true), [1, 0, 2]);
		const rows = v.reshape(b, x, [-16, 8]);
		const back = v.reshape(b, v.matmul(b, rows, weight(b, 8, 6)), [16, BATCH, 6]);
		assert.deepEqual(tokenGrid(b, back, 0), { axis: 0, first: 1, extents: [3, 5] });
	});
	it("is counted from what is left when tokens are cut off or added", () => {
		const b = new Builder();
		const x = encoder(b, channelsLast(b), true);
		const without = v.slice(b, x, [0, 1, 0], [-1, 15, 8]);
		assert.deepEqual(tokenGrid(b, without, 1), { axis: 1, first: 0, extents: [3, 5] });
		const padded = v.pad(b, without, [
			[0, 0],
			[2, 3],
			[0, 0],
		]);
		assert.deepEqual(tokenGrid(b, padded, 1), { axis: 1, first: 2, extents: [3, 5] });
		assert.equal(tokenGrid(b, v.slice(b, x, [0, 3, 0], [-1, 13, 8]), 1), undefined, "a part of the grid is no grid");
	});
	it("has three axes for films, and is the last one that was made", () => {
		const b = new Builder();
		const film = v.reshape(b, image(b, 2, 3, 5, 8), [BATCH, 30, 8]);
		assert.deepEqual(tokenGrid(b, v.relu(b, film), 1)?.extents, [2, 3, 5]);
		const other = new Builder();
		const tokens = v.reshape(other, image(other, 4, 6, 8), [BATCH, 24, 8]);
		const merged = v.reshape(other, v.stridedSlice(other, v.reshape(other, tokens, [BATCH, 4, 6, 8]), 1, 0, 4, 2), [
			BATCH,
			12,
			8,
		]);
		assert.deepEqual(tokenGrid(other, merged, 1)?.extents, [2, 6]);
	});
	it("is not that of windows that are put together again, which follow each other otherwise", () => {
		const b = new Builder();
		const windows = v.reshape(b, image(b, 4, 6, 8), [BATCH, 2, 2, 3, 2, 8]);
		assert.equal(tokenGrid(b, v.reshape(b, windows, [BATCH, 24, 8]), 1)?.extents.length ?? 0, 0);
	});
	it("is none for words, steps of time and the axis of heads", () => {
		const b = new Builder();
		const words = encoder(b, image(b, 12, 8), true, 0);
		assert.equal(tokenGrid(b, words, 1), undefined);
		assert.equal(tokenGrid(b, v.reshape(b, words, [BATCH, 12, 2, 4]), 2), undefined);
	});
	it("is found fast in a deep model", () => {
		const b = new Builder();
		let x = channelsLast(b);
		for (let depth = 0; depth < 12; depth++) x = v.add(b, x, attention(b, x, 2));
		for (let depth = 0; depth < 400; depth++) x = v.add(b, x, v.add(b, x, v.relu(b, x)));
		const started = performance.now();
		assert.deepEqual(tokenGrid(b, x, 1)?.extents, [3, 5]);
		assert.ok(performance.now() - started < 1000);
	});
});

describe("An axis of positions", () => {
	it("is one of the input, through what changes its extent: steps, padding, numbers, a matrix that resizes", () => {
		const b = new Builder();
		const picture = image(b, 6, 8, 3);
		const enlarged = v.matmul(
			b,
			v.constant(b, new Array(24).fill(0.5), [1, 4, 6]),
			v.reshape(b, picture, [BATCH, 6, 24]),
		);
		const taken = v.gather(b, picture, v.constant(b, [1, 1, 5], [3], "int32"), 2);
		for (const [value, axis] of [
			[picture, 1],
			[v.stridedSlice(b, picture, 2, 0, 8, 2), 2],
			[v.reshape(b, enlarged, [BATCH, 4, 8, 3]), 1],
			[taken, 2],
			[v.relu(b, dense(b, picture, 5)), 2],
		] as const)
			assert.equal(isPosition(b, value, axis), true);
	});
	it("is none of features, channels of a kernel, heads, and what they look at", () => {
		const b = new Builder();
		const tokens = encoder(b, channelsLast(b), true);
		const heads = v.transpose(b, v.reshape(b, dense(b, tokens, 8), [BATCH, 16, 2, 4]), [0, 2, 1, 3]);
		assert.equal(isPosition(b, heads, 1), false);
		assert.equal(isPosition(b, heads, 3), false);
		assert.equal(isPosition(b, v.matmul(b, heads, heads, { transposeB: true }), 1), false);
		assert.equal(isPosition(b, dense(b, tokens, 9), 2), false);
	});
	it("is one of words that are looked up", () => {
		const b = new Builder();
		const words = b.input("words", "int32", [BATCH, 7]);
		const embedded = v.gather(b, weight(b, 30, 5), words, 0);
		assert.deepEqual([isPosition(b, embedded, 1), isPosition(b, embedded, 2)], [true, false]);
	});
});
