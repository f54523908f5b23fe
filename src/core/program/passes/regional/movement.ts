import { flag, integer, integers, number, pairs } from "../../attributes";
import { isBatchDim } from "../../dims";
import type { Dim } from "../../types";
import { concat, reshape, slice, transpose } from "../../vocabulary";
import { moved, scaled } from "./box";
import { joined } from "./elementwise";
import { type Cut, cutOf } from "./region";
import type { RegionRule } from "./region-call";

export const padded: RegionRule = {
	region({ instruction, operandRegion, regions }) {
		const of = operandRegion(0);
		const paddings = pairs(instruction.attributes, "paddings");
		return instruction.type.shape.map((extent, axis) => {
			const [before, after] = paddings[axis] as readonly [number, number];
			const interval = of?.[axis]?.interval;
			return interval && regions.along(before + after === 0 ? interval : moved(interval, before, extent), extent);
		});
	},
	emit({ instruction: { attributes }, cut }, region) {
		return cut(0, region.map(cutOf), { amounts: pairs(attributes, "paddings"), value: number(attributes, "value") });
	},
};

export const sliced: RegionRule = {
	region({ instruction, operandRegion, operandType, regions }) {
		const of = operandRegion(0);
		const begin = integers(instruction.attributes, "begin");
		return instruction.type.shape.map((extent, axis) => {
			const interval = of?.[axis]?.interval;
			const isAll = extent === operandType(0).shape[axis];
			return interval && regions.along(isAll ? interval : moved(interval, -(begin[axis] as number), extent), extent);
		});
	},
	emit({ b, instruction, cut }, region) {
		const begin = integers(instruction.attributes, "begin");
		const cuts = region.map((axis, index): Cut | undefined =>
			axis ? { size: axis.size, begin: scaled(axis.begin, 1, begin[index] as number) } : undefined,
		);
		const taken = cut(0, cuts);
		const rest = begin.map((from, axis) => (cuts[axis] ? 0 : from));
		const size = instruction.type.shape.map((dim, axis) => (isBatchDim(dim) ? -1 : (cuts[axis]?.size ?? dim)));
		return slice(b, taken, rest, size);
	},
};

/** Operands are joined along an axis that is recomputed as a whole. */
export const concatenated: RegionRule = {
	region(call) {
		const joint = integer(call.instruction.attributes, "axis");
		return call.instruction.type.shape.map((extent, axis) =>
			axis === 0 || axis === joint
				? undefined
				: call.regions.along(
						joined(call, () => axis),
						extent,
					),
		);
	},
	emit({ b, instruction, cut }, region) {
		const parts = instruction.inputs.map((_, index) => cut(index, region.map(cutOf)));
		return concat(b, parts, integer(instruction.attributes, "axis"));
	},
};

export const transposed: RegionRule = {
	region({ instruction, operandRegion }) {
		const of = operandRegion(0);
		const permutation = integers(instruction.attributes, "permutation");
		return of && permutation[0] === 0 ? permutation.map((axis) => of[axis]) : undefined;
	},
	emit({ b, instruction, cut }, region) {
		const permutation = integers(instruction.attributes, "permutation");
		const cuts: (Cut | undefined)[] = [];
		for (const [axis, from] of permutation.entries()) cuts[from] = cutOf(region[axis]);
		return transpose(b, cut(0, cuts), permutation);
	},
};

/** Axes that a reshape leaves as they are, counted from either end; axes of one element come and go. */
function keptAxes(from: readonly Dim[], to: readonly Dim[]): Map<number, number> {
	const kept = new Map<number, number>();
	for (const side of [1, -1] as const) {
		let [i, j] = side === 1 ? [0, 0] : [from.length - 1, to.length - 1];
		while (i >= 0 && j >= 0 && i < from.length && j < to.length) {
			if (from[i] === to[j]) {
				kept.set(j, i);
				i += side;
				j += side;
			} else if (from[i] === 1) i += side;
			else if (to[j] === 1) j += side;
			else break;
		}
	}
	return kept;
}

export const reshaped: RegionRule = {
	region({ instruction, operandRegion, operandType }) {
		const of = operandRegion(0) ?? [];
		const kept = keptAxes(operandType(0).shape, instruction.type.shape);
		const known = new Set(kept.values());
		if (of.some((axis, index) => axis && !known.has(index))) return undefined;
		return instruction.type.shape.map((_, axis) => of[kept.get(axis) ?? -1]);
	},
	emit({ b, instruction, operandType, cut }, region) {
		const kept = keptAxes(operandType(0).shape, instruction.type.shape);
		const cuts: (Cut | undefined)[] = operandType(0).shape.map(() => undefined);
		for (const [axis, from] of kept) cuts[from] = cutOf(region[axis]);
		return reshape(
			b,
			cut(0, cuts),
			instruction.type.shape.map((dim, axis) => region[axis]?.size ?? dim),
		);
	},
};

/** Reduced axes are needed as a whole. */
export const reduced: RegionRule = {
	region({ instruction: { type, attributes }, operandRegion, operandType }) {
		const axes = integers(attributes, "axes");
		if (axes.includes(0)) return undefined;
		const of = operandRegion(0);
		const kept = [...operandType(0).shape.keys()].filter((axis) => !axes.includes(axis));
		if (flag(attributes, "keepDims"))
			return type.shape.map((_, axis) => (axes.includes(axis) ? undefined : of?.[axis]));
		return kept.map((axis) => of?.[axis]);
	},
	emit({ b, instruction: { op, attributes }, operandType, cut }, region) {
		const axes = integers(attributes, "axes");
		let next = 0;
		const cuts = [...operandType(0).shape.keys()].map((axis) => {
			if (flag(attributes, "keepDims")) return axes.includes(axis) ? undefined : cutOf(region[axis]);
			return axes.includes(axis) ? undefined : cutOf(region[next++]);
		});
		return b.emit(op, [cut(0, cuts)], attributes);
	},
};

/** Rows times one matrix. */
export const product: RegionRule = {
	region({ instruction: { attributes, type }, isFixed, operandRegion, operandType }) {
		const isRows = isFixed(1) && operandType(1).shape.length === 2 && !flag(attributes, "transposeA");
		const of = operandRegion(0);
		return isRows && of ? type.shape.map((_, axis) => (axis === of.length - 1 ? undefined : of[axis])) : undefined;
	},
	emit({ b, instruction: { op, attributes }, fixed, cut }, region) {
		return b.emit(op, [cut(0, region.map(cutOf)), fixed(1)], attributes);
	},
};
