import type { Attr } from "../../../../graph/types";
import { type CallArgument, EllipsisArgument, type LayerContext, SliceArgument } from "../../translator";
import type { Operation, OperationArguments } from "./arguments";

export const reshape: Operation = (ctx, args) => {
	ctx.channels("last");
	return ctx.emit("Reshape", [args.tensor("x")], { shape: args.numbers("newshape") ?? [-1] });
};

export const transpose: Operation = (ctx, args) => {
	ctx.channels("last");
	return ctx.emit("Permute", [args.tensor("x")], { permutation: args.numbers("axes") });
};

export const swapAxes: Operation = (ctx, args) =>
	ctx.emit("SwapAxes", [args.tensor("x")], { first: args.number("axis1"), second: args.number("axis2") });

export const moveAxes: Operation = (ctx, args) =>
	ctx.emit("MoveAxes", [args.tensor("x")], {
		source: args.numbers("source"),
		destination: args.numbers("destination"),
	});

export const expandDims: Operation = (ctx, args) =>
	ctx.emit("ExpandDims", [args.tensor("x")], { axes: args.numbers("axis") });

export const squeeze: Operation = (ctx, args) =>
	ctx.emit("Squeeze", [args.tensor("x")], { axes: args.numbers("axis") });

export const broadcastTo: Operation = (ctx, args) =>
	ctx.emit("BroadcastTo", [args.tensor("x")], { shape: args.numbers("shape") });

export const tile: Operation = (ctx, args) =>
	ctx.emit("Tile", [args.tensor("x")], { multiples: args.numbers("repeats") });

export const repeat: Operation = (ctx, args) =>
	ctx.emit("Repeat", [args.tensor("x")], { times: args.number("repeats"), axis: args.number("axis") });

export const flip: Operation = (ctx, args) => ctx.emit("Flip", [args.tensor("x")], { axes: args.numbers("axis") });

export const roll: Operation = (ctx, args) => {
	const axes = args.numbers("axis");
	if (!axes) return args.refuse("it rolls over the batch too, which is not computed");
	return ctx.emit("Roll", [args.tensor("x")], { shift: args.numbers("shift"), axes });
};

export const concatenate: Operation = (ctx, args) =>
	ctx.emit("Concat", args.tensors("xs"), { axis: args.number("axis", 0) });

export const concatenateAlong =
	(axis: number): Operation =>
	(ctx, args) =>
		ctx.emit("Concat", args.tensors("xs"), { axis });

export const append: Operation = (ctx, args) => {
	if (!args.has("axis")) return args.refuse("without an axis it joins the examples of a batch, which is not computed");
	return ctx.emit("Concat", [args.tensor("x1"), args.tensor("x2")], { axis: args.number("axis") });
};

export const stack: Operation = (ctx, args) => ctx.emit("Stack", args.tensors("x"), { axis: args.number("axis", 0) });

/** Outputs are counted by what cuts the axis: so many equal parts, or the places of the cuts. */
export const split: Operation = (ctx, args) => {
	const cuts = args.numbers("indices_or_sections");
	if (!cuts) return args.refuse("it does not say how to split");
	const single = typeof args.get("indices_or_sections") === "number";
	const attrs = { axis: args.number("axis", 0), ...(single ? { sections: cuts[0] } : { indices: cuts }) };
	return ctx.emitMany(single ? (cuts[0] as number) : cuts.length + 1, "Split", [args.tensor("x")], attrs);
};

/** TensorFlow gives the number of equal parts or their sizes. */
export const splitSizes: Operation = (ctx, args) => {
	const parts = args.numbers("num_or_size_splits");
	if (!parts) return args.refuse("it does not say how to split");
	const single = typeof args.get("num_or_size_splits") === "number";
	const attrs = { axis: args.number("axis", 0), ...(single ? { sections: parts[0] } : { sizes: parts }) };
	return ctx.emitMany(single ? (parts[0] as number) : parts.length, "Split", [args.tensor("x")], attrs);
};

export const unstack: Operation = (ctx, args) => {
	if (!args.has("num")) return args.refuse("it does not say into how many parts (`num`) it splits");
	const count = args.number("num");
	return ctx.emitMany(count, "Split", [args.tensor("x")], {
		axis: args.number("axis", 0),
		sections: count,
		squeeze: true,
	});
};

/** `x[...]`: slices, numbers, new axes, lists. */
export const getItem: Operation = (ctx, args) => {
	const key = args.get("key");
	const entries = Array.isArray(key) ? (key as readonly CallArgument[]) : [key];
	ctx.channels("last");
	return ctx.emit("GetItem", [args.tensor("x")], { index: entries.map((entry) => indexEntry(args, entry)) });
};

function indexEntry(args: OperationArguments, entry: CallArgument): Attr {
	if (entry instanceof EllipsisArgument || entry === "...") return "...";
	if (entry instanceof SliceArgument) {
		const bound = (part: CallArgument) => args.plain(part, "slice");
		return { start: bound(entry.start), stop: bound(entry.stop), step: bound(entry.step) };
	}
	if (entry === undefined) return null;
	return args.plain(entry, "key");
}

export const slice: Operation = (ctx, args) =>
	ctx.emit("Slice", [args.tensor("x")], { begin: args.numbers("begin"), size: args.numbers("size") });

/** TensorFlow's `strided_slice` without its masks is a list of slices. */
export const stridedSlice: Operation = (ctx, args) => {
	for (const mask of ["begin_mask", "end_mask", "ellipsis_mask", "new_axis_mask", "shrink_axis_mask"]) {
		if (args.has(mask) && args.number(mask) !== 0) return args.refuse(`its ${mask} is not computed`);
	}
	const [begin, end, strides] = [args.numbers("begin"), args.numbers("end"), args.numbers("strides")];
	if (!begin || !end) return args.refuse("it has no constant bounds");
	const index = begin.map((start, axis) => ({ start, stop: end[axis] as number, step: strides?.[axis] ?? 1 }));
	return ctx.emit("GetItem", [args.tensor("x")], { index });
};

export const take: Operation = (ctx, args) => takeAlong(ctx, args, args.number("axis"));

function takeAlong(ctx: LayerContext, args: OperationArguments, axis: number): string {
	if (args.isTensor("indices")) {
		const x = args.isTensor("x") ? args.tensor("x") : args.constantValue(args.constant("x"));
		return ctx.emit("Gather", [x, args.tensor("indices")], { axis });
	}
	const single = typeof args.get("indices") === "number";
	const taken = ctx.emit("TakeConstant", [args.tensor("x")], { indices: args.numbers("indices"), axis });
	return single ? ctx.emit("Squeeze", [taken], { axes: [axis] }) : taken;
}

/** TensorFlow's default is the first axis; a batch of tables is not gathered from. */
export const gather: Operation = (ctx, args) => {
	if (args.has("batch_dims") && args.number("batch_dims") !== 0) return args.refuse("batch_dims is not computed");
	return takeAlong(ctx, args, args.number("axis", 0));
};

/** One pair for each axis; one number or one pair for all. The batch must be left alone. */
export const pad: Operation = (ctx, args) => {
	const paddings = args.constant("pad_width");
	if (!Array.isArray(paddings) || !paddings.every(Array.isArray))
		return args.refuse("it pads every axis, the batch too, which is not computed");
	return emitPad(ctx, args, paddings);
};

function emitPad(ctx: LayerContext, args: OperationArguments, paddings: Attr): string {
	const mode = args.text("mode", "constant").toLowerCase();
	if (mode !== "constant" && mode !== "reflect" && mode !== "symmetric")
		return args.refuse(`padding of mode ${mode} is not computed`);
	return ctx.emit("Pad", [args.tensor("x")], { paddings, mode, value: args.number("constant_values", 0) });
}

export const triangle =
	(op: "LowerTriangle" | "UpperTriangle"): Operation =>
	(ctx, args) =>
		ctx.emit(op, [args.tensor("x")], { offset: args.number("k", 0) });

export const blocks =
	(op: "DepthToSpace" | "SpaceToDepth"): Operation =>
	(ctx, args) =>
		ctx.emit(op, [args.tensor("x")], {
			blockSize: args.number("block_size"),
			dataFormat: /first|NC/.test(args.text("data_format", "channels_last")) ? "channels_first" : "channels_last",
		});
