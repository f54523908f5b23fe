import type { Engine } from "../../src/core/engine/engine";
import type { OpenedModel } from "../../src/core/formats/format";
import { lowerGraph, requireValue } from "../../src/core/graph/lower";
import { Builder } from "../../src/core/program/builder";
import { BATCH } from "../../src/core/program/dims";
import type { Dim, Program } from "../../src/core/program/types";
import type { DType, Tensor } from "../../src/shared/tensor";

/** The forward pass of a model for these inputs: outputs are named `0`, `1`, ... in the model's order. */
export function forwardProgram({ graph }: OpenedModel, inputs: readonly Tensor[]): Program {
	const shapes: Record<string, Dim[]> = {};
	for (const [index, port] of graph.inputs.entries()) {
		const shape = inputs[index]?.shape ?? [];
		shapes[port.name] = port.fixed ? [...shape] : [BATCH, ...shape.slice(1)];
	}
	const numbers: Record<string, Tensor> = {};
	for (;;) {
		const b = new Builder();
		const lowered = lowerGraph(b, graph, shapes, { numbers });
		const missing = graph.inputs.filter(({ name }) => lowered.needed.has(name) && !numbers[name]);
		if (missing.length > 0) {
			for (const port of missing) numbers[port.name] = asType(inputs[graph.inputs.indexOf(port)] as Tensor, port.dtype);
			continue;
		}
		for (const [index, port] of graph.outputs.entries())
			b.output(String(index), requireValue(lowered, port.value, port.name));
		return b.build();
	}
}

/** Values of all outputs of a model, in its order. Inputs are in the order of the model's inputs. */
export async function runForward(model: OpenedModel, inputs: readonly Tensor[], engine: Engine): Promise<Tensor[]> {
	const plan = await engine.compile(forwardProgram(model, inputs), model.weights);
	try {
		const named = model.graph.inputs.map((port, index) => [port.name, asType(inputs[index] as Tensor, port.dtype)]);
		const values = await plan.run(Object.fromEntries(named));
		return model.graph.outputs.map((_, index) => values[String(index)] as Tensor);
	} finally {
		plan.dispose();
	}
}

function asType(tensor: Tensor, dtype: DType): Tensor {
	if (tensor.dtype === dtype) return tensor;
	const data =
		dtype === "float32"
			? Float32Array.from(tensor.data)
			: dtype === "int32"
				? Int32Array.from(tensor.data)
				: Uint8Array.from(tensor.data);
	return { dtype, shape: tensor.shape, data };
}

/**
 * Largest |found - expected| / (1 + |expected|) over all elements: not above `t` exactly when an absolute and a
 * relative tolerance of `t` together are kept (`numpy.allclose` with `atol = rtol = t`). Infinite where one is not a number.
 */
export function worstError(found: Tensor, expected: Tensor): number {
	if (found.shape.join() !== expected.shape.join())
		throw new Error(`the shape is [${found.shape.join(", ")}]; [${expected.shape.join(", ")}] was expected`);
	let worst = 0;
	for (const [index, value] of expected.data.entries()) {
		const other = found.data[index] as number;
		if (Object.is(value, other) || value === other) continue;
		const error = Math.abs(other - value) / (1 + Math.abs(value));
		if (Number.isNaN(error)) return Number.POSITIVE_INFINITY;
		worst = Math.max(worst, error);
	}
	return worst;
}
