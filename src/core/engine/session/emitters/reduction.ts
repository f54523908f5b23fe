import { flag, integer, integers } from "../../../program/attributes";
import { type Emitter, type EmitterFamily, operand } from "../emitter";
import { attr, type Ref } from "../graph-writer";

function reduction(op: string): Emitter {
	return (call) => {
		const { graph, attributes, type } = call;
		const axes = graph.ints(integers(attributes, "axes"));
		return graph.node(
			op,
			[operand(call, 0), axes],
			{ T: attr.type(type.dtype), Tidx: attr.type("int32"), keep_dims: attr.bool(flag(attributes, "keepDims")) },
			type,
		);
	};
}

function indexOfExtreme(op: string): Emitter {
	return (call) => {
		const x = operand(call, 0);
		const axis = call.graph.scalar(integer(call.attributes, "axis"), "int32");
		return call.graph.node(
			op,
			[x, axis],
			{ T: attr.type(x.dtype), Tidx: attr.type("int32"), output_type: attr.type("int32") },
			call.type,
		);
	};
}

function overLastAxis(op: string): Emitter {
	return ({ graph, inputs, type }) => graph.node(op, inputs, { T: attr.type((inputs[0] as Ref).dtype) }, type);
}

export const REDUCTIONS: EmitterFamily = {
	reduceSum: reduction("Sum"),
	reduceMean: reduction("Mean"),
	reduceMax: reduction("Max"),
	reduceMin: reduction("Min"),
	reduceProd: reduction("Prod"),
	argMax: indexOfExtreme("ArgMax"),
	argMin: indexOfExtreme("ArgMin"),
	cumsum: (call) => {
		const { graph, attributes, type } = call;
		const axis = graph.scalar(integer(attributes, "axis"), "int32");
		const attrs = {
			T: attr.type(type.dtype),
			Tidx: attr.type("int32"),
			exclusive: attr.bool(flag(attributes, "exclusive")),
			reverse: attr.bool(flag(attributes, "reverse")),
		};
		return graph.node("Cumsum", [operand(call, 0), axis], attrs, type);
	},
	softmax: overLastAxis("Softmax"),
	logSoftmax: overLastAxis("LogSoftmax"),
};
