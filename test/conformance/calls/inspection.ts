import { placeOfLayer } from "../layers";
import type { Calls } from "./call";

export const inspection: Calls = {
	forward: () => ({
		async run(session, inputs) {
			const [output] = await session.forward(inputs);
			return { output: output!.data };
		},
	}),
	LayerActivation: (entry) => ({
		async run(session, inputs) {
			const [value] = await session.forward(inputs, [placeOfLayer(entry)]);
			return { layer: value!.data };
		},
	}),
};
