import assert from "node:assert/strict";
import type { Tensor } from "../../../src/shared/tensor";
import { type Call, compute, distance } from "./compute";
import { sampleOf } from "./samples";

/** Ops that go along the batch to find each example's own elements. */
const OPS = [
	"GatherElements",
	"GatherND",
	"ScatterElements",
	"ScatterElementsAdd",
	"ScatterElementsMax",
	"WriteCache",
	"ReverseSequence",
	"Sort",
	"TopK",
	"GridSample",
	"DeformableConv2D",
];

/** Example `at` of a tensor whose first axis counts them. */
function example(tensor: Tensor, at: number): Tensor {
	const size = tensor.data.length / (tensor.shape[0] as number);
	return {
		...tensor,
		shape: [1, ...tensor.shape.slice(1)],
		data: tensor.data.slice(at * size, (at + 1) * size),
	};
}

describe("examples are computed independently of each other", () => {
	for (const op of OPS)
		it(op, async () => {
			const call = sampleOf(op);
			const counts = (index: number) => (call.firstDims?.[index] ?? -1) === -1;
			const together = await compute(call);
			for (const at of [0, 1]) {
				const inputs = call.inputs.map((input, index) => (counts(index) ? example(input, at) : input));
				const alone = await compute({ ...call, inputs } as Call);
				for (const [index, tensor] of alone.entries()) {
					const expected = example(together[index] as Tensor, at);
					// The same sums in the same order.
					assert.ok(distance(tensor, expected) <= 1e-6, `output ${index} of example ${at}`);
				}
			}
		});
});
