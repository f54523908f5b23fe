import type { Value } from "../../../src/core/program/types";
import {
	avgPool2d,
	avgPool2dGrad,
	avgPool3d,
	avgPool3dGrad,
	maxPool2d,
	maxPool2dGrad,
	maxPool3d,
	maxPool3dGrad,
	type PoolAttributes,
} from "../../../src/core/program/vocabulary";
import { float32, sizeOf, type Tensor } from "../../../src/shared/tensor";
import { poolWindows } from "./naive-windows";
import { assertClose, SessionUnderTest, varied } from "./session-under-test";

const CASES: readonly { x: readonly number[]; a: PoolAttributes }[] = [
	{ x: [2, 6, 7, 3], a: { window: [2, 2], strides: [2, 2], padding: "valid" } },
	{ x: [2, 7, 6, 3], a: { window: [3, 3], strides: [2, 2], padding: "same" } },
	{ x: [1, 5, 6, 2], a: { window: [3, 2], strides: [1, 3], padding: "same" } },
	{ x: [1, 5, 5, 2], a: { window: [1, 1], strides: [2, 2], padding: "valid" } },
	{ x: [2, 4, 5, 4, 2], a: { window: [2, 2, 2], strides: [2, 1, 2], padding: "valid" } },
	{ x: [1, 5, 4, 5, 3], a: { window: [3, 2, 3], strides: [2, 2, 1], padding: "same" } },
];

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

function pooled(x: Tensor, a: PoolAttributes, of: (values: number[]) => number) {
	const { shape, windows } = poolWindows(x.shape, a);
	return { shape, data: windows.map((window) => of(window.map((i) => x.data[i] as number))) };
}

/** Sends each element of dy to the first maximum of its window. */
function routed(x: Tensor, dy: Tensor, a: PoolAttributes) {
	const data = new Array<number>(sizeOf(x.shape)).fill(0);
	for (const [out, window] of poolWindows(x.shape, a).windows.entries()) {
		const values = window.map((i) => x.data[i] as number);
		const winner = window[values.indexOf(Math.max(...values))] as number;
		data[winner] = (data[winner] as number) + (dy.data[out] as number);
	}
	return { shape: x.shape, data };
}

function spreadEvenly(shape: readonly number[], dy: Tensor, a: PoolAttributes) {
	const data = new Array<number>(sizeOf(shape)).fill(0);
	for (const [out, window] of poolWindows(shape, a).windows.entries()) {
		for (const i of window) data[i] = (data[i] as number) + (dy.data[out] as number) / window.length;
	}
	return { shape, data };
}

describe("session engine: pools", () => {
	const session = SessionUnderTest.inSuite();

	for (const { x, a } of CASES) {
		const title = `${a.window.join(" x ")}, strides ${a.strides.join(", ")}, ${a.padding}`;
		const is3d = a.window.length === 3;

		it(`take the largest of each window: ${title}`, async () => {
			const map = varied(x);
			const result = await session.compute({ map }, (b, v) => (is3d ? maxPool3d : maxPool2d)(b, v.map as Value, a), {
				batchFree: true,
			});
			assertClose(
				result,
				pooled(map, a, (values) => Math.max(...values)),
				0,
			);
		});

		it(`take the mean of the cells that lie inside: ${title}`, async () => {
			const map = varied(x);
			const result = await session.compute({ map }, (b, v) => (is3d ? avgPool3d : avgPool2d)(b, v.map as Value, a), {
				batchFree: true,
			});
			assertClose(result, pooled(map, a, mean));
		});

		it(`send a mean's gradient to all cells of its window: ${title}`, async () => {
			const dy = varied(poolWindows(x, a).shape, 3);
			const result = await session.compute(
				{ dy },
				(b, v) => (is3d ? avgPool3dGrad : avgPool2dGrad)(b, v.dy as Value, a, [-1, ...x.slice(1)]),
				{ batchFree: true },
			);
			assertClose(result, spreadEvenly(x, dy, a));
		});

		for (const ties of [false, true]) {
			it(`send a maximum's gradient to the ${ties ? "first of equal maxima" : "maximum"}: ${title}`, async () => {
				const map = ties
					? float32(
							x,
							varied(x).data.map((value) => Math.round(value * 2)),
						)
					: varied(x);
				const dy = varied(poolWindows(x, a).shape, 3);
				const result = await session.compute(
					{ map, dy },
					(b, v) => {
						const y = (is3d ? maxPool3d : maxPool2d)(b, v.map as Value, a);
						return (is3d ? maxPool3dGrad : maxPool2dGrad)(b, v.map as Value, y, v.dy as Value, a);
					},
					{ batchFree: true },
				);
				assertClose(result, routed(map, dy, a));
			});
		}
	}
});
