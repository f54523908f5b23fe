import type { Attr, ParamRef } from "../../../../graph/types";
import { isArray } from "../../../json";
import type { LayerConfig, LayerContext, LayerTranslator, SubLayer } from "../../translator";
import { mainInput, maskOf } from "../config";
import { bidirectional } from "./bidirectional";
import { convolutionalLayers } from "./convolutional";
import { type Cell, refuseVariants, runCells } from "./run-cells";

interface CellKind {
	readonly op: string;
	/** Letters of the gates in the order of Keras 2 and 3, and of the variables of Keras 1. */
	readonly gates: string;
	readonly keras1Gates: string;
	readonly states: number;
}

const KINDS: Readonly<Record<string, CellKind>> = {
	SimpleRNN: { op: "SimpleRnn", gates: "h", keras1Gates: "h", states: 1 },
	GRU: { op: "Gru", gates: "zrh", keras1Gates: "zrh", states: 1 },
	LSTM: { op: "Lstm", gates: "ifco", keras1Gates: "icfo", states: 2 },
};

/** Attributes of a cell's formula, with the defaults of each generation for what the file leaves out. */
function formula(
	ctx: LayerContext,
	kind: CellKind,
	config: LayerConfig,
	params: Readonly<Record<string, ParamRef>>,
): LayerConfig {
	const activation = (name: string, usual: string) =>
		ctx.activationOps(config[name] === undefined ? usual : config[name]);
	const isRecent = ctx.dialect === "keras-3" || config.time_major !== undefined;
	const attrs: Record<string, Attr> = { activation: activation("activation", "tanh") };
	if (kind.op !== "SimpleRnn")
		attrs.recurrentActivation = activation("recurrent_activation", isRecent ? "sigmoid" : "hard_sigmoid");
	// The second bias exists only where the reset gate comes after the product.
	if (kind.op === "Gru")
		attrs.resetAfter =
			typeof config.reset_after === "boolean"
				? config.reset_after
				: params.bias
					? params.bias.shape.length === 2
					: isRecent;
	return attrs;
}

function kerasCell(ctx: LayerContext, owner: SubLayer, kind: CellKind, config: LayerConfig): Cell {
	const names = ["kernel", "recurrent_kernel", ...(config.use_bias === false ? [] : ["bias"])];
	const params: Record<string, ParamRef> = owner.variables(names);
	return { op: kind.op, states: kind.states, params, attrs: formula(ctx, kind, config, params) };
}

/**
 * Keras 1 kept the weights of each gate apart, in this order: W_i, U_i, b_i, W_c ... (`trainable_weights` of Keras
 * 1.2.2, layers/recurrent.py), or all gates in one as Keras 2 does with `consume_less="gpu"`.
 */
function keras1Cell(ctx: LayerContext, kind: CellKind): Cell {
	const apart = [...kind.keras1Gates].flatMap((gate) => [`W_${gate}`, `U_${gate}`, `b_${gate}`]);
	const isApart = kind.gates.length > 1 && ctx.variableCount % apart.length === 0;
	const params: Record<string, ParamRef> = ctx.variables(isApart ? apart : ["kernel", "recurrent_kernel", "bias"]);
	return { op: kind.op, states: kind.states, params, attrs: formula(ctx, kind, ctx.config, isApart ? {} : params) };
}

const layer = (className: string, kind: CellKind): LayerTranslator => ({
	classes: [className],
	translate(ctx) {
		refuseVariants(ctx, ctx.config);
		const cell = ctx.dialect === "keras-1" ? keras1Cell(ctx, kind) : kerasCell(ctx, ctx.sub("cell"), kind, ctx.config);
		return runCells(ctx, [cell], maskOf(ctx, mainInput(ctx)));
	},
});

/** Layers for cuDNN of Keras 2 on TensorFlow 1: one set of activations, weights as cuDNN keeps them. */
const cudnnLayer = (className: string, kind: CellKind): LayerTranslator => ({
	classes: [className],
	translate(ctx) {
		refuseVariants(ctx, ctx.config);
		const params = ctx.variables(["kernel", "recurrent_kernel", "bias"]);
		const attrs = {
			activation: ctx.activationOps("tanh"),
			recurrentActivation: ctx.activationOps("sigmoid"),
			resetAfter: kind.op === "Gru",
			cudnn: true,
		};
		return runCells(ctx, [{ op: kind.op, states: kind.states, params, attrs }], maskOf(ctx, mainInput(ctx)));
	},
});

function cellOf(ctx: LayerContext, owner: SubLayer): Cell {
	const name = owner.className.endsWith("Cell") ? owner.className.slice(0, -4) : "";
	const kind = Object.hasOwn(KINDS, name) ? KINDS[name] : undefined;
	if (!kind)
		return ctx.unsupported(`${ctx.className} ${ctx.name} runs the cell ${owner.className}, which is not computed.`);
	return kerasCell(ctx, owner, kind, owner.config);
}

const rnn: LayerTranslator = {
	classes: ["RNN"],
	translate(ctx) {
		refuseVariants(ctx, ctx.config);
		const { cell } = ctx.config;
		const owner = ctx.sub("cell", cell);
		const stack = owner.className === "StackedRNNCells" ? owner.config.cells : undefined;
		if (isArray(stack) && owner.config.reverse_state_order === true)
			ctx.unsupported(`${ctx.className} ${ctx.name} keeps the states of its cells in reverse, which is not computed.`);
		const cells = isArray(stack)
			? stack.map((serialized, index) => cellOf(ctx, owner.sub(`cells/${index}`, serialized)))
			: [cellOf(ctx, owner)];
		if (cells.length === 0) return ctx.unsupported(`${ctx.className} ${ctx.name} has no cells.`);
		return runCells(ctx, cells, maskOf(ctx, mainInput(ctx)));
	},
};

export const recurrentLayers: readonly LayerTranslator[] = [
	...Object.entries(KINDS).map(([className, kind]) => layer(className, kind)),
	cudnnLayer("CuDNNGRU", KINDS.GRU as CellKind),
	cudnnLayer("CuDNNLSTM", KINDS.LSTM as CellKind),
	rnn,
	...convolutionalLayers,
	bidirectional,
];
