import { type Case, float, type Operand, weight } from "./cases";

const N = -1;

/** Each with operands as they are stored when transposed. */
const PRODUCTS: [Operand, Operand, boolean, boolean][] = [
	[float([N, 6]), weight([6, 5]), false, false],
	[float([N, 6]), weight([5, 6]), false, true],
	[float([6, 4]), float([6, 5]), true, false],
	[float([6, 4]), weight([5, 6]), true, true],
	[float([N, 4]), float([N, 5]), true, false],
	[float([N, 3, 6]), weight([6, 5]), false, false],
	[float([N, 3, 6]), weight([5, 6]), false, true],
	[float([N, 6, 3]), weight([6, 5]), true, false],
	[float([N, 2, 3, 4]), float([N, 2, 4, 5]), false, false],
	[float([N, 2, 3, 4]), float([N, 2, 5, 4]), false, true],
	[float([N, 2, 4, 3]), float([N, 2, 4, 5]), true, false],
	[float([N, 2, 4, 3]), float([N, 2, 5, 4]), true, true],
	[float([2, 3, 4]), float([N, 1, 4, 5]), false, false],
	[weight([3, 4]), float([N, 4, 5]), false, false],
	[float([N, 1, 3, 4]), float([N, 2, 4, 2]), false, false],
	[float([N, 300]), weight([300, 3]), false, false],
	// Large enough for a product of its own each.
	[float([N, 2, 40, 30]), float([N, 2, 30, 40]), false, false],
	[float([N, 2, 40, 30]), float([1, 2, 30, 40]), false, false],
	// So large that it must not be copied.
	[float([N, 3000]), weight([1500, 3000]), false, true],
	[float([N, 1]), weight([1, 1]), false, false],
];

const MATMUL: Case[] = PRODUCTS.map(([x, y, transposeA, transposeB]) => ({
	op: "matmul",
	operands: [x, y],
	attributes: { transposeA, transposeB },
}));

interface Geometry {
	spatial: readonly number[];
	kernel: readonly number[];
	strides: readonly number[];
	padding: readonly (readonly [number, number])[];
	dilations: readonly number[];
}

const square = (
	extent: number,
	kernel: number,
	stride: number,
	padding: readonly [number, number],
	dilation = 1,
): Geometry => ({
	spatial: [extent, extent],
	kernel: [kernel, kernel],
	strides: [stride, stride],
	padding: [padding, padding],
	dilations: [dilation, dilation],
});

/** Valid, same, strides that leave cells over, dilation, uneven everything, a padding wider than the kernel, one cell. */
const PLANES: readonly Geometry[] = [
	square(6, 3, 1, [0, 0]),
	square(6, 3, 1, [1, 1]),
	square(7, 3, 2, [0, 1]),
	square(8, 3, 3, [0, 0]),
	square(5, 1, 1, [0, 0]),
	square(6, 1, 2, [0, 0]),
	square(8, 3, 1, [2, 2], 2),
	square(9, 3, 2, [2, 1], 2),
	square(4, 2, 2, [3, 2]),
	square(3, 5, 1, [2, 2]),
	{
		spatial: [7, 5],
		kernel: [2, 3],
		strides: [2, 1],
		padding: [
			[1, 0],
			[0, 2],
		],
		dilations: [1, 1],
	},
	{
		spatial: [9, 6],
		kernel: [3, 2],
		strides: [1, 2],
		padding: [
			[0, 3],
			[1, 1],
		],
		dilations: [2, 3],
	},
	{
		spatial: [1, 8],
		kernel: [1, 3],
		strides: [1, 2],
		padding: [
			[0, 0],
			[1, 1],
		],
		dilations: [1, 1],
	},
];
const VOLUMES: readonly Geometry[] = [
	{
		spatial: [4, 4, 4],
		kernel: [2, 2, 2],
		strides: [1, 1, 1],
		padding: [
			[0, 0],
			[0, 0],
			[0, 0],
		],
		dilations: [1, 1, 1],
	},
	{
		spatial: [5, 4, 3],
		kernel: [3, 2, 3],
		strides: [2, 1, 2],
		padding: [
			[1, 1],
			[0, 1],
			[1, 2],
		],
		dilations: [1, 1, 1],
	},
	{
		spatial: [5, 5, 4],
		kernel: [2, 3, 1],
		strides: [1, 2, 1],
		padding: [
			[2, 0],
			[2, 2],
			[0, 0],
		],
		dilations: [2, 2, 1],
	},
];

const pooled = ({ spatial, kernel, strides, padding, dilations }: Geometry) =>
	spatial.map((extent, axis) => {
		const [before, after] = padding[axis] as readonly [number, number];
		const reach = ((kernel[axis] as number) - 1) * (dilations[axis] as number) + 1;
		return Math.floor((extent + before + after - reach) / (strides[axis] as number)) + 1;
	});

function convolutions(
	prefix: string,
	geometries: readonly Geometry[],
	channels: readonly (readonly [number, number])[],
	made: (taken: number, last: number) => number,
): Case[] {
	return geometries.flatMap((geometry) =>
		channels.flatMap(([taken, last]): Case[] => {
			const { strides, padding, dilations, kernel } = geometry;
			const attributes = { strides, padding, dilations };
			const x = float([N, ...geometry.spatial, taken]);
			const dy = float([N, ...pooled(geometry), made(taken, last)]);
			const filter = weight([...kernel, taken, last]);
			return [
				{ op: prefix, operands: [x, filter], attributes },
				{ op: `${prefix}InputGrad`, operands: [dy, filter], attributes: { ...attributes, inputShape: x.shape } },
				...(prefix === "conv2d"
					? [
							{
								op: "conv2dFilterGrad",
								operands: [x, dy],
								attributes: { ...attributes, filterShape: filter.shape as number[] },
							},
						]
					: []),
			];
		}),
	);
}

const asInputs = ({ op, operands, attributes }: Case): Case => ({
	op,
	operands: operands.map((operand) => ({ ...operand, isWeight: false })),
	attributes,
});

const CONV2D = convolutions(
	"conv2d",
	PLANES,
	[
		[3, 4],
		[1, 1],
		[5, 2],
	],
	(_, last) => last,
);
const DEPTHWISE = convolutions(
	"depthwiseConv2d",
	PLANES,
	[
		[4, 1],
		[3, 2],
		[1, 3],
	],
	(taken, last) => taken * last,
);
const CONV3D = convolutions(
	"conv3d",
	VOLUMES,
	[
		[2, 3],
		[1, 1],
	],
	(_, last) => last,
);

interface Pool {
	spatial: readonly number[];
	window: readonly number[];
	strides: readonly number[];
	padding: "valid" | "same";
}
const POOLS: readonly Pool[] = [
	{ spatial: [6, 6], window: [2, 2], strides: [2, 2], padding: "valid" },
	{ spatial: [7, 5], window: [3, 3], strides: [2, 2], padding: "same" },
	{ spatial: [7, 7], window: [3, 2], strides: [1, 2], padding: "same" },
	{ spatial: [7, 6], window: [2, 3], strides: [3, 1], padding: "valid" },
	{ spatial: [5, 5], window: [1, 1], strides: [2, 2], padding: "valid" },
	{ spatial: [4, 4], window: [4, 4], strides: [1, 1], padding: "same" },
	{ spatial: [4, 3], window: [4, 3], strides: [4, 3], padding: "valid" },
	{ spatial: [1, 9], window: [1, 3], strides: [1, 2], padding: "same" },
	{ spatial: [4, 4, 4], window: [2, 2, 2], strides: [2, 2, 2], padding: "valid" },
	{ spatial: [5, 4, 3], window: [3, 2, 2], strides: [2, 1, 2], padding: "same" },
	{ spatial: [3, 4, 5], window: [1, 2, 3], strides: [1, 3, 1], padding: "valid" },
];

const extents = ({ spatial, window, strides, padding }: Pool) =>
	spatial.map((extent, axis) =>
		padding === "same"
			? Math.ceil(extent / (strides[axis] as number))
			: Math.floor((extent - (window[axis] as number)) / (strides[axis] as number)) + 1,
	);

/** Equal values in a window: the first one wins. */
const TIES = { list: [1, 1, 0, 2, 2, 2, -1, 0, 0, 0, 1] };

const POOLING: Case[] = POOLS.flatMap((pool) => {
	const attributes = { window: pool.window, strides: pool.strides, padding: pool.padding };
	const rank = `${pool.spatial.length}d`;
	const shape = [N, ...pool.spatial, 3];
	const dy = float([N, ...extents(pool), 3]);
	return [[-2, 2] as const, TIES].flatMap((values): Case[] => [
		{ op: `maxPool${rank}`, operands: [float(shape, values)], attributes },
		{ op: `maxPool${rank}Grad`, operands: [float(shape, values), { ...dy, isPooled: true }, dy], attributes },
		{ op: `avgPool${rank}`, operands: [float(shape, values)], attributes },
		{ op: `avgPool${rank}Grad`, operands: [dy], attributes: { ...attributes, inputShape: shape } },
	]);
});

export const LINEAR_CASES: readonly Case[] = [
	...MATMUL,
	...CONV2D,
	...CONV2D.slice(0, 12).map(asInputs),
	...DEPTHWISE,
	...DEPTHWISE.slice(0, 6).map(asInputs),
	...CONV3D,
	...CONV3D.slice(0, 2).map(asInputs),
	...POOLING,
];
