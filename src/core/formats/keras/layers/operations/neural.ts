import type { LayerConfig } from "../../translator";
import type { Operation, OperationArguments } from "./arguments";

/** `channels_first`, also where TensorFlow says NCHW. */
function layout(args: OperationArguments): LayerConfig {
	return {
		dataFormat: /first|^NC/.test(args.text("data_format", "channels_last")) ? "channels_first" : "channels_last",
	};
}

/** TensorFlow writes one entry an axis, batch and channels included; those are 1. */
function spatial(args: OperationArguments, name: string): number[] | undefined {
	const sizes = args.numbers(name);
	if (!sizes || sizes.length < 4) return sizes;
	return /^NC/.test(args.text("data_format", "NHWC")) ? sizes.slice(2) : sizes.slice(1, -1);
}

export const pooling =
	(op: string): Operation =>
	(ctx, args) =>
		ctx.emit(op, [args.tensor("x")], {
			...layout(args),
			window: spatial(args, "pool_size"),
			strides: spatial(args, "strides"),
			padding: args.text("padding", "valid").toLowerCase(),
		});

export const adaptivePooling =
	(op: string): Operation =>
	(ctx, args) =>
		ctx.emit(op, [args.tensor("x")], { ...layout(args), outputSize: args.numbers("output_size") });

export const softmax: Operation = (ctx, args) =>
	ctx.emit("Softmax", [args.tensor("x")], { axes: args.numbers("axis") ?? [-1] });

/** Along one axis: log-softmax, sparsemax, gated linear units. */
export const alongAxis =
	(op: string): Operation =>
	(ctx, args) =>
		ctx.emit(op, [args.tensor("x")], { axis: args.number("axis", -1) });

export const matmul: Operation = (ctx, args) => {
	for (const name of ["adjoint_a", "adjoint_b", "a_is_sparse", "b_is_sparse"])
		if (args.flag(name)) return args.refuse(`${name} is not computed`);
	const [transposeA, transposeB] = [args.flag("transpose_a"), args.flag("transpose_b")];
	ctx.channels("last");
	if (!args.isTensor("x2") && !transposeA && !transposeB)
		return ctx.emit("MatMulConstant", [args.tensor("x1")], { constant: args.constant("x2") });
	return ctx.emit("MatMul", [args.tensor("x1"), args.tensor("x2")], { transposeA, transposeB });
};

export const einsum: Operation = (ctx, args) => {
	ctx.channels("last");
	return ctx.emit("Einsum", args.tensors("operands"), { equation: args.text("subscripts", "") });
};

export const tensorDot: Operation = (ctx, args) => {
	ctx.channels("last");
	return ctx.emit("TensorDot", [args.tensor("x1"), args.tensor("x2")], {
		axes: args.has("axes") ? args.constant("axes") : 2,
	});
};

/** NumPy's `dot`: the last axis of the first with the last but one of the second. */
export const dot: Operation = (ctx, args) => {
	if (!args.isTensor("x2")) return ctx.emit("MatMulConstant", [args.tensor("x1")], { constant: args.constant("x2") });
	return ctx.emit("TensorDot", [args.tensor("x1"), args.tensor("x2")], { axes: [[-1], [-2]] });
};

export const normalize =
	(floorOf: (epsilon: number | undefined) => number): Operation =>
	(ctx, args) => {
		if (args.number("order", 2) !== 2) return args.refuse("only the Euclidean norm is computed");
		const epsilon = args.has("epsilon") ? args.number("epsilon") : undefined;
		return ctx.emit("UnitNormalization", [args.tensor("x")], {
			axes: args.numbers("axis") ?? [-1],
			floor: floorOf(epsilon),
		});
	};

/** Without weights of its own: scale and offset are not tensors of the graph in the files that Keras writes. */
export const plainNormalization =
	(op: string): Operation =>
	(ctx, args) => {
		for (const name of ["scale", "gamma", "beta"])
			if (args.has(name)) return args.refuse(`its argument ${name} is not computed`);
		return ctx.emit(op, [args.tensor("x")], {
			axes: args.numbers("axis") ?? [-1],
			epsilon: args.number("epsilon", 1e-7),
		});
	};

/** The categories become the last axis, or another one. */
export const oneHot: Operation = (ctx, args) => {
	for (const [name, usual] of [
		["on_value", 1],
		["off_value", 0],
	] as const)
		if (args.has(name) && args.number(name) !== usual) return args.refuse(`its ${name} is not computed`);
	const rows = ctx.emit("OneHot", [args.tensor("x")], { depth: args.number("num_classes") });
	const axis = args.number("axis", -1);
	return axis === -1 ? rows : ctx.emit("MoveAxes", [rows], { source: [-1], destination: [axis] });
};

export const multiHot: Operation = (ctx, args) =>
	ctx.emit("EncodeCategories", [args.tensor("x")], { mode: "multi_hot", depth: args.number("num_classes") });

export const resizeImages: Operation = (ctx, args) => {
	const proportions = args.flag("crop_to_aspect_ratio") ? "crop" : args.flag("pad_to_aspect_ratio") ? "pad" : "ignore";
	return ctx.emit("Resize", [args.tensor("x")], {
		...layout(args),
		size: args.numbers("size"),
		interpolation: args.text("interpolation", "bilinear"),
		antialias: args.flag("antialias"),
		aspectRatio: args.flag("preserve_aspect_ratio")
			? args.refuse("preserve_aspect_ratio is not computed")
			: proportions,
		fillValue: args.number("fill_value", 0),
	});
};

/** TensorFlow 1's resizing places pixels by their corners unless told otherwise. */
export const legacyResize: Operation = (ctx, args) => {
	if (!args.flag("half_pixel_centers") || args.flag("align_corners"))
		return args.refuse("resizing without half-pixel centres is not computed");
	return resizeImages(ctx, args);
};

/** ITU-R BT.601 luma, as TensorFlow weighs it. */
const LUMA = [0.2989, 0.587, 0.114];

export const grayscale: Operation = (ctx, args) => {
	const axis = layout(args).dataFormat === "channels_first" ? -3 : -1;
	const constant = axis === -1 ? LUMA : LUMA.map((weight) => [[weight]]);
	return ctx.emit("Sum", [ctx.emit("MulConstant", [args.tensor("x")], { constant })], { axes: [axis], keepDims: true });
};

/** Krizhevsky et al. 2012, over neighbouring channels. */
export const localResponse: Operation = (ctx, args) =>
	ctx.emit("LocalResponseNormalization", [args.tensor("x")], {
		radius: args.number("depth_radius", 5),
		bias: args.number("bias", 1),
		alpha: args.number("alpha", 1),
		beta: args.number("beta", 0.5),
	});
