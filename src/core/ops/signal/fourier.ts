import { checkTable } from "../numbers";

export type Window = "hann" | "hamming" | "none";

/** Periodic window of `length` samples in the middle of `frame`. */
function windowOf(name: Window, length: number, frame: number): Float64Array {
	const window = new Float64Array(frame);
	const offset = Math.floor((frame - length) / 2);
	const [base, swing] = name === "hamming" ? [0.54, 0.46] : name === "hann" ? [0.5, 0.5] : [1, 0];
	for (let i = 0; i < length; i++) {
		window[offset + i] = name === "none" ? 1 : base - swing * Math.cos((2 * Math.PI * i) / length);
	}
	return window;
}

/** Real and imaginary part of a windowed discrete Fourier transform of `frame` samples: matrices [frame, frame / 2 + 1]. */
export function fourierKernels(
	frame: number,
	length: number,
	window: Window,
): { real: Float32Array; imaginary: Float32Array } {
	const bins = Math.floor(frame / 2) + 1;
	checkTable(frame, bins);
	const weights = windowOf(window, length, frame);
	const real = new Float32Array(frame * bins);
	const imaginary = new Float32Array(frame * bins);
	for (let sample = 0; sample < frame; sample++) {
		for (let bin = 0; bin < bins; bin++) {
			// The product is reduced first: the angle of a long frame would lose digits.
			const angle = (2 * Math.PI * ((sample * bin) % frame)) / frame;
			real[sample * bins + bin] = (weights[sample] as number) * Math.cos(angle);
			imaginary[sample * bins + bin] = -(weights[sample] as number) * Math.sin(angle);
		}
	}
	return { real, imaginary };
}

/** HTK's mel scale. */
const toMel = (hertz: number) => 1127 * Math.log(1 + hertz / 700);

/** Triangular filters on the mel scale: [bins, bands]. The bin of frequency 0 counts for none. */
export function melWeights(bands: number, bins: number, samplingRate: number, low: number, high: number): Float32Array {
	checkTable(bins, bands);
	const weights = new Float32Array(bins * bands);
	const nyquist = samplingRate / 2;
	const edges = Array.from(
		{ length: bands + 2 },
		(_, i) => toMel(low) + ((toMel(high) - toMel(low)) * i) / (bands + 1),
	);
	for (let bin = 1; bin < bins; bin++) {
		const place = toMel((nyquist * bin) / (bins - 1));
		for (let band = 0; band < bands; band++) {
			const [from, centre, to] = edges.slice(band, band + 3) as [number, number, number];
			const slope = Math.min((place - from) / (centre - from), (to - place) / (to - centre));
			weights[bin * bands + band] = Math.max(0, slope);
		}
	}
	return weights;
}
