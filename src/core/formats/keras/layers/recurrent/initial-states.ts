import { type Dialect, type LayerContext, tensorsOf } from "../../translator";

/** Positional arguments of `call` after the input: (initial_state, mask) in Keras 3, (mask, training, initial_state) before. */
const statePosition = (dialect: Dialect) => (dialect === "keras-3" ? 1 : 3);

/** States at the start: passed by name, by position, or (Keras 2) behind the input in one list. */
export function initialStates(ctx: LayerContext): string[] {
	const named = tensorsOf(ctx.kwargs.initial_state ?? ctx.args[statePosition(ctx.dialect)]);
	return named.length > 0 ? named : tensorsOf(ctx.args[0]).slice(1);
}
