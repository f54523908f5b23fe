import { bool, type Case, float, int, type Operand, weight } from "./cases";

const N = -1;
const REPEATED = { list: [1, 3, 3, 2, -1, 3, 0, -1] };

const REDUCED: [Operand, number[]][] = [
	[float([N, 3, 4, 5]), [1, 2]],
	[float([N, 3, 4, 5]), [3]],
	[float([N, 3, 4, 5]), [1]],
	[float([N, 3, 4, 5]), [1, 3]],
	[float([N, 3, 4, 5]), [0]],
	[float([N, 3, 4, 5]), [0, 2]],
	[float([N, 3, 4, 5]), [0, 1, 2, 3]],
	[float([N, 6]), []],
	[weight([4, 5]), [0]],
	[float([N, 700], [-1, 1]), [1]],
	[int([N, 4, 3], [-5, 5]), [1]],
];

const REDUCTIONS: Case[] = [
	...["reduceSum", "reduceMean", "reduceMax", "reduceMin"].flatMap((op) =>
		REDUCED.filter(([x]) => op !== "reduceMean" || x.dtype !== "int32").flatMap(([x, axes]) =>
			[true, false].map((keepDims): Case => ({ op, operands: [x], attributes: { axes, keepDims } })),
		),
	),
	...REDUCED.slice(0, 5).map(
		([x, axes]): Case => ({
			op: "reduceProd",
			operands: [{ ...x, values: { list: [1.5, -0.5, 2, 0.25, -1.25] } }],
			attributes: { axes, keepDims: false },
		}),
	),
	{
		op: "reduceProd",
		operands: [float([N, 4, 3], { list: [2, 0, 3, 1.5, -1] })],
		attributes: { axes: [1], keepDims: true },
	},
	...["argMax", "argMin"].flatMap((op) =>
		[0, 1, 2].flatMap((axis): Case[] => [
			{ op, operands: [float([N, 5, 3])], attributes: { axis } },
			{ op, operands: [float([N, 5, 3], REPEATED)], attributes: { axis } },
		]),
	),
	{ op: "argMax", operands: [int([N, 6], REPEATED)], attributes: { axis: 1 } },
	...[true, false].flatMap((exclusive) =>
		[true, false].flatMap((reverse) =>
			[0, 1, 2].map(
				(axis): Case => ({ op: "cumsum", operands: [float([N, 5, 3])], attributes: { axis, exclusive, reverse } }),
			),
		),
	),
	{ op: "cumsum", operands: [int([N, 6], [-9, 9])], attributes: { axis: 1, exclusive: false, reverse: false } },
	...["softmax", "logSoftmax"].flatMap((op): Case[] => [
		{ op, operands: [float([N, 10])] },
		{ op, operands: [float([N, 2, 3, 4], [-20, 20])] },
		{ op, operands: [float([N, 4], { list: [1000, 1001, 999, 0] })] },
		{ op, operands: [float([N, 1])] },
	]),
];

const SHAPES: Case[] = [
	...(
		[
			[
				[N, 3, 4],
				[N, 12],
			],
			[
				[N, 12],
				[N, 2, 1, 6],
			],
			[
				[N, 3, 4],
				[-3, 4],
			],
			[
				[-3, 4],
				[N, 3, 4],
			],
			[[N, 6], [-6]],
			[[6], [2, 3]],
			[[N, 1], [N]],
		] as const
	).map(([shape, target]): Case => ({ op: "reshape", operands: [float(shape)], attributes: { shape: target } })),
	{ op: "reshape", operands: [int([N, 4], [-9, 9])], attributes: { shape: [N, 2, 2] } },
	...(
		[
			[0, 3, 1, 2],
			[0, 2, 3, 1],
			[3, 2, 1, 0],
			[1, 0, 3, 2],
			[0, 1, 2, 3],
		] as const
	).map((permutation): Case => ({ op: "transpose", operands: [float([N, 3, 4, 5])], attributes: { permutation } })),
	{ op: "transpose", operands: [weight([3, 5])], attributes: { permutation: [1, 0] } },
	{ op: "transpose", operands: [float([N, 2, 3, 2, 3])], attributes: { permutation: [0, 4, 1, 3, 2] } },
	{ op: "transpose", operands: [bool([N, 2, 3])], attributes: { permutation: [2, 0, 1] } },
	{ op: "transpose", operands: [float([N, 1, 3, 1, 2])], attributes: { permutation: [3, 4, 0, 2, 1] } },
	{ op: "concat", operands: [float([N, 3, 2]), float([N, 1, 2]), float([N, 4, 2])], attributes: { axis: 1 } },
	{ op: "concat", operands: [float([N, 3, 2]), float([N, 3, 5])], attributes: { axis: 2 } },
	{ op: "concat", operands: [float([N, 3]), float([-2, 3])], attributes: { axis: 0 } },
	{ op: "concat", operands: [float([N, 3]), float([N, 0]), float([N, 2])], attributes: { axis: 1 } },
	{ op: "concat", operands: [int([N, 3], [-9, 9]), int([N, 1], [-9, 9])], attributes: { axis: 1 } },
	{ op: "concat", operands: [float([N, 3])], attributes: { axis: 1 } },
	{ op: "slice", operands: [float([N, 5, 6])], attributes: { begin: [0, 1, 2], size: [-1, 3, 4] } },
	{ op: "slice", operands: [float([N, 5, 6])], attributes: { begin: [0, 0, 5], size: [-1, -1, -1] } },
	{ op: "slice", operands: [int([N, 5], [-9, 9])], attributes: { begin: [0, 4], size: [-1, 1] } },
	{ op: "slice", operands: [weight([5, 4])], attributes: { begin: [2, 0], size: [2, -1] } },
	...(
		[
			[1, 0, 7, 2],
			[1, 1, 7, 3],
			[1, 6, -1, -1],
			[1, 5, 0, -2],
			[2, 0, 3, 1],
			[1, 0, 7, 10],
			[1, 3, 3, 1],
		] as const
	).map(
		([axis, begin, end, stride]): Case => ({
			op: "stridedSlice",
			operands: [float([N, 7, 3])],
			attributes: { axis, begin, end, stride },
		}),
	),
	{ op: "stridedSlice", operands: [int([N, 7], [-9, 9])], attributes: { axis: 1, begin: 1, end: 7, stride: 2 } },
	...[0, 1.5, Number.NEGATIVE_INFINITY].map(
		(value): Case => ({
			op: "pad",
			operands: [float([N, 3, 4, 2])],
			attributes: {
				paddings: [
					[0, 0],
					[1, 2],
					[0, 3],
					[0, 0],
				],
				value,
			},
		}),
	),
	{
		op: "pad",
		operands: [float([N, 2, 2, 2, 2, 2])],
		attributes: {
			paddings: [
				[0, 0],
				[1, 0],
				[0, 1],
				[1, 1],
				[0, 0],
				[2, 0],
			],
			value: -1,
		},
	},
	{
		op: "pad",
		operands: [int([N, 3], [-9, 9])],
		attributes: {
			paddings: [
				[0, 0],
				[1, 1],
			],
			value: 4,
		},
	},
	{
		op: "pad",
		operands: [float([N, 0])],
		attributes: {
			paddings: [
				[0, 0],
				[1, 1],
			],
			value: 4,
		},
	},
	...["reflect", "symmetric"].flatMap((mode): Case[] => [
		{
			op: "mirrorPad",
			operands: [float([N, 4, 5, 2])],
			attributes: {
				paddings: [
					[0, 0],
					[2, 1],
					[3, 0],
					[0, 0],
				],
				mode,
			},
		},
		{
			op: "mirrorPad",
			operands: [float([N, 4])],
			attributes: {
				paddings: [
					[0, 0],
					[3, 3],
				],
				mode,
			},
		},
	]),
	{
		op: "mirrorPad",
		operands: [float([N, 2])],
		attributes: {
			paddings: [
				[0, 0],
				[2, 2],
			],
			mode: "symmetric",
		},
	},
	...(
		[
			[
				[N, 1, 3],
				[N, 4, 3],
			],
			[[3], [N, 2, 3]],
			[[], [N, 2]],
			[
				[1, 1],
				[N, 5],
			],
			[
				[N, 2, 1, 2],
				[N, 2, 3, 2],
			],
			[[N], [4, N]],
		] as const
	).map(([shape, target]): Case => ({ op: "broadcastTo", operands: [float(shape)], attributes: { shape: target } })),
	{ op: "broadcastTo", operands: [int([N, 1], [-9, 9])], attributes: { shape: [N, 3] } },
	{ op: "tile", operands: [float([N, 2, 3])], attributes: { multiples: [1, 2, 3] } },
	{ op: "tile", operands: [float([N, 2])], attributes: { multiples: [2, 1] } },
	{ op: "tile", operands: [int([N, 2], [-9, 9])], attributes: { multiples: [1, 2] } },
	...[[1], [1, 2], [0], []].map(
		(axes): Case => ({ op: "reverse", operands: [float([N, 3, 4])], attributes: { axes } }),
	),
	{ op: "reverse", operands: [weight([3, 3, 2, 2])], attributes: { axes: [0, 1] } },
];

const INDEXING: Case[] = [
	{ op: "gather", operands: [weight([10, 4]), int([N, 5], { list: [0, 9, 3, 3, 7] })], attributes: { axis: 0 } },
	{ op: "gather", operands: [float([N, 5, 3]), int([4], { list: [4, 0, 0, 2] })], attributes: { axis: 1 } },
	{ op: "gather", operands: [float([N, 5, 3]), int([2, 2], { list: [2, 0, 1] })], attributes: { axis: 2 } },
	{ op: "gather", operands: [float([N, 5]), int([], { list: [3] })], attributes: { axis: 1 } },
	{ op: "gather", operands: [int([6], [-9, 9]), int([N, 2], { list: [5, 0, 1] })], attributes: { axis: 0 } },
	...["scatterAdd", "scatterMax", "scatterMin", "scatterProd"].flatMap((op): Case[] => [
		{
			op,
			operands: [float([N, 5, 4]), int([N, 5], { list: [0, 9, 3, 3, 7] })],
			attributes: { axis: 0, extent: 10 },
		},
		{ op, operands: [float([N, 4, 3]), int([4], { list: [4, 0, 0, 2] })], attributes: { axis: 1, extent: 5 } },
		{
			op,
			operands: [float([N, 5, 2, 2]), int([2, 2], { list: [2, 0, 1, 2] })],
			attributes: { axis: 2, extent: 3 },
		},
		{ op, operands: [float([N, 3]), int([], { list: [1] })], attributes: { axis: 1, extent: 2 } },
		{ op, operands: [float([N, 6]), int([6], { list: [0, 2, 1, 1, 0, 2] })], attributes: { axis: 1, extent: 3 } },
		{ op, operands: [int([-4], [-9, 9]), int([-4], { list: [1, 3, 1, 0] })], attributes: { axis: 0, extent: 4 } },
	]),
	...[float([N, 2, 7]), float([N, 9], REPEATED), int([N, 6], REPEATED), float([5])].flatMap((x) =>
		[1, 3, 5].map((count): Case => ({ op: "topK", operands: [x], attributes: { count } })),
	),
	{ op: "oneHot", operands: [int([N, 4], { list: [0, 1, 5, 2, 9, -1] })], attributes: { depth: 6 } },
	{ op: "oneHot", operands: [int([N], { list: [1, 0] })], attributes: { depth: 2 } },
	{ op: "shapeOf", operands: [float([N, 3, 2])] },
	{ op: "shapeOf", operands: [int([4, -6], [0, 9])] },
];

const positions = (axes: number, ...list: number[]): Operand => int([N, axes], { list });

const CROPPING: Case[] = [
	{
		op: "crop",
		operands: [float([1, 6, 7, 3]), positions(2, 0, 0, 3, 1, 2, 4)],
		attributes: { axes: [1, 2], size: [3, 3] },
	},
	{ op: "crop", operands: [float([1, 5, 6]), positions(1, 3, 0, 1)], attributes: { axes: [2], size: [3] } },
	{ op: "crop", operands: [weight([1, 4, 9]), positions(1, 0, 2)], attributes: { axes: [1], size: [2] } },
	{ op: "crop", operands: [int([1, 9], [-9, 9]), positions(1, 7, 2, 0)], attributes: { axes: [1], size: [2] } },
	...(
		[
			// Inside, over an edge on either side, and covering the whole crop; joined with the base or not.
			[8, [1, 1, 0, 2, 3, 0]],
			[40, [1, 1, 0, 2, 3, 0]],
		] as const
	).flatMap(([extent, corner]): Case[] => [
		{
			op: "cropPatched",
			operands: [
				float([1, extent, extent, 3]),
				float([N, 2, 3, 3]),
				positions(2, 2, 0, 1, 2, 5, 5),
				positions(2, ...corner),
			],
			attributes: { axes: [1, 2], size: [3, 3] },
		},
		{
			op: "cropPatched",
			operands: [
				float([1, extent, extent, 2]),
				float([N, 5, 6, 2]),
				positions(2, 0, 0, -2, 1, 3, -1),
				positions(2, ...corner),
			],
			attributes: { axes: [1, 2], size: [2, 4] },
		},
	]),
	{
		op: "cropPatched",
		operands: [float([1, 2, 6, 5]), float([N, 2, 6, 2]), positions(1, 0, 3, 2), positions(1, 0, 0, 1)],
		attributes: { axes: [3], size: [4] },
	},
	{
		op: "cropPatched",
		operands: [int([1, 8], [-9, 9]), int([N, 3], [10, 19]), positions(1, 0, 4, 5), positions(1, 0)],
		attributes: { axes: [1], size: [8] },
	},
];

export const STRUCTURAL_CASES: readonly Case[] = [...REDUCTIONS, ...SHAPES, ...INDEXING, ...CROPPING];
