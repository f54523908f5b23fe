import { InvalidRequestError } from "../../../shared/errors";
import type { Builder } from "../../program/builder";
import { productOf } from "../../program/dims";
import type { Dim, Value } from "../../program/types";
import { constant, gather, matmul, mul, pad, reshape, slice, transpose } from "../../program/vocabulary";
import { flagAttr, numberAttr } from "../attributes";
import { asFloat, axisOf, checkTable, inputAt, knownExtent } from "../numbers";
import type { Attrs, OpDefinition } from "../op";

interface Transform {
	/** Number of samples of the whole signal. */
	readonly length: number;
	readonly inverse: boolean;
	/** Only the first half of the frequencies, from or to a real signal. */
	readonly oneSided: boolean;
	/** Whether the input has imaginary parts. */
	readonly complex: boolean;
}

/** Numbers that go in and come out: samples or frequencies, and parts (real, imaginary) of each. */
function sizes({ length, inverse, oneSided, complex }: Transform) {
	const half = Math.floor(length / 2) + 1;
	return {
		taken: inverse && oneSided ? half : length,
		made: !inverse && oneSided ? half : length,
		parts: complex ? 2 : 1,
		madeParts: inverse && oneSided ? 1 : 2,
	};
}

/** The transform as a matrix [taken x parts, made x made parts]. */
function matrixOf(transform: Transform): { data: Float32Array; shape: [number, number] } {
	const { length, inverse, oneSided } = transform;
	const { taken, made, parts, madeParts } = sizes(transform);
	const shape: [number, number] = [taken * parts, made * madeParts];
	checkTable(...shape);
	const data = new Float32Array(shape[0] * shape[1]);
	for (let from = 0; from < taken; from++) {
		// The other half of the frequencies of a real signal are conjugates: they double what the first half gives.
		const isOwnConjugate = from === 0 || from * 2 === length;
		const scale = inverse ? (oneSided && !isOwnConjugate ? 2 : 1) / length : 1;
		for (let to = 0; to < made; to++) {
			// The product is reduced first: the angle of a long signal would lose digits.
			const angle = ((inverse ? 2 : -2) * Math.PI * ((from * to) % length)) / length;
			const [real, imaginary] = [scale * Math.cos(angle), scale * Math.sin(angle)];
			const set = (part: number, madePart: number, weight: number) => {
				data[(from * parts + part) * shape[1] + to * madeParts + madePart] = weight;
			};
			set(0, 0, real);
			if (madeParts === 2) set(0, 1, imaginary);
			if (parts === 2) set(1, 0, -imaginary);
			if (parts === 2 && madeParts === 2) set(1, 1, real);
		}
	}
	return { data, shape };
}

/** Cuts an axis or fills it with zeros. */
function fitAxis(b: Builder, x: Value, axis: number, extent: number): Value {
	const own = knownExtent(x, axis);
	const onAxis = (there: number, elsewhere: number) => x.shape.map((_, i) => (i === axis ? there : elsewhere));
	if (own > extent) return slice(b, x, onAxis(0, 0), onAxis(extent, -1));
	return pad(
		b,
		x,
		x.shape.map((_, i): [number, number] => (i === axis ? [0, extent - own] : [0, 0])),
	);
}

/**
 * Discrete Fourier transform along an axis of x [..., parts], whose last axis holds real (and imaginary) parts.
 * attrs: `axis`, `length` (of the signal; the axis is cut or filled with zeros), `inverse`, `oneSided`
 */
function dft(b: Builder, x: Value, attrs: Attrs): Value {
	const last = x.shape.length - 1;
	const axis = axisOf(numberAttr(attrs, "axis"), x.shape.length);
	const parts = knownExtent(x, last);
	if (axis === last || (parts !== 1 && parts !== 2))
		throw new InvalidRequestError("a last axis of real (and imaginary) parts was expected behind the signal");
	const [inverse, oneSided] = [flagAttr(attrs, "inverse"), flagAttr(attrs, "oneSided")];
	const own = knownExtent(x, axis);
	const length = attrs.length == null ? (inverse && oneSided ? 2 * (own - 1) : own) : numberAttr(attrs, "length");
	const transform = { length, inverse, oneSided, complex: parts === 2 };
	const { taken, made, madeParts } = sizes(transform);
	const { data, shape } = matrixOf(transform);
	const order = [...x.shape.keys()].filter((i) => i !== axis && i !== last).concat(axis, last);
	const moved = transpose(b, fitAxis(b, x, axis, taken), order);
	const leading = moved.shape.slice(0, -2);
	const flat = reshape(b, moved, [productOf(leading), shape[0]]);
	const product = reshape(b, matmul(b, flat, constant(b, data, shape)), [...leading, made, madeParts] as Dim[]);
	return transpose(
		b,
		product,
		[...order.keys()].map((i) => order.indexOf(i)),
	);
}

/** Overlapping parts of an axis, on a new axis before it. attrs: `axis`, `length`, `step` */
function frames(b: Builder, x: Value, attrs: Attrs): Value {
	const axis = axisOf(numberAttr(attrs, "axis", 1), x.shape.length);
	const [length, step] = [numberAttr(attrs, "length"), numberAttr(attrs, "step")];
	const count = Math.floor((knownExtent(x, axis) - length) / step) + 1;
	if (!(length > 0 && step > 0 && count > 0))
		throw new InvalidRequestError(
			`frames of ${length} every ${step} were asked for along an axis of ${x.shape[axis]} elements`,
		);
	checkTable(count, length);
	const places = Int32Array.from({ length: count * length }, (_, at) => Math.floor(at / length) * step + (at % length));
	return gather(b, x, constant(b, places, [count, length], "int32"), axis);
}

/**
 * Transforms of overlapping frames of a signal [N, L, parts]: [N, frames, frequencies, 2]. params: `window` (optional);
 * attrs: `step`, `length` of a frame (default: that of the window, or of the signal), `oneSided`
 */
function shortTime(b: Builder, x: Value, window: Value | undefined, attrs: Attrs): Value {
	const length = attrs.length == null ? knownExtent(window ?? x, window ? 0 : 1) : numberAttr(attrs, "length");
	const parts = frames(b, x, { axis: 1, length, step: attrs.step });
	const weighted = window ? mul(b, parts, reshape(b, asFloat(b, window), [length, 1])) : parts;
	return dft(b, weighted, { axis: -2, oneSided: attrs.oneSided });
}

export const FOURIER: readonly OpDefinition[] = [
	{
		op: "DiscreteFourierTransform",
		kind: "linear",
		forward: (b, inputs, _params, attrs) => [dft(b, asFloat(b, inputAt(inputs, 0)), attrs)],
	},
	{
		op: "ShortTimeFourierTransform",
		kind: "linear",
		forward: (b, inputs, params, attrs) => [shortTime(b, asFloat(b, inputAt(inputs, 0)), params.window, attrs)],
	},
	{ op: "Frames", kind: "shape", forward: (b, inputs, _params, attrs) => [frames(b, inputAt(inputs, 0), attrs)] },
];
