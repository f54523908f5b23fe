import { OPS } from "../../../src/core/ops";
import type { Tensor } from "../../../src/shared/tensor";
import { type Call, numbers } from "./compute";

const positive = (shape: readonly number[], seed = 9): Tensor => {
	const { data } = numbers(shape, seed);
	return { dtype: "float32", shape, data: Float32Array.from(data, (value) => Math.abs(value) + 0.2) };
};
const integers = (shape: readonly number[]): Tensor => {
	const { data } = numbers(shape, 5);
	return { dtype: "int32", shape, data: Int32Array.from(data, (value) => Math.floor(Math.abs(value) * 4)) };
};
const truths = (shape: readonly number[]): Tensor => {
	const { data } = numbers(shape, 6);
	return { dtype: "bool", shape, data: Uint8Array.from(data, (value) => Number(value > 0)) };
};

const SEQUENCE = numbers([2, 6, 4], 11);
const IMAGE = numbers([2, 6, 5, 4], 12);
const VOLUME = numbers([2, 4, 5, 4, 2], 13);
const ROWS = numbers([2, 4], 14);

const one = (input: Tensor, attrs: Call["attrs"] = {}, params: Call["params"] = {}): Omit<Call, "op"> => ({
	inputs: [input],
	attrs,
	params,
});
const two = (first: Tensor, second: Tensor, attrs: Call["attrs"] = {}): Omit<Call, "op"> => ({
	inputs: [first, second],
	attrs,
});
const bias = (size: number) => numbers([size], 21);
const weights = (...shape: number[]) => numbers(shape, 22);

const statistics = { moving_mean: bias(4), moving_variance: positive([4]), gamma: bias(4), beta: weights(4) };

const recurrentWeights = (gates: number, ...biasShape: number[]) => ({
	kernel: weights(4, gates * 3),
	recurrent_kernel: numbers([3, gates * 3], 23),
	bias: weights(...biasShape),
});
const gates = { activation: [{ op: "Tanh" }], recurrentActivation: [{ op: "Sigmoid" }] };

/** A call of every op that has attributes, params or inputs of its own; the others take {@link SEQUENCE}. */
const SAMPLES: Readonly<Record<string, Omit<Call, "op">>> = {
	Conv1D: one(SEQUENCE, { padding: "causal", dilations: 2 }, { kernel: weights(3, 4, 2), bias: bias(2) }),
	Conv2D: one(IMAGE, { padding: "same", groups: 2 }, { kernel: weights(3, 3, 2, 6), bias: bias(6) }),
	Conv3D: one(VOLUME, { padding: "same", strides: 2 }, { kernel: weights(2, 2, 3, 2, 3), bias: bias(3) }),
	Conv1DTranspose: one(SEQUENCE, { strides: 2 }, { kernel: weights(3, 2, 4), bias: bias(2) }),
	Conv2DTranspose: one(IMAGE, { strides: 2, padding: "same" }, { kernel: weights(3, 3, 2, 4), bias: bias(2) }),
	Conv3DTranspose: one(VOLUME, { strides: 2 }, { kernel: weights(2, 2, 2, 3, 2), bias: bias(3) }),
	DepthwiseConv1D: one(SEQUENCE, { padding: "same" }, { kernel: weights(3, 4, 2), bias: bias(8) }),
	DepthwiseConv2D: one(IMAGE, { strides: 2 }, { kernel: weights(3, 3, 4, 2), bias: bias(8) }),
	LocallyConnected1D: one(SEQUENCE, { kernelSize: 3 }, { kernel: weights(4, 12, 2), bias: weights(4, 2) }),
	LocallyConnected2D: one(IMAGE, { kernelSize: [3, 2] }, { kernel: weights(16, 24, 2), bias: weights(4, 4, 2) }),
	LocallyConnectedMatrix: one(
		SEQUENCE,
		{ kernelSize: 3, strides: 2, padding: "same" },
		{ kernel: weights(6, 4, 3, 2), bias: weights(3, 2) },
	),
	MaxPool: one(IMAGE, { window: 2, padding: "same" }),
	AvgPool: one(IMAGE, { window: 3, strides: 2, padding: "same" }),
	AdaptiveMaxPool: one(IMAGE, { outputSize: [4, 3] }),
	AdaptiveAvgPool: one(IMAGE, { outputSize: [4, 3] }),
	ZeroPadding: one(IMAGE, {
		padding: [
			[1, 0],
			[0, 2],
		],
	}),
	Cropping: one(IMAGE, {
		cropping: [
			[1, 0],
			[0, 2],
		],
	}),
	Pad: one(SEQUENCE, {
		paddings: [
			[0, 0],
			[1, 2],
			[0, 1],
		],
		mode: "reflect",
	}),
	Resize: one(IMAGE, { size: [4, 9], interpolation: "bicubic" }),
	CenterCrop: one(IMAGE, { size: [3, 3] }),
	UpSampling: one(IMAGE, { factors: [2, 3] }),
	DepthToSpace: one(IMAGE, { blockSize: 2 }),
	SpaceToDepth: one(numbers([2, 4, 6, 3]), { blockSize: 2 }),
	Dense: one(
		SEQUENCE,
		{ loraScale: 0.5 },
		{ kernel: weights(4, 3), bias: bias(3), loraA: weights(4, 2), loraB: weights(2, 3) },
	),
	EinsumDense: one(SEQUENCE, { equation: "abc,cde->abde" }, { kernel: weights(4, 2, 3), bias: weights(2, 3) }),
	Einsum: two(SEQUENCE, numbers([2, 5, 4], 31), { equation: "bij,bkj->bik" }),
	MatMul: two(SEQUENCE, numbers([2, 4, 3], 32)),
	MatMulConstant: one(SEQUENCE, {
		constant: [
			[1, 2],
			[3, 4],
			[5, 6],
			[7, 8],
		],
	}),
	TensorDot: two(SEQUENCE, numbers([2, 4], 32), { axes: [[0], [0]] }),
	Dot: two(SEQUENCE, numbers([2, 5, 4], 33), { axes: [2, 2] }),
	Threshold: one(SEQUENCE, { threshold: 0.2, defaultValue: -1 }),
	ClippedRelu: one(SEQUENCE, { maxValue: 0.7, threshold: 0.1, negativeSlope: 0.2 }),
	Prelu: one(SEQUENCE, {}, { alpha: weights(6, 4) }),
	MaskedFill: two(SEQUENCE, truths([2, 6]), { value: 3 }),
	MaskedMean: two(
		SEQUENCE,
		{ dtype: "bool", shape: [2, 6], data: Uint8Array.of(1, 0, 1, 1, 0, 0, 1, 1, 1, 1, 1, 0) },
		{ axis: 1 },
	),
	Select: { inputs: [truths([2, 6, 4]), SEQUENCE, numbers([2, 6, 4], 34)] },
	SelectConstant: { inputs: [truths([2, 6, 4]), SEQUENCE], attrs: { constant: 2, when: "true" } },
	Constant: { inputs: [], attrs: { constant: [1, 2], dtype: "float32" } },
	CastLike: two(SEQUENCE, ROWS),
	FullLike: one(SEQUENCE, { value: 2 }),
	Clip: one(SEQUENCE, { low: -0.5, high: 0.4 }),
	Cast: one(SEQUENCE, { dtype: "float32" }),
	BatchNormalization: one(SEQUENCE, {}, statistics),
	Scale: one(SEQUENCE, {}, { gamma: bias(4) }),
	Standardize: one(SEQUENCE, { axes: [-1] }, { mean: bias(4), variance: positive([4]) }),
	LayerNormalization: one(SEQUENCE, { axes: [1, 2] }, { gamma: weights(6, 4), beta: weights(6, 4) }),
	VarianceScaling: one(SEQUENCE, {}, { gamma: bias(4) }),
	RMSNormalization: one(SEQUENCE, {}, { scale: bias(4) }),
	UnitNormalization: one(SEQUENCE, { floor: 1e-12 }),
	GroupNormalization: one(IMAGE, { groups: 2 }, { gamma: bias(4), beta: weights(4) }),
	LocalResponseNormalization: one(IMAGE, { radius: 1 }),
	Flatten: one(IMAGE),
	Reshape: one(SEQUENCE, { shape: [-1, 8] }),
	ReshapeExample: one(SEQUENCE, { shape: [3, -1] }),
	Permute: one(SEQUENCE, { permutation: [2, 1], keepBatch: true }),
	MoveAxes: one(IMAGE, { source: [-1], destination: [1] }),
	SwapAxes: one(IMAGE, { first: 1, second: 3 }),
	ExpandDims: one(SEQUENCE, { axes: [1, -1] }),
	Squeeze: one(numbers([2, 1, 4])),
	UnfoldSteps: { ...two(numbers([6, 5]), numbers([2, 3, 4])), firstDims: [-3, -1] },
	GetItem: one(IMAGE, { index: [{}, { start: null, stop: null, step: -2 }, null, 1, [0, 2]] }),
	Slice: one(SEQUENCE, { begin: [0, 1, 2], size: [-1, 3, -1] }),
	TakeConstant: one(SEQUENCE, { indices: [0, -1, 2], axis: 1 }),
	Concat: two(SEQUENCE, numbers([2, 3, 4], 35), { axis: 1 }),
	Stack: two(SEQUENCE, numbers([2, 6, 4], 36), { axis: 1 }),
	Split: one(SEQUENCE, { axis: 1, sizes: [2, -1] }),
	RepeatVector: one(ROWS, { times: 3 }),
	Repeat: one(SEQUENCE, { times: 3, axis: 1 }),
	Tile: one(SEQUENCE, { multiples: [1, 2, 3] }),
	BroadcastTo: one(numbers([2, 1, 4]), { shape: [2, 3, 4] }),
	Flip: one(SEQUENCE, { axes: [1] }),
	Roll: one(SEQUENCE, { shift: [2], axes: [1] }),
	ArgMax: one(SEQUENCE, { axis: 1 }),
	ArgMin: one(SEQUENCE, { axis: 1 }),
	CumSum: one(SEQUENCE, { axis: 1, reverse: true }),
	TopK: one(SEQUENCE, { count: 2 }),
	Embedding: one(integers([2, 3]), {}, { embeddings: weights(5, 3) }),
	ReverseEmbedding: one(SEQUENCE, {}, { embeddings: weights(5, 4) }),
	EncodeCategories: one(integers([2, 3]), { mode: "count", depth: 5 }),
	OneHot: one(integers([2, 3]), { depth: 5 }),
	Discretize: one(SEQUENCE, { boundaries: [-0.5, 0, 0.5] }),
	LookUp: one(integers([2, 3]), { vocabulary: [3, 1], start: 1, unknown: "default", unknownStart: 0 }),
	Gather: { ...two(weights(5, 3), integers([2, 3])), firstDims: [5, -1] },
	StftSpectrogram: one(
		numbers([2, 32, 2]),
		{ mode: "log", frameStep: 4 },
		{ real_kernel: weights(8, 1, 5), imag_kernel: weights(8, 1, 5) },
	),
	MelSpectrogram: one(numbers([2, 64]), {
		fftLength: 16,
		stride: 8,
		frameLength: 16,
		window: "hann",
		samplingRate: 100,
		bands: 4,
		frequencies: [5, 50],
		exponent: 2,
		floorPower: 1e-10,
		referencePower: 1,
		topDecibels: 80,
	}),
	SimpleRnn: one(SEQUENCE, { activation: [{ op: "Tanh" }], returnSequences: true }, recurrentWeights(1, 3)),
	Gru: {
		inputs: [SEQUENCE, numbers([2, 3], 37), truths([2, 6])],
		attrs: { ...gates, resetAfter: true, initialState: true, masked: true, returnSequences: true },
		params: recurrentWeights(3, 2, 9),
	},
	Lstm: {
		inputs: [SEQUENCE, numbers([2, 3], 38), numbers([2, 3], 39)],
		attrs: { ...gates, initialState: true, goBackwards: true },
		params: recurrentWeights(4, 12),
	},
};

/** Functions of real numbers that not all numbers have. */
const ONLY_POSITIVE = new Set(["Log", "Log1p", "Log2", "Log10", "Sqrt", "Rsqrt", "Reciprocal", "Acosh", "Cbrt"]);
const BINARY = new Set([...OPS.keys()].filter((op) => OPS.has(`${op}Constant`) && op !== "MatMul" && op !== "Select"));

/** A call of an op, small enough for finite differences. */
export function sampleOf(op: string): Call {
	const known = SAMPLES[op];
	if (known) return { op, ...known };
	if (BINARY.has(op)) return { op, inputs: [positive([2, 6, 4], 41), positive([2, 1, 4], 42)] };
	const isConstant = op.endsWith("Constant") || op.startsWith("Constant");
	if (isConstant) return { op, inputs: [positive([2, 6, 4], 43)], attrs: { constant: [0.7, 1.3, 0.4, 2] } };
	if (op === "Average") return { op, inputs: [SEQUENCE, numbers([2, 6, 4], 44)] };
	if (op === "Acosh")
		return { op, inputs: [{ ...SEQUENCE, data: Float32Array.from(SEQUENCE.data, (x) => Math.abs(x) + 1.5) }] };
	return { op, inputs: [ONLY_POSITIVE.has(op) ? positive([2, 6, 4], 45) : SEQUENCE] };
}
