import type { Value } from "../../../src/core/program/types";
import {
	type ConvolutionAttributes,
	conv2d,
	conv2dFilterGrad,
	conv2dInputGrad,
	conv3d,
	conv3dInputGrad,
	depthwiseConv2d,
	depthwiseConv2dInputGrad,
	samePadding,
} from "../../../src/core/program/vocabulary";
import { sizeOf } from "../../../src/shared/tensor";
import { convolvedExtents, naiveConvolution, naiveFilterGrad, naiveInputGrad } from "./naive-windows";
import { assertClose, SessionUnderTest, varied } from "./session-under-test";

interface Case {
	readonly name: string;
	readonly x: readonly number[];
	readonly kernel: readonly number[];
	readonly a: ConvolutionAttributes;
}

const at = (
	strides: readonly number[],
	padding: readonly (readonly [number, number])[],
	dilations = strides.map(() => 1),
) => ({
	strides,
	padding,
	dilations,
});

const CASES_2D: readonly Case[] = [
	{
		name: "valid",
		x: [2, 7, 6, 3],
		kernel: [3, 2, 3, 4],
		a: at(
			[1, 1],
			[
				[0, 0],
				[0, 0],
			],
		),
	},
	{
		name: "same, stride 2",
		x: [2, 7, 6, 3],
		kernel: [3, 3, 3, 4],
		a: at([2, 2], [samePadding(7, 3, 2), samePadding(6, 3, 2)]),
	},
	{
		name: "one by one, stride 2",
		x: [2, 6, 7, 3],
		kernel: [1, 1, 3, 5],
		a: at(
			[2, 2],
			[
				[0, 0],
				[0, 0],
			],
		),
	},
	{
		name: "explicit, uneven padding",
		x: [1, 6, 5, 2],
		kernel: [3, 3, 2, 3],
		a: at(
			[1, 2],
			[
				[2, 0],
				[0, 3],
			],
		),
	},
	{
		name: "padding wider than the kernel",
		x: [1, 3, 3, 2],
		kernel: [2, 2, 2, 2],
		a: at(
			[1, 1],
			[
				[3, 3],
				[4, 2],
			],
		),
	},
	{
		name: "dilated",
		x: [2, 9, 8, 2],
		kernel: [3, 2, 2, 3],
		a: at(
			[1, 1],
			[
				[2, 2],
				[0, 1],
			],
			[2, 3],
		),
	},
	{
		name: "dilated with a stride",
		x: [2, 9, 9, 2],
		kernel: [3, 3, 2, 3],
		a: at(
			[2, 2],
			[
				[1, 2],
				[2, 1],
			],
			[2, 2],
		),
	},
	{
		name: "a stride longer than the kernel, cells left over",
		x: [1, 9, 8, 2],
		kernel: [2, 2, 2, 3],
		a: at(
			[3, 3],
			[
				[0, 0],
				[0, 0],
			],
		),
	},
	{
		name: "different strides",
		x: [1, 8, 9, 2],
		kernel: [3, 3, 2, 3],
		a: at(
			[1, 3],
			[
				[1, 1],
				[1, 1],
			],
		),
	},
	{
		name: "one by one, stride 1",
		x: [2, 4, 3, 5],
		kernel: [1, 1, 5, 3],
		a: at(
			[1, 1],
			[
				[0, 0],
				[0, 0],
			],
		),
	},
];

const CASES_3D: readonly Case[] = [
	{
		name: "valid",
		x: [2, 4, 5, 4, 2],
		kernel: [2, 3, 2, 2, 3],
		a: at(
			[1, 1, 1],
			[
				[0, 0],
				[0, 0],
				[0, 0],
			],
		),
	},
	{
		name: "same, strides",
		x: [1, 5, 4, 5, 2],
		kernel: [3, 3, 3, 2, 3],
		a: at([2, 2, 1], [samePadding(5, 3, 2), samePadding(4, 3, 2), samePadding(5, 3, 1)]),
	},
	{
		name: "explicit padding",
		x: [2, 3, 4, 3, 2],
		kernel: [2, 2, 2, 2, 2],
		a: at(
			[1, 2, 1],
			[
				[1, 0],
				[0, 2],
				[2, 1],
			],
		),
	},
	{
		name: "dilated",
		x: [1, 5, 5, 4, 1],
		kernel: [2, 3, 2, 1, 2],
		a: at(
			[1, 1, 1],
			[
				[0, 1],
				[1, 1],
				[0, 0],
			],
			[2, 2, 3],
		),
	},
];

describe("session engine: convolutions equal the sums of their definition", () => {
	const session = SessionUnderTest.inSuite();

	for (const { name, x, kernel, a } of CASES_2D) {
		it(`conv2d, ${name}`, async () => {
			const inputs = { x: varied(x), kernel: varied(kernel, 2) };
			const result = await session.compute({ x: inputs.x }, (b, v) => conv2d(b, v.x as Value, v.kernel as Value, a), {
				batchFree: true,
				weights: { kernel: inputs.kernel },
			});
			assertClose(result, naiveConvolution(inputs.x, inputs.kernel, a));
		});

		it(`conv2dInputGrad, ${name}`, async () => {
			const dy = varied([x[0] as number, ...convolvedExtents(x, kernel, a), kernel[3] as number], 3);
			const weight = varied(kernel, 2);
			const result = await session.compute(
				{ dy },
				(b, v) => conv2dInputGrad(b, v.dy as Value, v.kernel as Value, a, [-1, ...x.slice(1)]),
				{ batchFree: true, weights: { kernel: weight } },
			);
			assertClose(result, naiveInputGrad(dy, weight, a, x));
		});

		it(`conv2dFilterGrad, ${name}`, async () => {
			const dy = varied([x[0] as number, ...convolvedExtents(x, kernel, a), kernel[3] as number], 3);
			const map = varied(x);
			const result = await session.compute(
				{ map, dy },
				(b, v) => conv2dFilterGrad(b, v.map as Value, v.dy as Value, a, kernel),
				{ batchFree: true },
			);
			assertClose(result, naiveFilterGrad(map, dy, a, kernel));
		});

		it(`depthwiseConv2d, ${name}`, async () => {
			const weight = varied([...kernel.slice(0, 3), 2], 2);
			const map = varied(x);
			const result = await session.compute(
				{ map },
				(b, v) => depthwiseConv2d(b, v.map as Value, v.kernel as Value, a),
				{ batchFree: true, weights: { kernel: weight } },
			);
			assertClose(result, naiveConvolution(map, weight, a, true));
		});

		it(`depthwiseConv2dInputGrad, ${name}`, async () => {
			const weight = varied([...kernel.slice(0, 3), 2], 2);
			const dy = varied([x[0] as number, ...convolvedExtents(x, kernel, a), (x[3] as number) * 2], 3);
			const result = await session.compute(
				{ dy },
				(b, v) => depthwiseConv2dInputGrad(b, v.dy as Value, v.kernel as Value, a, [-1, ...x.slice(1)]),
				{ batchFree: true, weights: { kernel: weight } },
			);
			assertClose(result, naiveInputGrad(dy, weight, a, x, true));
		});
	}

	for (const { name, x, kernel, a } of CASES_3D) {
		it(`conv3d, ${name}`, async () => {
			const map = varied(x);
			const weight = varied(kernel, 2);
			const result = await session.compute({ map }, (b, v) => conv3d(b, v.map as Value, v.kernel as Value, a), {
				batchFree: true,
				weights: { kernel: weight },
			});
			assertClose(result, naiveConvolution(map, weight, a));
		});

		it(`conv3dInputGrad, ${name}`, async () => {
			const dy = varied([x[0] as number, ...convolvedExtents(x, kernel, a), kernel[4] as number], 3);
			const weight = varied(kernel, 2);
			const result = await session.compute(
				{ dy },
				(b, v) => conv3dInputGrad(b, v.dy as Value, v.kernel as Value, a, [-1, ...x.slice(1)]),
				{ batchFree: true, weights: { kernel: weight } },
			);
			assertClose(result, naiveInputGrad(dy, weight, a, x));
		});
	}

	it("reads a kernel that is too big to be part of the graph from a mapped file", async () => {
		const a = at(
			[1, 1],
			[
				[1, 1],
				[1, 1],
			],
		);
		const weight = varied([3, 3, 32, 24], 2);
		const map = varied([1, 4, 4, 32]);
		const result = await session.compute({ map }, (b, v) => conv2d(b, v.map as Value, v.kernel as Value, a), {
			weights: { kernel: weight },
		});
		// 288 terms: see assertClose.
		assertClose(result, naiveConvolution(map, weight, a), sizeOf([3, 3, 32]) * 2 ** -24 * 2);
	});
});
