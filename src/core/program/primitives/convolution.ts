import { InvalidRequestError, UnsupportedError } from "../../../shared/errors";
import { integers, pairs } from "../attributes";
import { formatShape } from "../dims";
import type { Primitive, PrimitiveCall } from "../primitive";
import type { Attributes, Dim, Value, ValueType } from "../types";
import type { ConvolutionAttributes } from "../vocabulary";
import {
	conv2d,
	conv2dFilterGrad,
	conv2dInputGrad,
	conv3d,
	conv3dInputGrad,
	depthwiseConv2d,
	depthwiseConv2dInputGrad,
} from "../vocabulary";
import { elements, floatInputs, requireKnown, requireRank, sameShape } from "./checks";

/** Strides, paddings and dilations of an instruction, one entry for each of `rank` spatial axes. @throws InvalidRequestError */
export function convolutionAttributes(attributes: Attributes, rank: number): ConvolutionAttributes {
	const strides = integers(attributes, "strides");
	const padding = pairs(attributes, "padding");
	const dilations = integers(attributes, "dilations");
	for (const [name, list] of Object.entries({ strides, padding, dilations })) {
		if (list.length !== rank)
			throw new InvalidRequestError(
				`${name} must have ${rank} entries, one for each spatial axis, but has ${list.length}`,
			);
	}
	if ([...strides, ...dilations].some((value) => value < 1)) {
		throw new InvalidRequestError(
			`strides [${strides.join(", ")}] and dilations [${dilations.join(", ")}] must be at least 1`,
		);
	}
	if (padding.flat().some((value) => value < 0))
		throw new InvalidRequestError(
			`paddings must not be negative, but are [${padding.map(([p, q]) => `[${p}, ${q}]`).join(", ")}]`,
		);
	return { strides, padding, dilations };
}

/** Result shape of a convolution of x [N, ...spatial, in] with a kernel of the given spatial extents. */
function convolvedShape(
	x: readonly Dim[],
	kernel: readonly number[],
	channels: number,
	a: ConvolutionAttributes,
): Dim[] {
	const spatial = x.slice(1, -1);
	requireKnown("the spatial extent", spatial);
	const extents = spatial.map((extent, axis) => {
		const [before, after] = a.padding[axis] as readonly [number, number];
		const reach = ((kernel[axis] as number) - 1) * (a.dilations[axis] as number) + 1;
		const room = extent + before + after - reach;
		if (room < 0) {
			throw new InvalidRequestError(
				`a kernel that reaches over ${reach} cells does not fit the ${extent + before + after} cells of spatial axis ${axis} (padding included)`,
			);
		}
		return Math.floor(room / (a.strides[axis] as number)) + 1;
	});
	return [x[0] as Dim, ...extents, channels];
}

/** Which kinds of convolution there are: how many spatial axes, and how channels meet the kernel's last two axes. */
interface Kind {
	readonly rank: number;
	channels(x: Dim, kernel: readonly number[]): number;
}

const DENSE: Kind["channels"] = (x, kernel) => {
	const [taken, made] = kernel.slice(-2) as [number, number];
	if (x !== taken) throw new InvalidRequestError(`the input has ${x} channels, but the kernel takes ${taken}`);
	return made;
};
const DEPTHWISE: Kind["channels"] = (x, kernel) => {
	const [taken, multiplier] = kernel.slice(-2) as [number, number];
	if (x !== taken) throw new InvalidRequestError(`the input has ${x} channels, but the kernel takes ${taken}`);
	return taken * multiplier;
};
const CONV2D: Kind = { rank: 2, channels: DENSE };
const CONV3D: Kind = { rank: 3, channels: DENSE };
const DEPTHWISE2D: Kind = { rank: 2, channels: DEPTHWISE };

function resultShape(kind: Kind, x: ValueType, kernel: ValueType, attributes: Attributes): Dim[] {
	requireRank("the input", x, kind.rank + 2);
	requireRank("the kernel", kernel, kind.rank + 2);
	requireKnown("the kernel", kernel.shape);
	const channels = kind.channels(x.shape.at(-1) as Dim, kernel.shape);
	return convolvedShape(x.shape, kernel.shape, channels, convolutionAttributes(attributes, kind.rank));
}

function forwardType(kind: Kind): Primitive["type"] {
	return (inputs, attributes) => {
		const [x, kernel] = floatInputs(inputs, "input", "kernel") as [ValueType, ValueType];
		return { dtype: "float32", shape: resultShape(kind, x, kernel, attributes) };
	};
}

function inputGradType(kind: Kind): Primitive["type"] {
	return (inputs, attributes) => {
		const [dy, kernel] = floatInputs(inputs, "output gradient", "kernel") as [ValueType, ValueType];
		const x: ValueType = { dtype: "float32", shape: integers(attributes, "inputShape") };
		const expected = resultShape(kind, x, kernel, attributes);
		if (!sameShape(expected, dy.shape)) {
			throw new InvalidRequestError(
				`a convolution of ${formatShape(x.shape)} has the shape ${formatShape(expected)}, but the output gradient has ${formatShape(dy.shape)}`,
			);
		}
		return x;
	};
}

/** Two for each product: kernel cells and input channels for each element of the convolution's result. */
function products(outputs: ValueType, kernel: ValueType, depthwise: boolean): number {
	const last = kernel.shape.at(-1) as number;
	const taken = kernel.shape.at(-2) as number;
	return (2 * elements(outputs) * elements(kernel)) / (depthwise ? last * taken : last);
}

function withoutKernelGradient(op: string): never {
	throw new UnsupportedError(
		`${op} has no derivative in its kernel.`,
		undefined,
		"Ask for the gradient of an input or an activation instead of this weight.",
	);
}

function operandsAnd(call: PrimitiveCall, rank: number): [Value, Value, ConvolutionAttributes] {
	return [call.inputs[0] as Value, call.inputs[1] as Value, convolutionAttributes(call.attributes, rank)];
}

const conv2dPrimitive: Primitive = {
	name: "conv2d",
	type: forwardType(CONV2D),
	vjp(b, call, g) {
		const [x, kernel, a] = operandsAnd(call, 2);
		return [
			call.needed[0] ? conv2dInputGrad(b, g, kernel, a, x.shape) : undefined,
			call.needed[1] ? conv2dFilterGrad(b, x, g, a, kernel.shape) : undefined,
		];
	},
	flops: (inputs, result) => products(result, inputs[1] as ValueType, false),
};

const conv2dInputGradPrimitive: Primitive = {
	name: "conv2dInputGrad",
	type: inputGradType(CONV2D),
	vjp(b, call, g) {
		const [dy, kernel, a] = operandsAnd(call, 2);
		return [
			call.needed[0] ? conv2d(b, g, kernel, a) : undefined,
			call.needed[1] ? conv2dFilterGrad(b, g, dy, a, kernel.shape) : undefined,
		];
	},
	flops: (inputs) => products(inputs[0] as ValueType, inputs[1] as ValueType, false),
};

const conv2dFilterGradPrimitive: Primitive = {
	name: "conv2dFilterGrad",
	type(inputs, attributes) {
		const [x, dy] = floatInputs(inputs, "input", "output gradient") as [ValueType, ValueType];
		const kernel: ValueType = { dtype: "float32", shape: integers(attributes, "filterShape") };
		const expected = resultShape(CONV2D, x, kernel, attributes);
		if (!sameShape(expected, dy.shape)) {
			throw new InvalidRequestError(
				`a convolution with a kernel ${formatShape(kernel.shape)} has the shape ${formatShape(expected)}, but the output gradient has ${formatShape(dy.shape)}`,
			);
		}
		return kernel;
	},
	vjp(b, call, g) {
		const [x, dy, a] = operandsAnd(call, 2);
		return [
			call.needed[0] ? conv2dInputGrad(b, dy, g, a, x.shape) : undefined,
			call.needed[1] ? conv2d(b, x, g, a) : undefined,
		];
	},
	flops: (inputs, result) => products(inputs[1] as ValueType, result, false),
};

const depthwiseConv2dPrimitive: Primitive = {
	name: "depthwiseConv2d",
	type: forwardType(DEPTHWISE2D),
	vjp(b, call, g) {
		const [x, kernel, a] = operandsAnd(call, 2);
		if (call.needed[1]) withoutKernelGradient("depthwiseConv2d");
		return [depthwiseConv2dInputGrad(b, g, kernel, a, x.shape), undefined];
	},
	flops: (inputs, result) => products(result, inputs[1] as ValueType, true),
};

const depthwiseConv2dInputGradPrimitive: Primitive = {
	name: "depthwiseConv2dInputGrad",
	type: inputGradType(DEPTHWISE2D),
	vjp(b, call, g) {
		const [, kernel, a] = operandsAnd(call, 2);
		if (call.needed[1]) withoutKernelGradient("depthwiseConv2dInputGrad");
		return [depthwiseConv2d(b, g, kernel, a), undefined];
	},
	flops: (inputs) => products(inputs[0] as ValueType, inputs[1] as ValueType, true),
};

const conv3dPrimitive: Primitive = {
	name: "conv3d",
	type: forwardType(CONV3D),
	vjp(b, call, g) {
		const [x, kernel, a] = operandsAnd(call, 3);
		if (call.needed[1]) withoutKernelGradient("conv3d");
		return [conv3dInputGrad(b, g, kernel, a, x.shape), undefined];
	},
	flops: (inputs, result) => products(result, inputs[1] as ValueType, false),
};

const conv3dInputGradPrimitive: Primitive = {
	name: "conv3dInputGrad",
	type: inputGradType(CONV3D),
	vjp(b, call, g) {
		const [, kernel, a] = operandsAnd(call, 3);
		if (call.needed[1]) withoutKernelGradient("conv3dInputGrad");
		return [conv3d(b, g, kernel, a), undefined];
	},
	flops: (inputs) => products(inputs[0] as ValueType, inputs[1] as ValueType, false),
};

export const CONVOLUTIONS: readonly Primitive[] = [
	conv2dPrimitive,
	conv2dInputGradPrimitive,
	conv2dFilterGradPrimitive,
	depthwiseConv2dPrimitive,
	depthwiseConv2dInputGradPrimitive,
	conv3dPrimitive,
	conv3dInputGradPrimitive,
];
