import { bindShape } from "../../dims";
import { convolutionAttributes } from "../../primitives/convolution";
import { poolAttributes } from "../../primitives/pooling";
import type { Value } from "../../types";
import { avgPool2d, avgPool3d, div, full, pad, samePadding } from "../../vocabulary";
import { slid } from "./box";
import { cutOf, type Region, readBy } from "./region";
import type { Padding, RegionCall, RegionRule } from "./region-call";

/** How windows slide over the spatial axes of a channels-last map. */
interface Geometry {
	readonly reach: readonly number[];
	readonly strides: readonly number[];
	readonly padding: readonly (readonly [number, number])[];
}

function windowRegion(call: RegionCall, { reach, strides, padding }: Geometry): Region {
	const of = call.operandRegion(0);
	return call.instruction.type.shape.map((extent, axis) => {
		const interval = of?.[axis]?.interval;
		const spatial = axis - 1;
		const cells = reach[spatial];
		if (!interval || cells === undefined) return undefined;
		const [stride, before] = [strides[spatial] as number, padding[spatial]?.[0] ?? 0];
		const isInPlace = cells === 1 && stride === 1 && before === 0;
		return call.regions.along(
			isInPlace ? interval : slid(interval, { reach: cells, stride, before, count: extent }),
			extent,
		);
	});
}

/** What windows at the positions of a region read, with the map's own padding around it. */
function readMap(call: RegionCall, region: Region, { reach, strides, padding }: Geometry, value: number): Value {
	const cuts = region.map((axis, index) => readBy(axis, reach[index - 1] ?? 1, strides[index - 1] ?? 1));
	return call.cut(0, cuts, aroundMap(padding, value));
}

const aroundMap = (padding: Geometry["padding"], value: number): Padding => ({
	amounts: [[0, 0], ...padding, [0, 0]],
	value,
});

function convolutionGeometry({ instruction, operandType }: RegionCall): Geometry {
	const kernel = operandType(1).shape.slice(0, -2);
	const { strides, padding, dilations } = convolutionAttributes(instruction.attributes, kernel.length);
	return { strides, padding, reach: kernel.map((cells, axis) => (cells - 1) * (dilations[axis] as number) + 1) };
}

/** A convolution with a kernel that is the same for all examples. */
export const convolution: RegionRule = {
	region: (call) => (call.isFixed(1) ? windowRegion(call, convolutionGeometry(call)) : undefined),
	emit(call, region) {
		const { op, attributes } = call.instruction;
		const geometry = convolutionGeometry(call);
		const map = readMap(call, region, geometry, 0);
		const padding = geometry.padding.map(() => [0, 0]);
		return call.b.emit(op, [map, call.fixed(1)], { ...attributes, padding });
	},
};

function poolGeometry({ instruction, operandType }: RegionCall): Geometry {
	const spatial = operandType(0).shape.slice(1, -1);
	const { window, strides, padding } = poolAttributes(instruction.attributes, spatial.length);
	const amounts = spatial.map((extent, axis): readonly [number, number] =>
		padding === "same" ? samePadding(extent, window[axis] as number, strides[axis] as number) : [0, 0],
	);
	return { reach: window, strides, padding: amounts };
}

export const largest: RegionRule = {
	region: (call) => windowRegion(call, poolGeometry(call)),
	emit(call, region) {
		const map = readMap(call, region, poolGeometry(call), Number.NEGATIVE_INFINITY);
		return call.b.emit(call.instruction.op, [map], { ...call.instruction.attributes, padding: "valid" });
	},
};

/** Means count the cells inside the map alone: the mean over a window of zeros and cells, over the share of cells. */
export const average: RegionRule = {
	region: (call) => windowRegion(call, poolGeometry(call)),
	emit(call, region) {
		const { b, instruction } = call;
		const geometry = poolGeometry(call);
		const attributes = { ...instruction.attributes, padding: "valid" };
		const mean = b.emit(instruction.op, [readMap(call, region, geometry, 0)], attributes);
		if (geometry.padding.every(([before, after]) => before + after === 0)) return mean;
		return div(b, mean, shareInside(call, region, geometry));
	},
};

function shareInside(call: RegionCall, region: Region, { reach, strides, padding }: Geometry): Value {
	const { b } = call;
	const ones = full(b, [1, ...bindShape(call.operandType(0).shape, 1).slice(1, -1), 1], 1);
	const padded = pad(b, ones, aroundMap(padding, 0).amounts);
	const pool = reach.length === 2 ? avgPool2d : avgPool3d;
	const shares = pool(b, padded, { window: reach, strides, padding: "valid" });
	return call.cutFrom(shares, region.map(cutOf));
}
