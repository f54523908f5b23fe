import type { Builder } from "../../program/builder";
import { productOf } from "../../program/dims";
import type { Dim, Value } from "../../program/types";
import { vjp } from "../../program/vjp";
import { add, reshape } from "../../program/vocabulary";
import { knownExtent } from "../numbers";
import type { Attrs, Params } from "../op";
import { paramOf } from "../params";
import { grouped, windowAttributes } from "../spatial/convolution/convolution";
import { isChannelsFirst, toChannelsLast } from "../spatial/layout";
import type { CellMaker, Recurrence } from "./cell";
import { lstmStep } from "./layers";
import { gatesOf } from "./weights";

const GATES = 4;

/**
 * Shi et al. 2015, Convolutional LSTM network, as Keras has it (no peepholes): an LSTM whose products are convolutions,
 * that of the input with strides, dilations and padding, that of the state with neither and `same` padding.
 * x [N, T, ...spatial, C] or [N, T, C, ...spatial]; states are channels last.
 * params: `kernel` [...window, C, 4 filters], `recurrent_kernel` [...window, filters, 4 filters], `bias` [4 filters]
 * (optional); attrs: those of a convolution and of an LSTM
 */
const convolutionalLstm: CellMaker = (b, x, params, attrs) => {
	const recurrent = paramOf(params, "recurrent_kernel");
	const filters = knownExtent(recurrent, recurrent.shape.length - 1) / GATES;
	const made = projection(b, x, params, attrs);
	const convolved = (kernel: Value, state: Value) =>
		grouped(b, state, kernel, windowAttributes(state, kernel.shape, { padding: "same" }), 1);
	return {
		state: [...(made.shape.slice(2, -1) as number[]), filters],
		gates: GATES,
		projection: made,
		step: lstmStep(b, attrs, {
			product: (state) => convolved(recurrent, state),
			adjoint: (gate, each, state) => {
				const kernel = gatesOf(b, recurrent, GATES)[gate] as Value;
				return vjp(b, [[convolved(kernel, state), each]], [state])[0] as Value;
			},
		}),
	};
};

/** What the gates take from the input, bias included, for all steps in one convolution: [N, T, ...spatial, 4 filters]. */
function projection(b: Builder, x: Value, params: Params, attrs: Attrs): Value {
	const [n, steps, ...rest] = x.shape as [Dim, Dim, ...Dim[]];
	const frames = reshape(b, x, [productOf([n, steps]), ...rest]);
	const maps = isChannelsFirst(attrs) ? toChannelsLast(b, frames) : frames;
	const kernel = paramOf(params, "kernel");
	const made = grouped(b, maps, kernel, windowAttributes(maps, kernel.shape, attrs), 1);
	const biased = params.bias ? add(b, made, params.bias) : made;
	return reshape(b, biased, [n, steps, ...biased.shape.slice(1)]);
}

export const CONVOLUTIONAL_CELLS: readonly Recurrence[] = [
	{
		op: "ConvLstm",
		states: 2,
		ranks: [4, 5, 6],
		axes: "maps of one to three spatial axes, [batch, steps, ...spatial, channels],",
		makeCell: convolutionalLstm,
	},
];
