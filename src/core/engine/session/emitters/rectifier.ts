import { type Emission, type EmitterFamily, operand } from "../emitter";
import { attr, type GraphWriter, type Ref } from "../graph-writer";

/**
 * Rectifiers so that TensorFlow can fuse them into the convolution or matrix product before them: that wants the
 * value before the rectifier to have no other reader, so gradients look at the rectified value instead.
 */

const FLOAT = { T: attr.type("float32") };

const rectified = (graph: GraphWriter, x: Ref): Ref => graph.shared("Relu", [x], FLOAT, x);
const rectifiedTo6 = (graph: GraphWriter, x: Ref): Ref => graph.shared("Relu6", [x], FLOAT, x);

/** min(relu(x), 6) is one op. */
function minimum(call: Emission): Ref {
	const { graph, type } = call;
	const x = operand(call, 0);
	const y = operand(call, 1);
	const below6 = graph.scalarValue(x) === 6 ? y : graph.scalarValue(y) === 6 ? x : undefined;
	const unrectified = below6 && graph.inputsOf(below6, "Relu")?.[0];
	if (unrectified) return rectifiedTo6(graph, unrectified);
	return graph.node("Minimum", [x, y], { T: attr.type(type.dtype) }, type);
}

/** relu(x) > 0 where x > 0, so the gradient may look at either. */
function reluGrad(call: Emission): Ref {
	const { graph, type } = call;
	const g = operand(call, 0);
	const x = operand(call, 1);
	const through6 = gradientBelow6(graph, g, x);
	if (through6) return graph.node("Relu6Grad", [through6, rectifiedTo6(graph, x)], FLOAT, type);
	return graph.node("ReluGrad", [g, graph.findShared("Relu", [x]) ?? x], FLOAT, type);
}

/** `h` where `g` is the gradient of min(6, relu(x)): 0 where 6 <= relu(x), else h. */
function gradientBelow6(graph: GraphWriter, g: Ref, x: Ref): Ref | undefined {
	const [condition, whenTrue, whenFalse] = graph.inputsOf(g, "SelectV2") ?? [];
	if (!condition || !whenTrue || !whenFalse || graph.scalarValue(whenTrue) !== 0) return undefined;
	const [low, high] = graph.inputsOf(condition, "LessEqual") ?? [];
	if (!low || !high || graph.scalarValue(low) !== 6) return undefined;
	const isOfX = graph.inputsOf(high, "Relu")?.[0]?.name === x.name;
	return isOfX && whenFalse.shape.join() === g.shape.join() ? whenFalse : undefined;
}

export const RECTIFIERS: EmitterFamily = {
	relu: (call) => rectified(call.graph, operand(call, 0)),
	minimum,
	reluGrad,
};
