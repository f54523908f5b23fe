import type { Emission } from "../emitter";
import { attr, type GraphWriter, type Ref } from "../graph-writer";

/**
 * (x - mean) * scale + offset over channels as one op, which TensorFlow fuses into the convolution before it. With a
 * variance of 1 and no epsilon FusedBatchNorm computes just that, in that order.
 * @returns `undefined` when the sum is something else
 */
export function normalised({ graph, inputs, type }: Emission): Ref | undefined {
	const [product, offset] = inputs as [Ref, Ref];
	const channels = type.shape.at(-1) as number;
	const isVector = (ref: Ref | undefined): ref is Ref => ref?.shape.length === 1 && ref.shape[0] === channels;
	const [difference, scale] = graph.inputsOf(product, "Mul") ?? [];
	const [x, mean] = (difference && graph.inputsOf(difference, "Sub")) ?? [];
	if (type.shape.length !== 4 || type.dtype !== "float32" || x?.shape.join() !== type.shape.join()) return undefined;
	if (!isVector(offset) || !isVector(scale) || !isVector(mean)) return undefined;
	const attrs = {
		T: attr.type("float32"),
		U: attr.type("float32"),
		epsilon: attr.float(0),
		exponential_avg_factor: attr.float(1),
		data_format: attr.text("NHWC"),
		is_training: attr.bool(false),
	};
	return graph.node("FusedBatchNormV3", [x, scale, offset, mean, ones(graph, channels)], attrs, type);
}

function ones(graph: GraphWriter, channels: number): Ref {
	return graph.constant(new Float32Array(channels).fill(1), [channels], "float32");
}
