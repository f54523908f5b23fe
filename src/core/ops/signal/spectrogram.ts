import { InvalidRequestError } from "../../../shared/errors";
import type { Builder } from "../../program/builder";
import { productOf } from "../../program/dims";
import type { Dim, Value } from "../../program/types";
import {
	add,
	binary,
	concat,
	constant,
	conv2d,
	div,
	log,
	matmul,
	max,
	maximum,
	mirrorPad,
	mul,
	pad,
	reshape,
	samePadding,
	slice,
	sqrt,
	square,
	sub,
	transpose,
} from "../../program/vocabulary";
import { flagAttr, numberAttr, numbersAttr, textAttr } from "../attributes";
import { asFloat, checkTable, inputAt, knownExtent } from "../numbers";
import type { Attrs, OpDefinition, Params } from "../op";
import { paramOf } from "../params";
import { isChannelsFirst } from "../spatial/layout";
import { fourierKernels, melWeights } from "./fourier";

const MODES = ["log", "magnitude", "psd", "real", "imag", "angle", "stft"] as const;

/** keras.config.epsilon(): the floor under squared amplitudes and amplitudes. */
const FLOOR = 1e-7;

/**
 * Keras' STFTSpectrogram: every channel convolved with a bank of cosines and one of sines.
 * x [N, T, C] (or channels first); params: `real_kernel`, `imag_kernel` [frame, 1, bins]; attrs: `mode`, `frameStep`,
 * `padding`, `expandDims`, `dataFormat`.
 */
function stft(b: Builder, x: Value, params: Params, attrs: Attrs): Value {
	const mode = textAttr(attrs, "mode", MODES);
	const channelsFirst = isChannelsFirst(attrs);
	const [n, channels, steps] = (channelsFirst ? x.shape : [x.shape[0], x.shape[2], x.shape[1]]) as [
		Dim,
		number,
		number,
	];
	const rows = reshape(b, channelsFirst ? x : transpose(b, x, [0, 2, 1]), [n * channels, 1, steps, 1]);
	/** [N, C, bins, frames] */
	const bank = (kernel: Value) => {
		const [frame, , bins] = kernel.shape as [number, number, number];
		const stride = numberAttr(attrs, "frameStep");
		const padding = attrs.padding === "same" ? samePadding(steps, frame, stride) : ([0, 0] as const);
		const made = conv2d(b, rows, reshape(b, kernel, [1, frame, 1, bins]), {
			strides: [stride, stride],
			dilations: [1, 1],
			padding: [[0, 0], padding],
		});
		const frames = made.shape[2] as number;
		return transpose(b, reshape(b, made, [n, channels, frames, bins]), [0, 1, 3, 2]);
	};
	const real = mode === "imag" ? undefined : bank(paramOf(params, "real_kernel"));
	const imaginary = mode === "real" ? undefined : bank(paramOf(params, "imag_kernel"));
	return arranged(b, spectrum(b, mode, real, imaginary), channelsFirst, flagAttr(attrs, "expandDims"));
}

function spectrum(
	b: Builder,
	mode: (typeof MODES)[number],
	real: Value | undefined,
	imaginary: Value | undefined,
): Value {
	if (!real || !imaginary) return (real ?? imaginary) as Value;
	if (mode === "angle") return binary(b, "atan2", imaginary, real);
	if (mode === "stft") return concat(b, [real, imaginary], 2);
	const power = add(b, square(b, real), square(b, imaginary));
	if (mode === "psd") return add(b, power, innerBins(b, power));
	const magnitude = sqrt(b, maximum(b, power, FLOOR));
	return mode === "log" ? log(b, maximum(b, magnitude, FLOOR)) : magnitude;
}

/** Bins that stand for a negative frequency too, the others 0: their power counts twice. */
function innerBins(b: Builder, power: Value): Value {
	const bins = power.shape[2] as number;
	const inner = slice(b, power, [0, 0, 1, 0], [-1, -1, bins - 2, -1]);
	return pad(b, inner, [
		[0, 0],
		[0, 0],
		[1, 1],
		[0, 0],
	]);
}

/** From [N, C, bins, frames] to [N, frames, C * bins] and its relatives. */
function arranged(b: Builder, x: Value, channelsFirst: boolean, expanded: boolean): Value {
	const [n, channels, bins, frames] = x.shape as [Dim, number, number, number];
	if (expanded) return transpose(b, x, channelsFirst ? [0, 1, 3, 2] : [0, 3, 2, 1]);
	const joined = reshape(b, x, [n, channels * bins, frames]);
	return channelsFirst ? joined : transpose(b, joined, [0, 2, 1]);
}

/**
 * Keras' MelSpectrogram: centred frames, windowed discrete Fourier transform as two matrix products, mel filters,
 * decibels. x [N, T] to [N, mel bins, frames]; attrs: as the layer's configuration.
 */
function mel(b: Builder, x: Value, attrs: Attrs): Value {
	const fftLength = numberAttr(attrs, "fftLength");
	const half = Math.floor(fftLength / 2);
	const samples = x.shape.length - 1;
	const padded = mirrorPad(
		b,
		x,
		[...x.shape.slice(0, -1).map((): [number, number] => [0, 0]), [half, half]],
		"reflect",
	);
	const framed = frames(b, padded, fftLength, numberAttr(attrs, "stride"));
	const window = textAttr(attrs, "window", ["hann", "hamming", "none"]);
	const kernels = fourierKernels(fftLength, numberAttr(attrs, "frameLength"), window);
	const bins = half + 1;
	const rows = reshape(b, framed, [productOf(framed.shape.slice(0, -1)), fftLength]);
	const part = (data: Float32Array) => square(b, matmul(b, rows, constant(b, data, [fftLength, bins])));
	const power = add(b, part(kernels.real), part(kernels.imaginary));
	const exponent = numberAttr(attrs, "exponent");
	const spectrogram = exponent === 2 ? power : binary(b, "pow", sqrt(b, power), exponent);
	const [low, high] = numbersAttr(attrs, "frequencies");
	const bands = numberAttr(attrs, "bands");
	if (low === undefined || high === undefined)
		throw new InvalidRequestError("a lowest and a highest frequency were expected");
	const filters = melWeights(bands, bins, numberAttr(attrs, "samplingRate"), low, high);
	const bandPower = matmul(b, spectrogram, constant(b, filters, [bins, bands]));
	const levels = attrs.topDecibels == null ? bandPower : decibels(b, bandPower, attrs);
	const shape = [...x.shape.slice(0, samples), framed.shape.at(-2) as Dim, bands];
	const ordered = shape.map((_, axis) => axis);
	return transpose(b, reshape(b, levels, shape), [...ordered.slice(0, -2), samples + 1, samples]);
}

/** Overlapping frames of the last axis: [..., T] to [..., frames, length]. */
function frames(b: Builder, x: Value, length: number, stride: number): Value {
	const last = x.shape.length - 1;
	const count = Math.floor((knownExtent(x, last) - length) / stride) + 1;
	if (count < 1) throw new InvalidRequestError(`a frame of ${length} samples does not fit ${x.shape[last]}`);
	checkTable(count, length);
	const parts = Array.from({ length: count }, (_, frame) => {
		const part = slice(
			b,
			x,
			x.shape.map((_s, axis) => (axis === last ? frame * stride : 0)),
			x.shape.map((_s, axis) => (axis === last ? length : -1)),
		);
		return reshape(b, part, [...x.shape.slice(0, -1), 1, length]);
	});
	return concat(b, parts, last);
}

/** 10 log10 relative to `referencePower`, no lower than `topDecibels` under the loudest place of the whole batch. */
function decibels(b: Builder, power: Value, attrs: Attrs): Value {
	const floor = numberAttr(attrs, "floorPower");
	const reference = 10 * Math.log10(Math.max(Math.abs(numberAttr(attrs, "referencePower")), floor));
	const level = sub(b, mul(b, div(b, log(b, maximum(b, power, floor)), Math.LN10), 10), reference);
	const loudest = max(
		b,
		level,
		level.shape.map((_, axis) => axis),
	);
	return maximum(b, level, sub(b, loudest, numberAttr(attrs, "topDecibels")));
}

export const SIGNAL: readonly OpDefinition[] = [
	{
		op: "StftSpectrogram",
		kind: "opaque",
		forward: (b, inputs, params, attrs) => [stft(b, asFloat(b, inputAt(inputs, 0)), params, attrs)],
	},
	{
		op: "MelSpectrogram",
		kind: "opaque",
		forward: (b, inputs, _params, attrs) => [mel(b, asFloat(b, inputAt(inputs, 0)), attrs)],
	},
];
