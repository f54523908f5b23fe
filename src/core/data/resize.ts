/**
 * Resampling, equal to Pillow's bit for bit (Pillow 13, src/libImaging/Resample.c and Geometry.c), and TensorFlow's
 * bilinear without antialiasing (tensorflow/core/kernels/image/resize_bilinear_op.cc, half-pixel centres).
 */
import type { ResizeMode } from "../../shared/preprocess";

/** Samples of a picture: rows from the top, channels innermost. Values of 0 to 255; whole numbers in a `Uint8Array`. */
export interface Samples {
	readonly width: number;
	readonly height: number;
	readonly channels: number;
	readonly data: Uint8Array | Float32Array;
}

interface Filter {
	/** Half width, in source pixels at scale 1. */
	readonly support: number;
	weight(x: number): number;
}

const sinc = (x: number) => (x === 0 ? 1 : Math.sin(x * Math.PI) / (x * Math.PI));

const BICUBIC_A = -0.5;

const FILTERS: Readonly<Record<Exclude<ResizeMode, "nearest" | "tf-bilinear">, Filter>> = {
	bilinear: { support: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) },
	bicubic: {
		support: 2,
		weight(signed) {
			const x = Math.abs(signed);
			if (x < 1) return ((BICUBIC_A + 2) * x - (BICUBIC_A + 3)) * x * x + 1;
			if (x < 2) return (((x - 5) * x + 8) * x - 4) * BICUBIC_A;
			return 0;
		},
	},
	lanczos: { support: 3, weight: (x) => (x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0) },
};

/** Pillow keeps 8 bits for the sample and 2 for overshoot: the weights have the other 22 of 32. */
const PRECISION_BITS = 32 - 8 - 2;

interface Window {
	readonly first: number;
	/** Fixed-point weights of the samples from `first` on. */
	readonly weights: Int32Array;
}

/** For every output sample the input samples it is made of; wider than the filter when the picture shrinks (antialiasing). */
function windows(inputSize: number, outputSize: number, filter: Filter): Window[] {
	const scale = inputSize / outputSize;
	const stretch = Math.max(scale, 1);
	const support = filter.support * stretch;
	return Array.from({ length: outputSize }, (_, i) => {
		const center = (i + 0.5) * scale;
		const first = Math.max(0, Math.trunc(center - support + 0.5));
		const end = Math.min(inputSize, Math.trunc(center + support + 0.5));
		const raw = Array.from({ length: end - first }, (_, x) =>
			filter.weight((x + first - center + 0.5) * (1 / stretch)),
		);
		const sum = raw.reduce((total, weight) => total + weight, 0);
		const weights = Int32Array.from(raw, (weight) => {
			const share = (sum !== 0 ? weight * (1 / sum) : weight) * 2 ** PRECISION_BITS;
			return Math.trunc(share < 0 ? share - 0.5 : share + 0.5);
		});
		return { first, weights };
	});
}

/** One pass over `lines` lines whose samples lie `step` apart and which themselves begin where `start` says. */
function convolve(
	source: Uint8Array,
	target: Uint8Array,
	plan: readonly Window[],
	lines: number,
	start: (line: number) => [source: number, target: number],
	step: number,
): void {
	const half = 1 << (PRECISION_BITS - 1);
	for (let line = 0; line < lines; line++) {
		const [from, to] = start(line);
		for (let i = 0; i < plan.length; i++) {
			const { first, weights } = plan[i]!;
			let sum = half;
			for (let k = 0, at = from + first * step; k < weights.length; k++, at += step) sum += source[at]! * weights[k]!;
			const value = sum >> PRECISION_BITS;
			target[to + i * step] = value < 0 ? 0 : value > 255 ? 255 : value;
		}
	}
}

/** Rows first, rounded to 8 bits, then columns: the order is part of the result. */
function resample(image: Samples & { data: Uint8Array }, width: number, height: number, filter: Filter): Samples {
	const { channels } = image;
	let data = image.data;
	if (width !== image.width) {
		const wide = new Uint8Array(width * image.height * channels);
		const starts = (line: number): [number, number] => {
			const [row, channel] = [Math.floor(line / channels), line % channels];
			return [row * image.width * channels + channel, row * width * channels + channel];
		};
		convolve(data, wide, windows(image.width, width, filter), image.height * channels, starts, channels);
		data = wide;
	}
	if (height !== image.height) {
		const tall = new Uint8Array(width * height * channels);
		convolve(
			data,
			tall,
			windows(image.height, height, filter),
			width * channels,
			(line) => [line, line],
			width * channels,
		);
		data = tall;
	}
	return { width, height, channels, data };
}

/** Source index of every output sample. Pillow adds the step up instead of multiplying, and that is part of the result. */
function nearestIndices(inputSize: number, outputSize: number): Int32Array {
	const step = inputSize / outputSize;
	let position = step * 0.5;
	return Int32Array.from({ length: outputSize }, () => {
		const index = Math.min(inputSize - 1, Math.trunc(position));
		position += step;
		return index;
	});
}

function nearest(image: Samples & { data: Uint8Array }, width: number, height: number): Samples {
	const { channels } = image;
	const [columns, rows] = [nearestIndices(image.width, width), nearestIndices(image.height, height)];
	const data = new Uint8Array(width * height * channels);
	let to = 0;
	for (const row of rows) {
		for (const column of columns) {
			const from = (row * image.width + column) * channels;
			for (let c = 0; c < channels; c++) data[to++] = image.data[from + c]!;
		}
	}
	return { width, height, channels, data };
}

interface Interpolation {
	readonly lower: Int32Array;
	readonly upper: Int32Array;
	/** Share of `upper`. */
	readonly share: Float32Array;
}

function interpolations(inputSize: number, outputSize: number): Interpolation {
	const lower = new Int32Array(outputSize);
	const upper = new Int32Array(outputSize);
	const share = new Float32Array(outputSize);
	const scale = Math.fround(inputSize / outputSize);
	for (let i = 0; i < outputSize; i++) {
		const position = Math.fround(Math.fround(Math.fround(i + 0.5) * scale) - 0.5);
		const floor = Math.floor(position);
		lower[i] = Math.max(floor, 0);
		upper[i] = Math.min(Math.ceil(position), inputSize - 1);
		share[i] = position - floor;
	}
	return { lower, upper, share };
}

/**
 * Bilinear interpolation between the four nearest samples, half-pixel centres, no antialiasing, not rounded: what
 * `tf.image.resize` and `tf.keras.layers.Resizing` do, and what enlarges a low-resolution map.
 * @returns samples in float32
 */
export function interpolateBilinear(image: Samples, width: number, height: number): Samples & { data: Float32Array } {
	const { channels, data: source } = image;
	const [columns, rows] = [interpolations(image.width, width), interpolations(image.height, height)];
	const data = new Float32Array(width * height * channels);
	const { fround } = Math;
	const between = (a: number, b: number, share: number) => fround(a + fround(fround(b - a) * share));
	let to = 0;
	for (let y = 0; y < height; y++) {
		const [top, bottom] = [rows.lower[y]! * image.width, rows.upper[y]! * image.width];
		for (let x = 0; x < width; x++) {
			const [left, right, share] = [columns.lower[x]!, columns.upper[x]!, columns.share[x]!];
			for (let c = 0; c < channels; c++) {
				const above = between(source[(top + left) * channels + c]!, source[(top + right) * channels + c]!, share);
				const below = between(source[(bottom + left) * channels + c]!, source[(bottom + right) * channels + c]!, share);
				data[to++] = between(above, below, rows.share[y]!);
			}
		}
	}
	return { width, height, channels, data };
}

/**
 * Resizes a picture.
 * @returns `tf-bilinear`: float32 samples; otherwise whole ones of 0 to 255
 */
export function resize(
	image: Samples & { data: Uint8Array },
	width: number,
	height: number,
	mode: ResizeMode,
): Samples {
	if (width === image.width && height === image.height) return image;
	if (mode === "tf-bilinear") return interpolateBilinear(image, width, height);
	if (mode === "nearest") return nearest(image, width, height);
	return resample(image, width, height, FILTERS[mode]);
}
