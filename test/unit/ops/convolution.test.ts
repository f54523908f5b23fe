import assert from "node:assert/strict";
import { at, compute, distance, numbers, tensor } from "./compute";

// Sums of at most 100 products of numbers up to 1 in float32: 100 * 2^-24 = 6e-6.
const CLOSE = 1e-5;

/** Convolution by its definition: out[n, y, x, f] = sum of in[n, y s + i d - before, ...] * kernel[i, j, c, f]. */
function naive(
	x: ReturnType<typeof numbers>,
	kernel: ReturnType<typeof numbers>,
	size: readonly [number, number],
	{
		stride = 1,
		dilation = 1,
		before = [0, 0],
		groups = 1,
	}: { stride?: number; dilation?: number; before?: number[]; groups?: number },
) {
	const [kh, kw, taken, made] = kernel.shape as [number, number, number, number];
	return tensor([x.shape[0] as number, ...size, made], (n = 0, row = 0, column = 0, filter = 0) => {
		const first = Math.floor(filter / (made / groups)) * taken;
		let sum = 0;
		for (let i = 0; i < kh; i++)
			for (let j = 0; j < kw; j++)
				for (let c = 0; c < taken; c++) {
					const place = [
						row * stride + i * dilation - (before[0] as number),
						column * stride + j * dilation - (before[1] as number),
					];
					sum += at(x, n, ...place, first + c) * at(kernel, i, j, c, filter);
				}
		return sum;
	});
}

describe("convolutions", () => {
	it("skip cells of the input with a dilation", async () => {
		const [x, kernel] = [numbers([2, 8, 9, 3]), numbers([3, 2, 3, 4], 2)];
		const [y] = await compute({ op: "Conv2D", inputs: [x], params: { kernel }, attrs: { dilations: [2, 2] } });
		assert.ok(distance(y, naive(x, kernel, [4, 7], { dilation: 2 })) < CLOSE);
	});

	it("pad like TensorFlow: with stride 2 the odd cell is behind", async () => {
		const [x, kernel] = [numbers([2, 6, 7, 3]), numbers([3, 3, 3, 4], 2)];
		const [y] = await compute({
			op: "Conv2D",
			inputs: [x],
			params: { kernel },
			attrs: { strides: [2, 2], padding: "same" },
		});
		assert.ok(distance(y, naive(x, kernel, [3, 4], { stride: 2, before: [0, 1] })) < CLOSE);
	});

	for (const [groups, taken] of [
		[2, 2],
		[4, 1],
	] as const) {
		it(`give each of ${groups} groups of filters its own channels`, async () => {
			const [x, kernel] = [numbers([2, 5, 5, 4]), numbers([3, 3, taken, 8], 2)];
			const [y] = await compute({ op: "Conv2D", inputs: [x], params: { kernel }, attrs: { groups } });
			assert.ok(distance(y, naive(x, kernel, [3, 3], { groups })) < CLOSE);
		});
	}

	it("see no later step when they are causal", async () => {
		const [x, kernel] = [numbers([2, 9, 3]), numbers([3, 3, 2], 2)];
		const call = { op: "Conv1D", params: { kernel }, attrs: { padding: "causal", dilations: [2] } };
		const [y] = await compute({ ...call, inputs: [x] });
		const image = { ...x, shape: [2, 1, 9, 3] };
		const expected = naive(image, { ...kernel, shape: [1, 3, 3, 2] }, [1, 9], { dilation: 2, before: [0, 4] });
		assert.ok(distance(y, { ...expected, shape: [2, 9, 2] }) < CLOSE);
	});

	it("compute the same with channels first", async () => {
		const [x, kernel, bias] = [numbers([2, 3, 6, 7]), numbers([3, 3, 3, 4], 2), numbers([4], 3)];
		const last = tensor([2, 6, 7, 3], (n = 0, row = 0, column = 0, c = 0) => at(x, n, c, row, column));
		const params = { kernel, bias };
		const [first] = await compute({
			op: "Conv2D",
			inputs: [x],
			params,
			attrs: { dataFormat: "channels_first", padding: "same" },
		});
		const [expected] = await compute({ op: "Conv2D", inputs: [last], params, attrs: { padding: "same" } });
		assert.ok(expected);
		assert.ok(
			distance(
				first,
				tensor([2, 4, 6, 7], (n = 0, f = 0, row = 0, column = 0) => at(expected, n, row, column, f)),
			) < CLOSE,
		);
	});
});

describe("transposed convolutions", () => {
	/** By scattering: every input cell adds its kernel to the output. */
	function scattered(
		x: ReturnType<typeof numbers>,
		kernel: ReturnType<typeof numbers>,
		extent: number,
		stride: number,
		before: number,
	) {
		const [size, , filters, channels] = kernel.shape as [number, number, number, number];
		const y = tensor([x.shape[0] as number, extent, extent, filters], () => 0);
		const [batch, rows, columns] = x.shape as [number, number, number, number];
		for (let n = 0; n < batch; n++)
			for (let row = 0; row < rows; row++)
				for (let column = 0; column < columns; column++)
					for (let i = 0; i < size; i++)
						for (let j = 0; j < size; j++) {
							const [to, beside] = [row * stride + i - before, column * stride + j - before];
							if (to < 0 || beside < 0 || to >= extent || beside >= extent) continue;
							for (let f = 0; f < filters; f++)
								for (let c = 0; c < channels; c++) {
									const place = ((n * extent + to) * extent + beside) * filters + f;
									y.data[place] = (y.data[place] as number) + at(x, n, row, column, c) * at(kernel, i, j, f, c);
								}
						}
		return y;
	}

	const cases = [
		{ title: "valid", attrs: { strides: [2, 2] }, size: 3, extent: 9, stride: 2, before: 0 },
		{
			title: "valid with cells added",
			attrs: { strides: [2, 2], outputPadding: [1, 1] },
			size: 3,
			extent: 10,
			stride: 2,
			before: 0,
		},
		{ title: "a stride larger than the kernel", attrs: { strides: [3, 3] }, size: 2, extent: 12, stride: 3, before: 0 },
		{ title: "same", attrs: { strides: [2, 2], padding: "same" }, size: 3, extent: 8, stride: 2, before: 0 },
		{
			title: "same with cells added",
			attrs: { strides: [2, 2], padding: "same", outputPadding: 1 },
			size: 3,
			extent: 8,
			stride: 2,
			before: 0,
		},
		{
			title: "same with none added",
			attrs: { strides: [2, 2], padding: "same", outputPadding: 0 },
			size: 3,
			extent: 7,
			stride: 2,
			before: 1,
		},
	];
	for (const { title, attrs, size, extent, stride, before } of cases) {
		it(`add the kernel of every input cell to the output: ${title}`, async () => {
			const [x, kernel] = [numbers([2, 4, 4, 3]), numbers([size, size, 2, 3], 2)];
			const [y] = await compute({ op: "Conv2DTranspose", inputs: [x], params: { kernel }, attrs });
			assert.ok(distance(y, scattered(x, kernel, extent, stride, before)) < CLOSE);
		});
	}

	it("refuse to add as many cells as the stride", async () => {
		const call = { op: "Conv2DTranspose", inputs: [numbers([1, 3, 3, 1])], params: { kernel: numbers([3, 3, 1, 1]) } };
		await assert.rejects(
			compute({ ...call, attrs: { strides: [2, 2], outputPadding: [2, 2] } }),
			/smaller than the stride 2/,
		);
	});
});
