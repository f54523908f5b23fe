import { InvalidRequestError } from "../../../shared/errors";
import { integer, integers, number, pairs, text } from "../attributes";
import type { Builder } from "../builder";
import { formatShape, isBatchDim, productOf } from "../dims";
import type { Primitive } from "../primitive";
import type { Attributes, Dim, Value, ValueType } from "../types";
import { add, pad, reshape, reverse, slice } from "../vocabulary";
import { axisAttribute, onlyInput } from "./checks";

const slicePrimitive: Primitive = {
	name: "slice",
	type(inputs, attributes) {
		const x = onlyInput(inputs);
		const begin = integers(attributes, "begin");
		const size = integers(attributes, "size");
		if (begin.length !== x.shape.length || size.length !== x.shape.length) {
			throw new InvalidRequestError(
				`begin and size for each of ${x.shape.length} axes were expected, but [${begin.join(", ")}] and [${size.join(", ")}] were given`,
			);
		}
		const shape = x.shape.map((dim, axis) => {
			const from = begin[axis] as number;
			const count = size[axis] as number;
			if (isBatchDim(dim)) {
				if (from !== 0 || count !== -1)
					throw new InvalidRequestError(
						`axis ${axis} depends on the batch size and must be taken whole (begin 0, size -1)`,
					);
				return dim;
			}
			const taken = count === -1 ? dim - from : count;
			if (from < 0 || taken < 0 || from + taken > dim) {
				throw new InvalidRequestError(
					`elements ${from} to ${from + taken} of axis ${axis} do not lie inside ${formatShape(x.shape)}`,
				);
			}
			return taken;
		});
		return { dtype: x.dtype, shape };
	},
	vjp(b, { inputs, result, attributes }, g) {
		const x = inputs[0] as Value;
		const begin = integers(attributes, "begin");
		const paddings = x.shape.map((dim, axis): [number, number] => {
			if (isBatchDim(dim)) return [0, 0];
			const from = begin[axis] as number;
			return [from, dim - from - (result.shape[axis] as number)];
		});
		return [pad(b, g, paddings)];
	},
	flops: () => 0,
};

/** Number of elements begin, begin + stride, ... before end. */
function stridedCount(begin: number, end: number, stride: number): number {
	return Math.max(0, Math.ceil((end - begin) / stride));
}

const stridedSlicePrimitive: Primitive = {
	name: "stridedSlice",
	type(inputs, attributes) {
		const x = onlyInput(inputs);
		const axis = axisAttribute(attributes, x.shape);
		const extent = x.shape[axis] as Dim;
		const [begin, end, stride] = [
			integer(attributes, "begin"),
			integer(attributes, "end"),
			integer(attributes, "stride"),
		];
		if (isBatchDim(extent))
			throw new InvalidRequestError(`axis ${axis} depends on the batch size and cannot be sliced`);
		if (stride === 0) throw new InvalidRequestError("a stride of 0 takes no step");
		const count = stridedCount(begin, end, stride);
		const last = begin + (count - 1) * stride;
		if (count > 0 && (begin < 0 || begin >= extent || last < 0 || last >= extent)) {
			throw new InvalidRequestError(
				`elements ${begin} to ${last} of axis ${axis} do not lie inside ${formatShape(x.shape)}`,
			);
		}
		return { dtype: x.dtype, shape: x.shape.map((dim, index) => (index === axis ? count : dim)) };
	},
	vjp(b, { inputs, attributes }, g) {
		const x = inputs[0] as Value;
		const axis = integer(attributes, "axis");
		return [scatterStrided(b, g, x.shape, axis, integer(attributes, "begin"), integer(attributes, "stride"))];
	},
	flops: () => 0,
};

/** Adjoint of a strided slice: elements `stride` apart from `begin` on, zeros between. */
function scatterStrided(
	b: Builder,
	g: Value,
	shape: readonly Dim[],
	axis: number,
	begin: number,
	stride: number,
): Value {
	const count = g.shape[axis] as number;
	const extent = shape[axis] as number;
	const step = Math.abs(stride);
	const first = stride > 0 ? begin : begin + (count - 1) * stride;
	const ascending = stride > 0 ? g : reverse(b, g, [axis]);
	// Seen as [before, count, 1, after] each element gets step - 1 zeros behind it; those past the last one are cut off.
	const before = productOf(shape.slice(0, axis));
	const after = productOf(shape.slice(axis + 1));
	const spread = pad(b, reshape(b, ascending, [before, count, 1, after]), [
		[0, 0],
		[0, 0],
		[0, step - 1],
		[0, 0],
	]);
	const reach = Math.min(count * step, extent - first);
	const cut = slice(b, reshape(b, spread, [before, count * step, after]), [0, 0, 0], [-1, reach, -1]);
	return reshape(
		b,
		pad(b, cut, [
			[0, 0],
			[first, extent - first - reach],
			[0, 0],
		]),
		shape,
	);
}

function paddedType(inputs: readonly ValueType[], attributes: Attributes): ValueType {
	const x = onlyInput(inputs);
	const paddings = pairs(attributes, "paddings");
	if (paddings.length !== x.shape.length)
		throw new InvalidRequestError(
			`[before, after] for each axis of ${formatShape(x.shape)} was expected, but ${paddings.length} were given`,
		);
	const shape = x.shape.map((dim, axis) => {
		const [before, after] = paddings[axis] as readonly [number, number];
		if (before < 0 || after < 0)
			throw new InvalidRequestError(`axis ${axis} is padded by [${before}, ${after}]; a negative padding is a slice`);
		if (before === 0 && after === 0) return dim;
		if (isBatchDim(dim)) throw new InvalidRequestError(`axis ${axis} depends on the batch size and cannot be padded`);
		return before + dim + after;
	});
	return { dtype: x.dtype, shape };
}

const padPrimitive: Primitive = {
	name: "pad",
	type(inputs, attributes) {
		number(attributes, "value");
		return paddedType(inputs, attributes);
	},
	vjp(b, { inputs, attributes }, g) {
		const x = inputs[0] as Value;
		const paddings = pairs(attributes, "paddings");
		return [
			slice(
				b,
				g,
				paddings.map(([before]) => before),
				x.shape.map((dim) => (isBatchDim(dim) ? -1 : dim)),
			),
		];
	},
	flops: () => 0,
};

const mirrorPadPrimitive: Primitive = {
	name: "mirrorPad",
	type(inputs, attributes) {
		const type = paddedType(inputs, attributes);
		const mode = text(attributes, "mode");
		if (mode !== "reflect" && mode !== "symmetric")
			throw new InvalidRequestError(`mode must be "reflect" or "symmetric", but is "${mode}"`);
		for (const [axis, padding] of pairs(attributes, "paddings").entries()) {
			const extent = inputs[0]?.shape[axis] as Dim;
			const most = mode === "reflect" ? extent - 1 : extent;
			if (!isBatchDim(extent) && Math.max(...padding) > most)
				throw new InvalidRequestError(
					`axis ${axis} of extent ${extent} can be mirrored by at most ${most} elements (${mode}), but ${Math.max(...padding)} were asked for`,
				);
		}
		return type;
	},
	vjp(b, { inputs, attributes }, g) {
		const offset = text(attributes, "mode") === "reflect" ? 1 : 0;
		// Mirroring acts on each axis by itself, so its adjoint folds the edges back axis by axis.
		let folded = g;
		for (const [axis, [before, after]] of pairs(attributes, "paddings").entries()) {
			if (before > 0 || after > 0)
				folded = foldEdges(b, folded, axis, (inputs[0] as Value).shape[axis] as number, before, after, offset);
		}
		return [folded];
	},
	flops: () => 0,
};

function foldEdges(
	b: Builder,
	g: Value,
	axis: number,
	extent: number,
	before: number,
	after: number,
	offset: number,
): Value {
	const take = (from: number, count: number) =>
		slice(
			b,
			g,
			g.shape.map((_, i) => (i === axis ? from : 0)),
			g.shape.map((_, i) => (i === axis ? count : -1)),
		);
	const place = (edge: Value, at: number, count: number) =>
		pad(
			b,
			reverse(b, edge, [axis]),
			edge.shape.map((_, i): [number, number] => (i === axis ? [at, extent - at - count] : [0, 0])),
		);
	let folded = take(before, extent);
	if (before > 0) folded = add(b, folded, place(take(0, before), offset, before));
	if (after > 0) folded = add(b, folded, place(take(before + extent, after), extent - offset - after, after));
	return folded;
}

export const SLICING: readonly Primitive[] = [slicePrimitive, stridedSlicePrimitive, padPrimitive, mirrorPadPrimitive];
