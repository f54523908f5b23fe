import type { LayerTranslator } from "../../translator";
import { dataFormat, list, mainInput, maskOf } from "../config";
import { type Cell, refuseVariants, runCells } from "./run-cells";

const convolutionalLstm = (rank: 1 | 2 | 3): LayerTranslator => ({
	classes: [`ConvLSTM${rank}D`],
	translate(ctx) {
		const { config } = ctx;
		refuseVariants(ctx, config);
		const names = ["kernel", "recurrent_kernel", ...(config.use_bias === false ? [] : ["bias"])];
		const cell: Cell = {
			op: "ConvLstm",
			states: 2,
			params: ctx.sub("cell", undefined, "conv_lstm_cell").variables(names),
			attrs: {
				activation: ctx.activationOps(config.activation === undefined ? "tanh" : config.activation),
				recurrentActivation: ctx.activationOps(
					config.recurrent_activation === undefined
						? ctx.dialect === "keras-3"
							? "sigmoid"
							: "hard_sigmoid"
						: config.recurrent_activation,
				),
				strides: list(config.strides, [1]),
				dilations: list(config.dilation_rate, [1]),
				padding: String(config.padding ?? "valid").toLowerCase(),
				dataFormat: dataFormat(config),
			},
		};
		const outputs = runCells(ctx, [cell], maskOf(ctx, mainInput(ctx)));
		const first = config.return_sequences === true ? 2 : 1;
		ctx.channels(dataFormat(config) === "channels_first" ? first : "last");
		return outputs;
	},
});

export const convolutionalLayers: readonly LayerTranslator[] = [1, 2, 3].map((rank) =>
	convolutionalLstm(rank as 1 | 2 | 3),
);
