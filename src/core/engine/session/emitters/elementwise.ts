import type { DType } from "../../../../shared/tensor";
import { number, text } from "../../../program/attributes";
import { type Emission, type Emitter, type EmitterFamily, operand } from "../emitter";
import { attr, type GraphWriter, type Ref } from "../graph-writer";
import { DATA_TYPE } from "../saved-model-proto";
import { normalised } from "./batch-norm";
import { reshapeTo } from "./shape";

/** An op whose only attribute is the type T of its first operand. */
function plain(op: string): Emitter {
	return ({ graph, inputs, type }) => graph.node(op, inputs, { T: attr.type((inputs[0] as Ref).dtype) }, type);
}

/** Bool ops have no type attribute. */
function logical(op: string): Emitter {
	return ({ graph, inputs, type }) => graph.node(op, inputs, {}, type);
}

function float(graph: GraphWriter, op: string, inputs: readonly Ref[], like: Ref): Ref {
	return graph.node(op, inputs, { T: attr.type("float32") }, { dtype: "float32", shape: like.shape });
}

const PLAIN: Readonly<Record<string, string>> = {
	neg: "Neg",
	abs: "Abs",
	sign: "Sign",
	exp: "Exp",
	log: "Log",
	log1p: "Log1p",
	expm1: "Expm1",
	sqrt: "Sqrt",
	rsqrt: "Rsqrt",
	square: "Square",
	reciprocal: "Reciprocal",
	sin: "Sin",
	cos: "Cos",
	tan: "Tan",
	asin: "Asin",
	acos: "Acos",
	atan: "Atan",
	sinh: "Sinh",
	cosh: "Cosh",
	asinh: "Asinh",
	acosh: "Acosh",
	atanh: "Atanh",
	tanh: "Tanh",
	sigmoid: "Sigmoid",
	softplus: "Softplus",
	erf: "Erf",
	selu: "Selu",
	floor: "Floor",
	ceil: "Ceil",
	// To the even neighbour, as NumPy does.
	round: "Rint",
	isNaN: "IsNan",
	isInfinite: "IsInf",
	sub: "Sub",
	mul: "Mul",
	div: "RealDiv",
	pow: "Pow",
	maximum: "Maximum",
	floorDiv: "FloorDiv",
	mod: "FloorMod",
	atan2: "Atan2",
	bitwiseAnd: "BitwiseAnd",
	greater: "Greater",
	greaterEqual: "GreaterEqual",
	less: "Less",
	lessEqual: "LessEqual",
	equal: "Equal",
	notEqual: "NotEqual",
};

/** BiasAdd where it fits: only that op is fused into the convolution or matrix product before it. */
function add(call: Emission): Ref {
	const { graph, inputs, type } = call;
	const norm = normalised(call);
	if (norm) return norm;
	const [x, y] = inputs as [Ref, Ref];
	for (const [value, bias] of [
		[x, y],
		[y, x],
	] as const) {
		const width = bias.shape.at(-1);
		const isRow = bias.shape.length <= value.shape.length && bias.shape.slice(0, -1).every((extent) => extent === 1);
		const isBias =
			isRow && value.shape.length >= 2 && width !== undefined && width >= 0 && width === value.shape.at(-1);
		if (isBias && type.dtype === "float32") {
			// TensorFlow would fuse a row of several axes too, and then refuse it.
			const vector = bias.shape.length === 1 ? bias : reshapeTo(graph, bias, [width]);
			return graph.node("BiasAdd", [value, vector], { T: attr.type("float32"), data_format: attr.text("NHWC") }, type);
		}
	}
	return graph.node("AddV2", [x, y], { T: attr.type(type.dtype) }, type);
}

/** TensorFlow's Elu has alpha 1: alpha expm1(min(x, 0)) + max(x, 0). */
function elu(call: Emission): Ref {
	const { graph } = call;
	const x = operand(call, 0);
	const alpha = number(call.attributes, "alpha");
	if (alpha === 1) return float(graph, "Elu", [x], x);
	const below = float(graph, "Expm1", [float(graph, "Minimum", [x, graph.scalar(0)], x)], x);
	return float(graph, "AddV2", [float(graph, "Mul", [below, graph.scalar(alpha)], x), float(graph, "Relu", [x], x)], x);
}

function cast({ graph, inputs, attributes, type }: Emission): Ref {
	const from = (inputs[0] as Ref).dtype;
	const to = DATA_TYPE[text(attributes, "dtype") as DType];
	return graph.node("Cast", inputs, { SrcT: attr.type(from), DstT: { type: to }, Truncate: attr.bool(false) }, type);
}

export const ELEMENTWISE: EmitterFamily = {
	...Object.fromEntries(Object.entries(PLAIN).map(([primitive, op]) => [primitive, plain(op)])),
	add,
	elu,
	cast,
	leakyRelu: ({ graph, inputs, attributes, type }) =>
		graph.node("LeakyRelu", inputs, { T: attr.type("float32"), alpha: attr.float(number(attributes, "alpha")) }, type),
	logicalNot: logical("LogicalNot"),
	logicalAnd: logical("LogicalAnd"),
	logicalOr: logical("LogicalOr"),
	select: ({ graph, inputs, type }) => graph.node("SelectV2", inputs, { T: attr.type(type.dtype) }, type),
};
