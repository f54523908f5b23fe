import type { GraphLayer } from "../../core/graph/types";
import { InvalidRequestError } from "../../shared/errors";
import type { FilterSet } from "../../shared/protocol";
import type { Tensor } from "../../shared/tensor";
import { rangeOf } from "./maps";

type Layout = NonNullable<GraphLayer["filters"]>["layout"];

/** Strides of a kernel's axes in the order unit, height, width, input channel; 3-D kernels lay depth over height. */
interface KernelAxes {
	units: number;
	height: number;
	width: number;
	channels: number;
	at(unit: number, y: number, x: number, channel: number): number;
}

/** Kernels of a layer as pictures, output unit by output unit. */
export function filterSet(layer: string, kernel: Tensor, layout: Layout, offset: number, limit: number): FilterSet {
	const axes = kernelAxes(kernel.shape, layout);
	const end = Math.min(axes.units, offset + limit);
	const { height, width, channels } = axes;
	const count = Math.max(0, end - offset);
	const data = new Float32Array(count * height * width * channels);
	let to = 0;
	for (let unit = offset; unit < end; unit++) {
		for (let y = 0; y < height; y++) {
			for (let x = 0; x < width; x++) {
				for (let c = 0; c < channels; c++) data[to++] = kernel.data[axes.at(unit, y, x, c)] as number;
			}
		}
	}
	const { min, max } = rangeOf(kernel.data);
	const absMax = Math.max(Math.abs(min), Math.abs(max));
	const norms = kernelNorms(kernel, axes);
	return { layer, shape: [count, height, width, channels], data, total: axes.units, offset, absMax, norms };
}

/** Euclidean norm of each unit's kernel. */
function kernelNorms(kernel: Tensor, { units, height, width, channels, at }: KernelAxes): Float32Array {
	const norms = new Float32Array(units);
	for (let unit = 0; unit < units; unit++) {
		let squares = 0;
		for (let y = 0; y < height; y++) {
			for (let x = 0; x < width; x++) {
				for (let c = 0; c < channels; c++) squares += (kernel.data[at(unit, y, x, c)] as number) ** 2;
			}
		}
		norms[unit] = Math.sqrt(squares);
	}
	return norms;
}

function kernelAxes(shape: readonly number[], layout: Layout): KernelAxes {
	const [a = 1, b = 1, c = 1, d = 1, e = 1] = shape;
	switch (layout) {
		case "HWIO":
			return { height: a, width: b, channels: c, units: d, at: (unit, y, x, i) => ((y * b + x) * c + i) * d + unit };
		case "HWIM":
			// A depthwise kernel sees one channel: unit i * multiplier + m.
			return { height: a, width: b, channels: 1, units: c * d, at: (unit, y, x) => (y * b + x) * c * d + unit };
		case "WIO":
			return { height: 1, width: a, channels: b, units: c, at: (unit, _, x, i) => (x * b + i) * c + unit };
		case "DHWIO":
			return {
				height: a * b,
				width: c,
				channels: d,
				units: e,
				at: (unit, y, x, i) => ((y * c + x) * d + i) * e + unit,
			};
		case "HWOI":
			return { height: a, width: b, channels: d, units: c, at: (unit, y, x, i) => ((y * b + x) * c + unit) * d + i };
		case "WOI":
			return { height: 1, width: a, channels: c, units: b, at: (unit, _, x, i) => (x * b + unit) * c + i };
		case "DHWOI":
			return {
				height: a * b,
				width: c,
				channels: e,
				units: d,
				at: (unit, y, x, i) => ((y * c + x) * d + unit) * e + i,
			};
		case "WIM":
			return { height: 1, width: a, channels: 1, units: b * c, at: (unit, _, x) => x * b * c + unit };
		case "OIHW":
			return { height: c, width: d, channels: b, units: a, at: (unit, y, x, i) => ((unit * b + i) * c + y) * d + x };
		case "OIW":
			return { height: 1, width: c, channels: b, units: a, at: (unit, _, x, i) => (unit * b + i) * c + x };
		case "OIDHW":
			return {
				height: c * d,
				width: e,
				channels: b,
				units: a,
				at: (unit, y, x, i) => ((unit * b + i) * c * d + y) * e + x,
			};
		case "IOHW":
			return { height: c, width: d, channels: a, units: b, at: (unit, y, x, i) => ((i * b + unit) * c + y) * d + x };
		case "IOW":
			return { height: 1, width: c, channels: a, units: b, at: (unit, _, x, i) => (i * b + unit) * c + x };
		case "IODHW":
			return {
				height: c * d,
				width: e,
				channels: a,
				units: b,
				at: (unit, y, x, i) => ((i * b + unit) * c * d + y) * e + x,
			};
		case "OI":
			return { height: 1, width: b, channels: 1, units: a, at: (unit, _, x) => unit * b + x };
		case "IO":
			return { height: 1, width: a, channels: 1, units: b, at: (unit, _, x) => x * b + unit };
		default:
			throw new InvalidRequestError(`kernels of layout ${layout} cannot be shown as pictures`);
	}
}
