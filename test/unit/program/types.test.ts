import assert from "node:assert/strict";
import { Builder } from "../../../src/core/program/builder";
import { formatShape } from "../../../src/core/program/dims";
import type { Value } from "../../../src/core/program/types";
import * as v from "../../../src/core/program/vocabulary";
import { InvalidRequestError } from "../../../src/shared/errors";

const float = (b: Builder, shape: readonly number[], name = `x${b.length}`) => b.input(name, "float32", shape);
const PLAIN = {
	strides: [1, 1],
	padding: [
		[0, 0],
		[0, 0],
	] as [number, number][],
	dilations: [1, 1],
};

/** Claims: what is made, and the shape that it has ("N" is the batch). */
const SHAPES: [string, (b: Builder) => Value, string][] = [
	[
		"broadcasting adds axes in front and repeats ones",
		(b) => v.add(b, float(b, [-1, 1, 3]), float(b, [4, 1])),
		"[N, 4, 3]",
	],
	["a number broadcasts to anything", (b) => v.mul(b, float(b, [-1, 2]), 3), "[N, 2]"],
	["the batch may be folded into another axis", (b) => v.reshape(b, float(b, [-1, 5, 3]), [-5, 3]), "[5N, 3]"],
	["and unfolded again", (b) => v.reshape(b, float(b, [-6, 2]), [-2, 3, 2]), "[2N, 3, 2]"],
	[
		"a convolution without padding loses the kernel's reach",
		(b) => v.conv2d(b, float(b, [-1, 28, 28, 3]), b.weight("k", "float32", [3, 5, 3, 8]), PLAIN),
		"[N, 26, 24, 8]",
	],
	[
		"strides round down, dilation widens the reach",
		(b) =>
			v.conv2d(b, float(b, [-1, 11, 11, 3]), b.weight("k", "float32", [3, 3, 3, 8]), {
				strides: [2, 3],
				padding: [
					[1, 0],
					[0, 0],
				],
				dilations: [1, 2],
			}),
		"[N, 5, 3, 8]",
	],
	[
		"a depthwise convolution has a result for every channel and multiplier",
		(b) => v.depthwiseConv2d(b, float(b, [-1, 8, 8, 3]), b.weight("k", "float32", [3, 3, 3, 2]), PLAIN),
		"[N, 6, 6, 6]",
	],
	[
		"the input gradient has the shape of the input",
		(b) =>
			v.conv2dInputGrad(
				b,
				float(b, [-1, 3, 3, 8]),
				b.weight("k", "float32", [2, 2, 4, 8]),
				{ ...PLAIN, strides: [2, 2] },
				[-1, 7, 6, 4],
			),
		"[N, 7, 6, 4]",
	],
	[
		"the kernel gradient has the shape of the kernel",
		(b) => v.conv2dFilterGrad(b, float(b, [-1, 7, 7, 4]), float(b, [-1, 6, 6, 8]), PLAIN, [2, 2, 4, 8]),
		"[2, 2, 4, 8]",
	],
	[
		"same pooling rounds up, valid pooling rounds down",
		(b) =>
			v.avgPool2d(b, v.maxPool2d(b, float(b, [-1, 7, 7, 2]), { window: [2, 2], strides: [2, 2], padding: "same" }), {
				window: [3, 3],
				strides: [2, 2],
				padding: "valid",
			}),
		"[N, 1, 1, 2]",
	],
	[
		"a matrix product broadcasts its leading axes",
		(b) => v.matmul(b, float(b, [-1, 1, 3, 4]), float(b, [5, 2, 4]), { transposeB: true }),
		"[N, 5, 3, 2]",
	],
	["a sum over the batch is free of it", (b) => v.sum(b, float(b, [-1, 3]), [0]), "[3]"],
	["kept axes are 1", (b) => v.mean(b, float(b, [-1, 3, 4]), [1, -1], true), "[N, 1, 1]"],
	[
		"gathering puts the indices' axes in place of one",
		(b) => v.gather(b, b.weight("table", "float32", [100, 8]), b.input("tokens", "int32", [-1, 6]), 0),
		"[N, 6, 8]",
	],
	[
		"adding back undoes it",
		(b) => v.scatterAdd(b, float(b, [-1, 6, 8]), b.input("tokens", "int32", [-1, 6]), 0, 100),
		"[100, 8]",
	],
	["a slice to the end", (b) => v.slice(b, float(b, [-1, 5, 4]), [0, 2, 0], [-1, -1, 3]), "[N, 3, 3]"],
	["every other element backwards", (b) => v.stridedSlice(b, float(b, [-1, 5]), 1, 4, -1, -2), "[N, 3]"],
	["concatenating batches adds them", (b) => v.concat(b, [float(b, [-1, 2]), float(b, [-2, 2])], 0), "[3N, 2]"],
	["tiling multiplies, also the batch", (b) => v.tile(b, float(b, [-1, 2]), [3, 2]), "[3N, 4]"],
	["the largest of an axis", (b) => v.argMax(b, float(b, [-1, 2, 7]), -1), "[N, 2]"],
	["one hot adds an axis", (b) => v.oneHot(b, b.input("i", "int32", [-1]), 4), "[N, 4]"],
];

/** Mistakes, and what the sentence about each must name. */
const MISTAKES: [string, (b: Builder) => unknown, RegExp][] = [
	[
		"adding shapes that do not fit",
		(b) => v.add(b, float(b, [-1, 3]), float(b, [-1, 4])),
		/add\(float32\[N, 3\], float32\[N, 4\]\): extents 3 and 4 do not broadcast/,
	],
	["adding the batch to a number of examples", (b) => v.add(b, float(b, [-1, 3]), float(b, [5, 3])), /extents N and 5/],
	[
		"adding integers to floats",
		(b) => v.add(b, float(b, [-1]), b.input("i", "int32", [-1])),
		/float32 and int32 were given/,
	],
	[
		"the logarithm of integers",
		(b) => v.log(b, b.input("i", "int32", [-1])),
		/a float32 operand was expected, but int32/,
	],
	[
		"a reshape that loses elements",
		(b) => v.reshape(b, float(b, [-1, 3, 4]), [-1, 13]),
		/\[N, 3, 4\] holds 12N elements, but \[N, 13\] holds 13N/,
	],
	[
		"a reshape that loses the batch",
		(b) => v.reshape(b, float(b, [-1, 4]), [4]),
		/holds 4N elements, but \[4\] holds 4/,
	],
	[
		"a kernel for other channels",
		(b) => v.conv2d(b, float(b, [-1, 9, 9, 3]), float(b, [3, 3, 4, 8]), PLAIN),
		/the input has 3 channels, but the kernel takes 4/,
	],
	[
		"a kernel larger than the map",
		(b) => v.conv2d(b, float(b, [-1, 4, 9, 3]), float(b, [5, 3, 3, 8]), PLAIN),
		/reaches over 5 cells does not fit the 4 cells of spatial axis 0/,
	],
	[
		"a map without a batch axis",
		(b) => v.conv2d(b, float(b, [9, 9, 3]), float(b, [3, 3, 3, 8]), PLAIN),
		/the input must have rank 4, but has shape \[9, 9, 3\]/,
	],
	[
		"a gradient of another shape",
		(b) => v.conv2dInputGrad(b, float(b, [-1, 3, 3, 8]), float(b, [3, 3, 4, 8]), PLAIN, [-1, 9, 9, 4]),
		/\[N, 7, 7, 8\], but the output gradient has \[N, 3, 3, 8\]/,
	],
	[
		"a window larger than the map",
		(b) => v.maxPool2d(b, float(b, [-1, 2, 2, 1]), { window: [3, 3], strides: [1, 1], padding: "valid" }),
		/a window of 3 cells does not fit the 2 cells/,
	],
	[
		"matrices that do not fit",
		(b) => v.matmul(b, float(b, [-1, 3]), float(b, [4, 2])),
		/3 columns, but the right one has 4 rows/,
	],
	[
		"a slice past the end",
		(b) => v.slice(b, float(b, [-1, 5]), [0, 3], [-1, 4]),
		/elements 3 to 7 of axis 1 do not lie inside \[N, 5\]/,
	],
	[
		"a part of the batch",
		(b) => v.slice(b, float(b, [-1, 5]), [1, 0], [-1, -1]),
		/axis 0 depends on the batch size and must be taken whole/,
	],
	[
		"concatenating maps of other sizes",
		(b) => v.concat(b, [float(b, [-1, 3, 2]), float(b, [-1, 4, 2])], 2),
		/\[N, 3, 2\] and \[N, 4, 2\] differ in other axes than 2/,
	],
	[
		"mirroring more than there is",
		(b) =>
			v.mirrorPad(
				b,
				float(b, [-1, 3]),
				[
					[0, 0],
					[3, 0],
				],
				"reflect",
			),
		/mirrored by at most 2 elements/,
	],
	[
		"a permutation that repeats an axis",
		(b) => v.transpose(b, float(b, [-1, 3]), [0, 0]),
		/\[0, 0\] is not a permutation of the axes of \[N, 3\]/,
	],
	["an axis that is not there", (b) => v.sum(b, float(b, [-1, 3]), [2]), /axis 2 is not one of \[N, 3\]/],
	["float indices", (b) => v.gather(b, float(b, [5]), float(b, [-1]), 0), /int32 indices were expected, but float32/],
	["a constant with too few values", (b) => v.constant(b, [1, 2, 3], [2, 2]), /holds 4 values, but 3 were given/],
	[
		"a value of another program",
		(b) => v.relu(b, float(new Builder(), [-1])),
		/relu was given a value of another program/,
	],
	[
		"an extent that depends on the batch twice",
		(b) => v.reshape(b, float(b, [-1, -1]), [-1]),
		/depend on the batch size twice/,
	],
];

describe("type inference", () => {
	for (const [claim, make, shape] of SHAPES) {
		it(claim, () => assert.equal(formatShape(make(new Builder()).shape), shape));
	}
});

describe("what does not fit is refused in a sentence that says what was found", () => {
	for (const [mistake, make, sentence] of MISTAKES) {
		it(mistake, () => {
			assert.throws(
				() => make(new Builder()),
				(error) => {
					assert.ok(error instanceof InvalidRequestError, String(error));
					assert.match(error.message, sentence);
					return true;
				},
			);
		});
	}
});
