import type { ParamRef } from "../../../../graph/types";
import { type LayerConfig, type LayerContext, tensorsOf } from "../../translator";
import { mainInput, refuseQuantized, refuseTraining } from "../config";
import { initialStates } from "./initial-states";

/** A cell of a layer: its op, how many states it has, and what the op takes. */
export interface Cell {
	readonly op: string;
	readonly states: number;
	readonly attrs: LayerConfig;
	readonly params: Readonly<Record<string, ParamRef>>;
}

/** @throws UnsupportedError for what no recurrent layer computes */
export function refuseVariants(ctx: LayerContext, config: LayerConfig): void {
	refuseTraining(ctx);
	refuseQuantized(ctx);
	if (config.time_major === true)
		ctx.unsupported(
			`${ctx.className} ${ctx.name} takes the time steps before the batch (time_major), which is not computed.`,
			"Build the layer with time_major=False.",
		);
	if (
		tensorsOf(ctx.kwargs.constants).length > 0 ||
		(typeof config.num_constants === "number" && config.num_constants > 0)
	)
		ctx.unsupported(`${ctx.className} ${ctx.name} is called with constants, which is not computed.`);
	if (config.stateful === true)
		ctx.notice(`${ctx.className} ${ctx.name} is stateful; here its states are zero at the start of every sequence.`);
}

/** Runs cells on top of each other: each takes the outputs of the one before, step by step. */
export function runCells(ctx: LayerContext, cells: readonly Cell[], usedMask: string | undefined): string[] {
	const { config } = ctx;
	const input = mainInput(ctx);
	const given = initialStates(ctx);
	const needed = cells.reduce((total, cell) => total + cell.states, 0);
	if (given.length > 0 && given.length !== needed)
		ctx.unsupported(`${ctx.className} ${ctx.name} is called with ${given.length} states; ${needed} were expected.`);
	const isSequence = config.return_sequences === true;
	let mask = usedMask;
	let output = input;
	const states: string[] = [];
	for (const [index, { op, states: count, attrs, params }] of cells.entries()) {
		const isLast = index === cells.length - 1;
		const own = given.slice(states.length, states.length + count);
		const [made, ...after] = ctx.emitMany(
			1 + count,
			op,
			[output, ...own, ...(mask === undefined ? [] : [mask])],
			{
				...attrs,
				initialState: own.length > 0,
				masked: mask !== undefined,
				goBackwards: config.go_backwards === true && index === 0,
				returnSequences: isSequence || !isLast,
				zeroOutputForMask: config.zero_output_for_mask === true && isLast,
			},
			params,
		) as [string, ...string[]];
		output = made;
		states.push(...after);
		// The first cell turns the sequence around for all that come after it.
		if (!isLast && index === 0 && mask !== undefined && config.go_backwards === true)
			mask = ctx.emit("Flip", [mask], { axes: [1] });
	}
	ctx.channels("last");
	ctx.setMask(output, isSequence ? usedMask : undefined);
	return config.return_state === true ? [output, ...states] : [output];
}
