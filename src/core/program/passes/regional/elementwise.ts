import { BATCH } from "../../dims";
import { broadcastTo } from "../../vocabulary";
import { around, type Interval } from "./box";
import { cutOf, type Region } from "./region";
import type { RegionCall, RegionRule } from "./region-call";

/** Intervals of an axis that several operands share; `undefined` when one of them differs as a whole. */
export function joined(call: RegionCall, axisOf: (operand: number) => number): Interval | undefined {
	const intervals: Interval[] = [];
	for (const index of call.instruction.inputs.keys()) {
		const region = call.operandRegion(index);
		if (!region) continue;
		const interval = region[axisOf(index)]?.interval;
		if (!interval) return undefined;
		intervals.push(interval);
	}
	return intervals.length === 0 ? undefined : around(intervals);
}

/** Every element of the result depends on the elements at its place, operands broadcast as in NumPy. */
export const elementwise: RegionRule = {
	region(call) {
		const { shape } = call.instruction.type;
		const shift = (index: number) => shape.length - call.operandType(index).shape.length;
		return shape.map((extent, axis) =>
			axis === 0
				? undefined
				: call.regions.along(
						joined(call, (index) => axis - shift(index)),
						extent,
					),
		);
	},
	emit(call, region) {
		const { op, inputs, attributes } = call.instruction;
		return call.b.emit(
			op,
			inputs.map((_, index) => broadcastable(call, index, region)),
			attributes,
		);
	},
};

/** What a region of the result needs of an operand: nothing is cut where the operand has one element for all. */
function broadcastable(call: RegionCall, index: number, region: Region) {
	const { shape } = call.operandType(index);
	const shift = region.length - shape.length;
	const cuts = shape.map((extent, axis) => (extent === 1 ? undefined : cutOf(region[axis + shift])));
	return call.cut(index, cuts);
}

/** Elementwise, but along the last axis everything depends on everything. */
export const alongLast: RegionRule = {
	region: (call) => elementwise.region(call)?.map((axis, index, all) => (index === all.length - 1 ? undefined : axis)),
	emit: elementwise.emit,
};

export const repeated: RegionRule = {
	region: elementwise.region,
	emit(call, region) {
		const shape = call.instruction.type.shape.map((dim, axis) => (axis === 0 ? BATCH : (region[axis]?.size ?? dim)));
		return broadcastTo(call.b, broadcastable(call, 0, region), shape);
	},
};
