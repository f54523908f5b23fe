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
const scalar = (value: number): Tensor => ({ dtype: "float32", shape: [], data: Float32Array.of(value) });
const two = (
	first: Tensor,
	second: Tensor,
	attrs: Call["attrs"] = {},
	firstDims?: readonly number[],
): Omit<Call, "op"> => ({
	inputs: [first, second],
	attrs,
	...(firstDims && { firstDims }),
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

/** Different places for all updates of an example. */
const scattered = {
	inputs: [
		SEQUENCE,
		{ dtype: "int32", shape: [2, 3, 1], data: Int32Array.of(5, 0, -3, 1, 2, 4) },
		numbers([2, 3, 1], 50),
	] as Tensor[],
};
const tuples: Tensor = { dtype: "int32", shape: [2, 2], data: Int32Array.of(0, 5, 1, 2) };

/** A call of every op that has attributes, params or inputs of its own; the others take {@link SEQUENCE}. */
const SAMPLES: Readonly<Record<string, Omit<Call, "op">>> = {
	ReshapeTo: one(SEQUENCE, { shape: [2, -1, 3] }),
	ExpandTo: one(ROWS, { shape: [3, 1, 4] }),
	MaskOfKeys: two(integers([2, 5]), numbers([2, 2, 5, 4], 41)),
	StepsWithin: two(integers([2]), SEQUENCE),
	PlacesLike: one(integers([2, 5])),
	MaskCounts: one(integers([2, 5]), { hasMask: true }),
	AllowedKeys: two(numbers([2, 2, 3, 4], 34), numbers([2, 2, 5, 4], 35), { causal: true }),
	MaskBias: two(numbers([2, 1, 3, 5], 36), numbers([2, 2, 6, 4], 37)),
	WhereAllowed: { inputs: [numbers([2, 3, 4], 38), truths([2, 3, 4])], attrs: { value: 2 } },
	SplitHeads: one(SEQUENCE, { heads: 2 }),
	JoinHeads: one(IMAGE),
	GroupAffine: {
		inputs: [numbers([2, 4, 3], 33), weights(2), bias(2)],
		attrs: { groups: 2 },
		firstDims: [-1, 2, 2],
	},
	GatherAlong: two(SEQUENCE, { dtype: "int32", shape: [3], data: Int32Array.of(1, -2, 0) }, { axis: 1 }, [-1, 3]),
	JoinAlong: two(SEQUENCE, numbers([2, 3, 4], 31), { axis: 1 }),
	FilledOf: { inputs: [], attrs: { shape: [2, 3] } },
	Weight: { inputs: [], params: { weight: weights(3) } },
	ConstantTensor: { inputs: [], attrs: { data: [1, 2], shape: [2], dtype: "float32" } },
	WithComputedParams: two(ROWS, numbers([4, 3], 32), { op: "Dense", taken: 1, params: ["kernel"] }, [-1, 4]),
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
	LpPool: one(IMAGE, { window: 2, order: 3, padding: "same", ceil: true }),
	MaxPoolPlaces: one(IMAGE, { window: 2, strides: 1, order: "columns" }),
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
	AttentionScores: two(numbers([2, 3, 2, 4], 46), numbers([2, 5, 2, 4], 47)),
	AttentionContext: two(numbers([2, 2, 3, 5], 48), numbers([2, 5, 2, 4], 49)),
	AttentionBand: two(SEQUENCE, numbers([2, 5, 4], 50), { causal: true, window: 3 }),
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
	Determinant: one(numbers([2, 4, 4], 54)),
	DiscreteFourierTransform: one(numbers([2, 6, 3, 2], 55), { axis: 1, length: 7, oneSided: true }),
	ShortTimeFourierTransform: one(numbers([2, 9, 1], 65), { step: 2, oneSided: true }, { window: weights(4) }),
	Window: { inputs: [], attrs: { window: "blackman", length: 5 } },
	MelWeights: { inputs: [], attrs: { bands: 3, length: 16, samplingRate: 100, low: 0, high: 40 } },
	SliceAxes: one(IMAGE, { starts: [1, -1], ends: [100, -100], axes: [1, -1], steps: [2, -1] }),
	TakePlace: one(IMAGE, { axis: -1, place: 2 }),
	CropOrPad: one(IMAGE, { size: [3, 8], axes: [1, 2] }),
	PadAxes: one(IMAGE, { pads: [1, 2, -1, 3], axes: [1, 2], mode: "wrap" }),
	Compress: one(SEQUENCE, { condition: [1, 0, 1, 1], axis: 1 }),
	EyeLike: { ...one(ROWS, { offset: 1 }), firstDims: [2] },
	NonZero: { inputs: [ROWS], known: [0] },
	Range: { inputs: [scalar(1), scalar(4.2), scalar(0.5)], known: [0, 1, 2] },
	Frames: one(SEQUENCE, { axis: 1, length: 3, step: 2 }),
	FoldBlocks: one(numbers([2, 8, 9], 56), {
		image: [5, 6],
		block: [2, 2],
		strides: [2, 2],
		dilations: [1, 1],
		padding: [
			[1, 0],
			[0, 0],
		],
	}),
	MaxUnpool: two(
		numbers([2, 1, 3], 57),
		{ dtype: "int32", shape: [2, 1, 3], data: Int32Array.of(1, 2, 5, 6, 8, 10) },
		{ window: [2], strides: 2, padding: [[0, 0]], shape: [2, 1, 7] },
	),
	DeformableConv2D: {
		inputs: [
			numbers([2, 4, 5, 4], 58),
			numbers([2, 2, 2, 2], 59),
			numbers([2, 16, 5, 2], 60),
			numbers([2], 61),
			numbers([2, 8, 5, 2], 62),
		],
		attrs: {
			groups: 2,
			offsetGroups: 2,
			strides: [1, 2],
			padding: [
				[1, 0],
				[0, 0],
			],
			hasBias: true,
			hasMask: true,
		},
		firstDims: [-1, 2, -1, 2, -1],
	},
	RoiAlign: {
		inputs: [
			numbers([2, 2, 5, 6], 63),
			{ dtype: "float32", shape: [2, 4], data: Float32Array.of(0.3, 0.6, 3.1, 4.3, 1.1, 0.2, 4.2, 2.3) },
			{ dtype: "int32", shape: [2], data: Int32Array.of(1, 0) },
		],
		attrs: { size: [2, 3], samplingRatio: 2, halfPixel: true },
	},
	GridSample: one(
		numbers([2, 2, 4, 5], 90),
		{ mode: "cubic", padding: "reflection" },
		{
			grid: { dtype: "float32", shape: [1, 2, 2, 2], data: Float32Array.of(-0.4, 0.3, 1.2, -1.1, 0.1, 0.7, -0.9, 0.2) },
		},
	),
	Interpolate: one(IMAGE, { sizes: [9, 4], axes: [1, 2], mode: "cubic", antialias: true, excludeOutside: true }),
	AffineGrid: one(numbers([2, 2, 3], 64), { shape: [2, 1, 3, 4] }),
	Quantize: { ...two(SEQUENCE, positive([1]), { low: -8, high: 7 }), firstDims: [-1, 1] },
	Dequantize: { inputs: [integers([2, 4]), positive([4])], attrs: { axis: 1 }, firstDims: [-1, 4] },
	DynamicQuantize: one(SEQUENCE),
	IntegerMatMul: two(integers([2, 3, 4]), integers([2, 4, 2])),
	PixelUnshuffle: one(numbers([2, 4, 6, 3]), { blockSize: 2 }),
	PixelShuffle: one(IMAGE, { blockSize: 2 }),
	RotaryEmbedding: {
		inputs: [numbers([2, 3, 8], 70), integers([2, 3])],
		attrs: { heads: 2, size: 2, interleaved: true },
		params: { cos: weights(5, 1), sin: numbers([5, 1], 71) },
	},
	RepeatHeads: two(numbers([2, 2, 3, 4], 72), numbers([2, 4, 3, 4], 73)),
	ScaledProducts: two(numbers([2, 2, 3, 4], 74), numbers([2, 2, 5, 4], 75)),
	SequenceConvolution: one(numbers([2, 3, 6], 76), {}, { kernel: weights(3, 1, 4), bias: bias(3) }),
	ZerosBefore: two(numbers([2, 3, 6], 77), numbers([3, 1, 4], 78), {}, [-1, 3]),
	LastSteps: two(numbers([2, 3, 6], 79), numbers([3, 1, 4], 80), {}, [-1, 3]),
	LinearAttention: {
		inputs: [
			numbers([2, 3, 8], 81),
			numbers([2, 3, 4], 82),
			numbers([2, 3, 6], 83),
			numbers([2, 2, 2, 3], 84),
			numbers([2, 3, 4], 85),
			numbers([2, 3, 1], 86),
		],
		attrs: { heads: 4, keyHeads: 2, hasState: true, hasDecay: true, hasRate: true },
	},
	Wrap: one(integers([2, 3]), { bits: 8, signed: true }),
	BitwiseAnd: two(integers([2, 3]), integers([2, 3])),
	BitwiseOr: two(integers([2, 3]), integers([2, 3])),
	BitwiseXor: two(integers([2, 3]), integers([2, 3])),
	BitwiseNot: one(integers([2, 3])),
	ShiftLeft: two(integers([2, 3]), integers([2, 3])),
	ShiftRight: two(integers([2, 3]), integers([2, 3])),
	CumProd: one(SEQUENCE, { axis: 1, exclusive: true }),
	MeanVarianceNormalization: one(IMAGE, { axes: [1, 2] }),
	GatherFromEnds: two(SEQUENCE, { ...integers([2, 2]), data: Int32Array.of(-1, 2, 0, -6) }, { axis: 1 }),
	GatherElements: two(SEQUENCE, integers([2, 6, 4]), { axis: 1 }),
	GatherND: two(SEQUENCE, integers([2, 3, 1]), { batchAxes: 1 }),
	...Object.fromEntries(
		["", "Add", "Mul", "Max", "Min"].flatMap((join) => [
			[`ScatterElements${join}`, { ...scattered, attrs: { axis: 1 } }],
			[`ScatterND${join}`, { inputs: [SEQUENCE, tuples, numbers([2, 4], 51)] }],
		]),
	),
	WriteCache: {
		inputs: [SEQUENCE, numbers([2, 2, 4], 52), { ...integers([2]), data: Int32Array.of(5, 1) }],
		attrs: { axis: 1, mode: "circular" },
	},
	HotRows: two(integers([2, 3]), numbers([2], 53), { depth: 4 }),
	ReverseSequence: two(SEQUENCE, { ...integers([2]), data: Int32Array.of(4, 2) }, { axis: 1, batchAxis: 0 }),
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
	ConvLstm: {
		inputs: [numbers([2, 3, 4, 3, 2], 51), numbers([2, 4, 2, 3], 52), numbers([2, 4, 2, 3], 53), truths([2, 3])],
		attrs: { ...gates, padding: "same", strides: [1, 2], initialState: true, masked: true },
		params: { kernel: weights(2, 2, 2, 12), recurrent_kernel: numbers([2, 2, 3, 12], 54), bias: bias(12) },
	},
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
const ONLY_POSITIVE = new Set([
	"Log",
	"Log1p",
	"Log2",
	"Log10",
	"Sqrt",
	"Rsqrt",
	"Reciprocal",
	"Acosh",
	"Cbrt",
	"LogSum",
]);
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
