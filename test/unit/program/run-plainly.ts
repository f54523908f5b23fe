import type { Handle } from "../../../src/core/engine/eager/backend";
import { expandCompositions } from "../../../src/core/engine/eager/compositions";
import { execute } from "../../../src/core/engine/eager/execute";
import { loadBackend } from "../../../src/core/engine/eager/load";
import { schedule } from "../../../src/core/program/liveness";
import type { Program } from "../../../src/core/program/types";
import type { Tensor } from "../../../src/shared/tensor";

/** Runs a program as it stands, without the passes that engines apply, in plain JavaScript: what passes are compared with. */
export async function runPlainly(
	program: Program,
	tensors: Readonly<Record<string, Tensor>>,
	batch: number,
): Promise<Record<string, Tensor>> {
	const backend = await loadBackend("cpu");
	const expanded = expandCompositions(program);
	const given: Handle[] = [];
	const results = await execute({
		backend,
		program: expanded,
		schedule: schedule(expanded),
		batch,
		source({ op, attributes, type }) {
			if (op !== "input" && op !== "weight" && op !== "constant") return undefined;
			const tensor =
				op === "constant"
					? { dtype: type.dtype, shape: type.shape as number[], data: attributes.data as Tensor["data"] }
					: tensors[String(attributes.name)];
			const handle = backend.upload(tensor as Tensor);
			given.push(handle);
			return handle;
		},
	});
	const outputs = Object.fromEntries(
		[...expanded.outputs].map(([name, id]) => [name, backend.download(results.get(id) as Handle)]),
	);
	for (const handle of [...given, ...results.values()]) backend.release(handle);
	return outputs;
}
