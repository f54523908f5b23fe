import { InvalidRequestError } from "../../../shared/errors";
import type { DType } from "../../../shared/tensor";
import { constant } from "../../program/vocabulary";
import { flagAttr, numberAttr, textAttr } from "../attributes";
import { checkTable } from "../numbers";
import type { Attrs, OpDefinition } from "../op";

/** Weights of the cosines of 0, 1 and 2 periods in a window. */
const COSINES: Readonly<Record<string, readonly number[]>> = {
	hann: [0.5, -0.5],
	// ONNX takes the exact coefficients, not the rounded 0.54 and 0.46.
	hamming: [25 / 46, -21 / 46],
	blackman: [0.42, -0.5, 0.08],
};

/** attrs: `window`, `length`, `periodic` (one period is the length; else it ends where it began) */
function windowOf(attrs: Attrs): number[] {
	const length = numberAttr(attrs, "length");
	checkTable(length);
	const period = flagAttr(attrs, "periodic", true) ? length : length - 1;
	const weights = COSINES[textAttr(attrs, "window", Object.keys(COSINES))] as readonly number[];
	return Array.from({ length }, (_, at) =>
		weights.reduce((sum, weight, periods) => sum + weight * Math.cos((2 * Math.PI * periods * at) / period), 0),
	);
}

const toMel = (hertz: number) => 2595 * Math.log10(1 + hertz / 700);
const toHertz = (mel: number) => 700 * (10 ** (mel / 2595) - 1);

/**
 * Triangular filters between frequencies that are equally apart on the mel scale, rounded down to bins of the transform:
 * [bins, bands]. attrs: `bands`, `length` (of the transform), `samplingRate`, `low`, `high` (Hz)
 */
function melWeights(attrs: Attrs): { data: number[]; shape: [number, number] } {
	const [bands, length] = [numberAttr(attrs, "bands"), numberAttr(attrs, "length")];
	const bins = Math.floor(length / 2) + 1;
	checkTable(bins, bands);
	const [low, high] = [toMel(numberAttr(attrs, "low")), toMel(numberAttr(attrs, "high"))];
	const edges = Array.from({ length: bands + 2 }, (_, at) => {
		const hertz = toHertz(low + (at * (high - low)) / (bands + 2));
		return Math.floor(((length + 1) * hertz) / numberAttr(attrs, "samplingRate"));
	});
	if (edges.some((bin) => !(bin >= 0 && bin < bins)))
		throw new InvalidRequestError(`the frequencies of the filters are not among the ${bins} bins`);
	const data = new Array<number>(bins * bands).fill(0);
	for (let band = 0; band < bands; band++) {
		const [from, centre, to] = edges.slice(band, band + 3) as [number, number, number];
		if (from === centre) data[centre * bands + band] = 1;
		else for (let bin = from; bin <= centre; bin++) data[bin * bands + band] = (bin - from) / (centre - from);
		for (let bin = centre; bin < to; bin++) data[bin * bands + band] = (to - bin) / (to - centre);
	}
	return { data, shape: [bins, bands] };
}

const typeOf = (attrs: Attrs) => textAttr<DType>(attrs, "dtype", ["float32", "int32", "bool"], "float32");

export const SIGNAL_TABLES: readonly OpDefinition[] = [
	{
		op: "Window",
		kind: "opaque",
		forward(b, _inputs, _params, attrs) {
			const window = windowOf(attrs);
			return [constant(b, window, [window.length], typeOf(attrs))];
		},
	},
	{
		op: "MelWeights",
		kind: "opaque",
		forward(b, _inputs, _params, attrs) {
			const { data, shape } = melWeights(attrs);
			return [constant(b, data, shape, typeOf(attrs))];
		},
	},
];
