import type { NodeContext, OperatorFamily } from "../translator";

/** Inputs from an index on, absent ones left out. */
const inputsFrom = (ctx: NodeContext, first: number) =>
	Array.from({ length: ctx.inputCount - first }, (_, at) => first + at)
		.filter((index) => ctx.has(index))
		.map((index) => ctx.input(index));

/** 0 or 1 for each sequence: forwards or backwards. */
const directions = (ctx: NodeContext, name: string) => ctx.ints(name) ?? [];

/** Control flow is unrolled when a program is built: how it goes must be known then. */
export const controls: OperatorFamily = {
	If: (ctx) =>
		ctx.emitControl("If", ctx.outputCount, [ctx.input(0)], {}, [
			["whenTrue", ctx.graph("then_branch")],
			["whenFalse", ctx.graph("else_branch")],
		]),
	Loop(ctx) {
		const states = inputsFrom(ctx, 2);
		const bounds = [...(ctx.has(0) ? [ctx.input(0)] : []), ...(ctx.has(1) ? [ctx.input(1)] : [])];
		return ctx.emitControl(
			"Loop",
			ctx.outputCount,
			[...bounds, ...states],
			{ hasCount: ctx.has(0), hasCondition: ctx.has(1), states: states.length },
			[["body", ctx.graph("body")]],
			1,
		);
	},
	Scan(ctx) {
		if (ctx.opset < 9)
			return ctx.unsupported(
				"Scan of opset 8 steps through the examples one by one, which are independent here.",
				"Export the model with opset 9 or newer.",
			);
		const inputs = inputsFrom(ctx, 0);
		return ctx.emitControl(
			"Scan",
			ctx.outputCount,
			inputs,
			{
				states: inputs.length - ctx.int("num_scan_inputs"),
				inputAxes: ctx.ints("scan_input_axes") ?? [],
				outputAxes: ctx.ints("scan_output_axes") ?? [],
				inputReversed: directions(ctx, "scan_input_directions"),
				outputReversed: directions(ctx, "scan_output_directions"),
			},
			[["body", ctx.graph("body")]],
		);
	},
};
