import type { Builder } from "../../../src/core/program/builder";
import type { Value } from "../../../src/core/program/types";
import {
	argMax,
	argMin,
	broadcastTo,
	concat,
	cumsum,
	gather,
	logSoftmax,
	matmul,
	mirrorPad,
	oneHot,
	pad,
	reduce,
	reshape,
	reverse,
	scatterAdd,
	slice,
	softmax,
	stridedSlice,
	tile,
	transpose,
} from "../../../src/core/program/vocabulary";
import { float32, type Tensor } from "../../../src/shared/tensor";
import { assertClose, int32, SessionUnderTest, varied } from "./session-under-test";

const range = (shape: readonly number[]): Tensor =>
	float32(
		shape,
		Array.from({ length: shape.reduce((p, n) => p * n, 1) }, (_, i) => i),
	);

describe("session engine: reductions, shapes, indexing, matrix products", () => {
	const session = SessionUnderTest.inSuite();
	const x = range([2, 3, 2]);

	it("reductions take any axes, and keep them when asked", async () => {
		const sum = (axes: number[], keepDims: boolean) =>
			session.compute({ x }, (b, v) => reduce(b, "reduceSum", v.x as Value, axes, keepDims));
		assertClose(await sum([0, 2], false), { shape: [3], data: [14, 22, 30] });
		assertClose(await sum([1], true), { shape: [2, 1, 2], data: [6, 9, 24, 27] });
		assertClose(await sum([], false), x);
		const of = (name: "reduceMean" | "reduceMax" | "reduceMin" | "reduceProd") =>
			session.compute({ x }, (b, v) => reduce(b, name, v.x as Value, [1]));
		assertClose(await of("reduceMean"), { shape: [2, 2], data: [2, 3, 8, 9] });
		assertClose(await of("reduceMax"), { shape: [2, 2], data: [4, 5, 10, 11] });
		assertClose(await of("reduceMin"), { shape: [2, 2], data: [0, 1, 6, 7] });
		assertClose(await of("reduceProd"), { shape: [2, 2], data: [0, 15, 480, 693] });
	});

	it("the first of equal extremes is told", async () => {
		const ties = float32([2, 4], [1, 3, 3, 0, 5, 2, 5, 2]);
		assertClose(await session.compute({ ties }, (b, v) => argMax(b, v.ties as Value, 1)), { shape: [2], data: [1, 0] });
		assertClose(await session.compute({ ties }, (b, v) => argMin(b, v.ties as Value, 1)), { shape: [2], data: [3, 1] });
	});

	it("cumulative sums run both ways, with and without the element itself", async () => {
		const row = float32([1, 4], [1, 2, 3, 4]);
		const of = (exclusive: boolean, reversed: boolean) =>
			session.compute({ row }, (b, v) => cumsum(b, v.row as Value, 1, { exclusive, reverse: reversed }));
		assertClose(await of(false, false), { shape: [1, 4], data: [1, 3, 6, 10] });
		assertClose(await of(true, false), { shape: [1, 4], data: [0, 1, 3, 6] });
		assertClose(await of(false, true), { shape: [1, 4], data: [10, 9, 7, 4] });
		assertClose(await of(true, true), { shape: [1, 4], data: [9, 7, 4, 0] });
	});

	it("softmax stands large logits", async () => {
		const logits = float32([2, 3], [1000, 1001, 1002, -1, 0, 1]);
		const e = [-2, -1, 0].map(Math.exp);
		const total = e.reduce((a, b) => a + b);
		const row = e.map((value) => value / total);
		assertClose(await session.compute({ logits }, (b, v) => softmax(b, v.logits as Value)), {
			shape: [2, 3],
			data: [...row, ...row],
		});
		const logs = row.map(Math.log);
		assertClose(await session.compute({ logits }, (b, v) => logSoftmax(b, v.logits as Value)), {
			shape: [2, 3],
			data: [...logs, ...logs],
		});
	});

	it("reshape and transpose keep a free batch", async () => {
		const flat = await session.compute({ x }, (b, v) => reshape(b, v.x as Value, [-1, 6]), { batchFree: true });
		assertClose(flat, { shape: [2, 6], data: [...x.data] });
		const merged = await session.compute({ x }, (b, v) => reshape(b, v.x as Value, [-3, 2]), { batchFree: true });
		assertClose(merged, { shape: [6, 2], data: [...x.data] });
		const turned = await session.compute({ x }, (b, v) => transpose(b, v.x as Value, [2, 0, 1]), { batchFree: true });
		assertClose(turned, { shape: [2, 2, 3], data: [0, 2, 4, 6, 8, 10, 1, 3, 5, 7, 9, 11] });
	});

	it("broadcastTo follows the batch, also of an input that nothing else reads", async () => {
		const row = float32([1, 2], [5, 6]);
		const result = await session.compute({ x }, (b, v) => broadcastTo(b, v.row as Value, [-3, 2]), {
			batchFree: true,
			weights: { row },
		});
		assertClose(result, { shape: [6, 2], data: [5, 6, 5, 6, 5, 6, 5, 6, 5, 6, 5, 6] });
	});

	it("slices, strides, pads and mirrors", async () => {
		const of = (build: Parameters<typeof session.compute>[1]) => session.compute({ x }, build);
		assertClose(await of((b, v) => slice(b, v.x as Value, [0, 1, 1], [-1, 2, 1])), {
			shape: [2, 2, 1],
			data: [3, 5, 9, 11],
		});
		assertClose(await of((b, v) => stridedSlice(b, v.x as Value, 1, 0, 3, 2)), {
			shape: [2, 2, 2],
			data: [0, 1, 4, 5, 6, 7, 10, 11],
		});
		assertClose(await of((b, v) => stridedSlice(b, v.x as Value, 1, 2, -1, -1)), {
			shape: [2, 3, 2],
			data: [4, 5, 2, 3, 0, 1, 10, 11, 8, 9, 6, 7],
		});
		assertClose(await of((b, v) => stridedSlice(b, v.x as Value, 1, 2, 0, -1)), {
			shape: [2, 2, 2],
			data: [4, 5, 2, 3, 10, 11, 8, 9],
		});
		assertClose(await of((b, v) => stridedSlice(b, v.x as Value, 1, 2, 2, 1)), { shape: [2, 0, 2], data: [] });
		const row = float32([1, 3], [1, 2, 3]);
		const padded = (value: number) =>
			session.compute({ row }, (b, v) =>
				pad(
					b,
					v.row as Value,
					[
						[0, 1],
						[2, 0],
					],
					value,
				),
			);
		assertClose(await padded(0), { shape: [2, 5], data: [0, 0, 1, 2, 3, 0, 0, 0, 0, 0] });
		assertClose(await padded(-7), { shape: [2, 5], data: [-7, -7, 1, 2, 3, -7, -7, -7, -7, -7] });
		const mirrored = (mode: "reflect" | "symmetric") =>
			session.compute({ row }, (b, v) =>
				mirrorPad(
					b,
					v.row as Value,
					[
						[0, 0],
						[2, 1],
					],
					mode,
				),
			);
		assertClose(await mirrored("reflect"), { shape: [1, 6], data: [3, 2, 1, 2, 3, 2] });
		assertClose(await mirrored("symmetric"), { shape: [1, 6], data: [2, 1, 1, 2, 3, 3] });
	});

	it("concatenation, repetition and reversal", async () => {
		const pair = { p: range([2, 1]), q: float32([2, 2], [10, 11, 12, 13]) };
		assertClose(await session.compute(pair, (b, v) => concat(b, [v.p as Value, v.q as Value], 1)), {
			shape: [2, 3],
			data: [0, 10, 11, 1, 12, 13],
		});
		assertClose(await session.compute({ p: pair.p }, (b, v) => concat(b, [v.p as Value], 0)), pair.p);
		assertClose(await session.compute({ p: pair.p }, (b, v) => tile(b, v.p as Value, [2, 2])), {
			shape: [4, 2],
			data: [0, 0, 1, 1, 0, 0, 1, 1],
		});
		assertClose(await session.compute({ q: pair.q }, (b, v) => reverse(b, v.q as Value, [0, 1])), {
			shape: [2, 2],
			data: [13, 12, 11, 10],
		});
	});

	it("gather and scatterAdd are adjoint, along any axis", async () => {
		const indices = int32([2, 2], [2, 0, 2, 1]);
		const taken = await session.compute({ x, indices }, (b, v) => gather(b, v.x as Value, v.indices as Value, 1));
		assertClose(taken, { shape: [2, 2, 2, 2], data: [4, 5, 0, 1, 4, 5, 2, 3, 10, 11, 6, 7, 10, 11, 8, 9] });
		const added = await session.compute({ taken, indices }, (b, v) =>
			scatterAdd(b, v.taken as Value, v.indices as Value, 1, 4),
		);
		assertClose(added, { shape: [2, 4, 2], data: [0, 1, 2, 3, 8, 10, 0, 0, 6, 7, 8, 9, 20, 22, 0, 0] });
		const rows = await session.compute({ u: float32([3], [1, 2, 3]), at: int32([3], [1, 1, 0]) }, (b, v) =>
			scatterAdd(b, v.u as Value, v.at as Value, 0, 2),
		);
		assertClose(rows, { shape: [2], data: [3, 3] });
	});

	it("oneHot leaves what is out of range dark", async () => {
		const result = await session.compute({ i: int32([3], [1, 0, 5]) }, (b, v) => oneHot(b, v.i as Value, 3));
		assertClose(result, { shape: [3, 3], data: [0, 1, 0, 1, 0, 0, 0, 0, 0] });
	});

	for (const [xs, ys, options] of [
		[[2, 3], [3, 4], {}],
		[[3, 2], [4, 3], { transposeA: true, transposeB: true }],
		[[2, 5, 2, 3], [3, 4], {}],
		[[2, 2, 3], [4, 3], { transposeB: true }],
		[[2, 3, 2], [3, 4], { transposeA: true }],
		[[2, 1, 2, 3], [1, 5, 3, 2], {}],
		[[2, 3], [2, 3, 4], {}],
	] as const) {
		it(`matmul [${xs}] by [${ys}] ${JSON.stringify(options)}`, async () => {
			const p = varied(xs);
			const q = varied(ys, 2);
			const product = (b: Builder, v: Record<string, Value>) => matmul(b, v.p as Value, v.q as Value, options);
			const result = await session.compute({ p }, product, { batchFree: xs.length > ys.length, weights: { q } });
			assertClose(result, naiveProduct(p, q, options));
		});
	}
});

function naiveProduct(p: Tensor, q: Tensor, options: { transposeA?: boolean; transposeB?: boolean }) {
	const matrix = (t: Tensor, transposed = false) => {
		const [rows, columns] = t.shape.slice(-2) as [number, number];
		const lead = t.shape.slice(0, -2);
		const at = (place: readonly number[], i: number, j: number) => {
			const own = place.slice(place.length - lead.length);
			const offset = own.reduce((sum, index, axis) => sum * (lead[axis] as number) + (lead[axis] === 1 ? 0 : index), 0);
			const [row, column] = transposed ? [j, i] : [i, j];
			return t.data[(offset * rows + row) * columns + column] as number;
		};
		return { lead, extents: transposed ? [columns, rows] : [rows, columns], at };
	};
	const left = matrix(p, options.transposeA);
	const right = matrix(q, options.transposeB);
	const rank = Math.max(left.lead.length, right.lead.length);
	const lead = Array.from({ length: rank }, (_, axis) => {
		const of = (list: readonly number[]) => list[axis - rank + list.length] ?? 1;
		return Math.max(of(left.lead), of(right.lead));
	});
	const [m, k, n] = [left.extents[0] as number, left.extents[1] as number, right.extents[1] as number];
	const data: number[] = [];
	const count = lead.reduce((a, b) => a * b, 1);
	for (let flat = 0; flat < count; flat++) {
		let rest = flat;
		const place = [...lead]
			.reverse()
			.map((extent) => {
				const index = rest % extent;
				rest = Math.floor(rest / extent);
				return index;
			})
			.reverse();
		for (let i = 0; i < m; i++) {
			for (let j = 0; j < n; j++) {
				let sum = 0;
				for (let inner = 0; inner < k; inner++) sum += left.at(place, i, inner) * right.at(place, inner, j);
				data.push(sum);
			}
		}
	}
	return { shape: [...lead, m, n], data };
}
