import { setImmediate as nextTurn } from "node:timers/promises";
import { CancelledError, LaminaError } from "../../../shared/errors";
import { type DType, sizeOf, type TensorData } from "../../../shared/tensor";
import { bindShape } from "../../program/dims";
import type { Schedule } from "../../program/liveness";
import { printInstruction } from "../../program/print";
import type { Instruction, Program } from "../../program/types";
import type { EagerBackend, Handle } from "./backend";
import { KERNELS } from "./kernels";

/** Other work of the process waits at most about this long. */
const TURN_MILLISECONDS = 30;

export interface Execution {
	readonly backend: EagerBackend;
	readonly program: Program;
	readonly schedule: Schedule;
	readonly batch: number;
	/** The handle of an input, a weight or a constant: belongs to the plan and is not released here. */
	source(instruction: Instruction): Handle | undefined;
	readonly signal?: AbortSignal;
}

/**
 * Runs the scheduled instructions one after the other and releases each value after its last use.
 * @returns handles of the outputs by instruction id, each to be released by the caller
 */
export async function execute({
	backend,
	program,
	schedule,
	batch,
	source,
	signal,
}: Execution): Promise<Map<number, Handle>> {
	const alive = new Map<number, Handle>();
	let turnEnds = performance.now() + TURN_MILLISECONDS;
	try {
		for (const [position, id] of schedule.order.entries()) {
			if (signal?.aborted) throw new CancelledError();
			const instruction = program.instructions[id] as Instruction;
			const given = source(instruction);
			// A handle of our own to what is given, so that all are released alike.
			alive.set(id, given ? backend.reshape(given, given.shape) : compute(backend, instruction, alive, batch));
			for (const dead of schedule.released[position] ?? []) {
				backend.release(alive.get(dead) as Handle);
				alive.delete(dead);
			}
			if (performance.now() > turnEnds) {
				await nextTurn();
				turnEnds = performance.now() + TURN_MILLISECONDS;
			}
		}
		return alive;
	} catch (error) {
		for (const handle of alive.values()) backend.release(handle);
		throw error;
	}
}

function compute(
	backend: EagerBackend,
	instruction: Instruction,
	alive: ReadonlyMap<number, Handle>,
	batch: number,
): Handle {
	const { op, attributes, type } = instruction;
	const kernel = KERNELS[op];
	const inputs = instruction.inputs.map((input) => alive.get(input) as Handle);
	const shape = bindShape(type.shape, batch);
	const { dtype } = type;
	try {
		if (!kernel) throw new LaminaError({ code: "failed", message: `there is no kernel for ${op}` });
		// Backends are not to be trusted with tensors of no elements.
		if (sizeOf(shape) === 0 || inputs.some((input) => sizeOf(input.shape) === 0))
			return computeEmpty(backend, instruction, inputs, shape);
		const result = backend.tidy(() => kernel({ backend, inputs, attributes, shape, dtype, batch }));
		if (result.shape.join() !== shape.join() || result.dtype !== dtype) {
			backend.release(result);
			throw new LaminaError({ code: "failed", message: `the kernel gave ${result.dtype}[${result.shape.join(", ")}]` });
		}
		return result;
	} catch (cause) {
		if (cause instanceof LaminaError && cause.code !== "failed") throw cause;
		const message = cause instanceof Error ? cause.message : String(cause);
		throw new LaminaError(
			{ code: "failed", message: `The computation failed: ${message}`, where: printInstruction(instruction) },
			{ cause },
		);
	}
}

/** Values that empty operands decide: sums are 0, products 1, maxima -infinity; the rest of a concatenation or padding remains. */
function computeEmpty(
	backend: EagerBackend,
	{ op, attributes, type }: Instruction,
	inputs: readonly Handle[],
	shape: readonly number[],
): Handle {
	const dtype = type.dtype as DType;
	if (sizeOf(shape) === 0) return backend.allocate(shape, dtype);
	const kernel = KERNELS[op];
	if (op === "concat" || op === "pad" || op.startsWith("reduce") || op.startsWith("scatter") || op === "shapeOf") {
		const present = op === "concat" ? inputs.filter((input) => sizeOf(input.shape) > 0) : inputs;
		return backend.tidy(() => kernel!({ backend, inputs: present, attributes, shape, dtype, batch: 1 }));
	}
	if (op === "matmul") {
		const zeros = backend.allocate(shape, dtype);
		(backend.view(zeros) as TensorData).fill(0);
		return zeros;
	}
	throw new LaminaError({ code: "failed", message: `${op} of an empty tensor` });
}
