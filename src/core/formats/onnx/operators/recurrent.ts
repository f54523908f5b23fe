import type { Attr } from "../../../graph/types";
import type { NodeContext, OperatorFamily } from "../translator";

interface Kind {
	readonly op: string;
	readonly states: number;
	/** Places of the gates in the file, in the order in which the op takes them. */
	readonly gateOrder: readonly number[];
	/** Activations of one direction: of the gates, then of the rest. */
	readonly activations: readonly string[];
}

const KINDS: Readonly<Record<string, Kind>> = {
	RNN: { op: "SimpleRnn", states: 1, gateOrder: [0], activations: ["Tanh"] },
	GRU: { op: "Gru", states: 1, gateOrder: [0, 1, 2], activations: ["Sigmoid", "Tanh"] },
	LSTM: { op: "Lstm", states: 2, gateOrder: [0, 2, 3, 1], activations: ["Sigmoid", "Tanh", "Tanh"] },
};

/** Activations by ONNX' names, with the defaults of their parameters. */
const ACTIVATIONS: Readonly<
	Record<string, (alpha?: number, beta?: number) => { op: string; attrs: Record<string, Attr> }>
> = {
	relu: () => ({ op: "Relu", attrs: {} }),
	tanh: () => ({ op: "Tanh", attrs: {} }),
	sigmoid: () => ({ op: "Sigmoid", attrs: {} }),
	softsign: () => ({ op: "Softsign", attrs: {} }),
	softplus: () => ({ op: "Softplus", attrs: {} }),
	leakyrelu: (alpha = 0.01) => ({ op: "LeakyRelu", attrs: { alpha } }),
	thresholdedrelu: (alpha = 1) => ({ op: "ThresholdedRelu", attrs: { theta: alpha } }),
	elu: (alpha = 1) => ({ op: "Elu", attrs: { alpha } }),
	hardsigmoid: (alpha = 0.2, beta = 0.5) => ({ op: "HardSigmoidOf", attrs: { slope: alpha, offset: beta } }),
};

/** Activations of one direction as attributes of the op. */
function activations(ctx: NodeContext, { op, activations: usual }: Kind, direction: number): Record<string, Attr> {
	const names = ctx.texts("activations") ?? [];
	const own = usual.map((name, index) => names[direction * usual.length + index] ?? name);
	const [alphas, betas] = [ctx.floats("activation_alpha") ?? [], ctx.floats("activation_beta") ?? []];
	const made = own.map((name, index): Attr => {
		const find = ACTIVATIONS[name.toLowerCase()];
		if (!find) return ctx.unsupported(`${ctx.opType} with the activation ${name} is not computed.`);
		const at = direction * usual.length + index;
		return [find(alphas[at], betas[at])];
	});
	if (op === "SimpleRnn") return { activation: made[0] };
	if (op === "Lstm" && own[1] !== own[2])
		ctx.unsupported(`LSTM with the activations ${own[1]} and ${own[2]} for candidate and output is not computed.`);
	return { recurrentActivation: made[0], activation: made[1] };
}

/** The part of initial states [directions, N, units] (or [N, directions, units]) that belongs to one direction. */
function initialState(ctx: NodeContext, index: number, direction: number, batchFirst: boolean): string {
	const whole = { start: null, stop: null, step: null };
	return ctx.emit("GetItem", [ctx.input(index)], { index: batchFirst ? [whole, direction] : [direction] });
}

function recurrent(ctx: NodeContext): string[] {
	const kind = KINDS[ctx.opType] as Kind;
	if (ctx.hasAttribute("clip")) ctx.unsupported(`${ctx.opType} that clips what its gates take (clip) is not computed.`);
	if (ctx.flag("input_forget", false)) ctx.unsupported("LSTM with coupled gates (input_forget) is not computed.");
	const batchFirst = ctx.flag("layout", false);
	const x = batchFirst ? ctx.input(0) : ctx.emit("Permute", [ctx.input(0)], { permutation: [1, 0, 2] });
	const way = ctx.text("direction", "forward");
	const directions = way === "bidirectional" ? [false, true] : [way === "reverse"];
	const mask = ctx.has(4) ? ctx.emit("StepsWithin", [ctx.input(4), x]) : undefined;
	const params = {
		W: ctx.param(1),
		R: ctx.param(2),
		...(ctx.has(3) && { B: ctx.param(3) }),
		...(kind.op === "Lstm" && ctx.has(7) && { P: ctx.param(7) }),
	};
	ctx.channels("none");
	const runs = directions.map((goBackwards, direction) => {
		const states: string[] = [];
		if (ctx.has(5) || (kind.states > 1 && ctx.has(6))) {
			const given = (index: number) => (ctx.has(index) ? initialState(ctx, index, direction, batchFirst) : undefined);
			const found = [given(5), ...(kind.states > 1 ? [given(6)] : [])];
			const like = found.find((state) => state !== undefined) as string;
			for (const state of found) states.push(state ?? ctx.emit("FullLike", [like], { value: 0 }));
		}
		const attrs = {
			...activations(ctx, kind, direction),
			direction,
			gateOrder: [...kind.gateOrder],
			goBackwards,
			returnSequences: true,
			initialState: states.length > 0,
			masked: mask !== undefined,
			zeroOutputForMask: true,
			...(kind.op === "Gru" && { resetAfter: ctx.flag("linear_before_reset", false) }),
		};
		const inputs = [x, ...states, ...(mask === undefined ? [] : [mask])];
		const [rows, ...last] = ctx.emitAll(kind.op, 1 + kind.states, inputs, attrs, params) as [string, ...string[]];
		return { rows: goBackwards ? ctx.emit("Flip", [rows], { axes: [1] }) : rows, last };
	});
	const joined = (values: readonly string[], axis: number) => {
		const parts = values.map((value) => ctx.emit("ExpandDims", [value], { axes: [axis] }));
		return parts.length === 1 ? (parts[0] as string) : ctx.emit("Concat", parts, { axis });
	};
	const rows = runs.map((run) => (batchFirst ? run.rows : ctx.emit("Permute", [run.rows], { permutation: [1, 0, 2] })));
	const state = (index: number) =>
		joined(
			runs.map((run) => run.last[index] as string),
			batchFirst ? 1 : 0,
		);
	return [joined(rows, batchFirst ? 2 : 1), ...Array.from({ length: kind.states }, (_, index) => state(index))];
}

export const recurrents: OperatorFamily = { RNN: recurrent, GRU: recurrent, LSTM: recurrent };
