import type { Session } from "../../src/core/session/session";
import type { Place, Unit } from "../../src/shared/units";
import type { Case } from "./manifest";

/** Layer of a case: a module of PyTorch and the tensors of the ONNX file that it reads and makes. */
interface CaseLayer {
	readonly attributed_tensor?: string;
	readonly onnx_output?: string | readonly string[];
}

/** The tensor that the result of a layer method belongs to, as a place: every tensor of an ONNX file is one. */
export function placeOfLayer({ layer }: Case): Place {
	const { attributed_tensor: tensor, onnx_output: output } = layer as CaseLayer;
	const name = tensor ?? (typeof output === "string" ? output : output?.[0]);
	if (name === undefined) throw new Error(`the layer ${JSON.stringify(layer)} names no tensor`);
	return { layer: name };
}

/** Whether the layer is where a neuron is chosen; otherwise it is where the map lies. */
export const choosesNeurons = ({ layer, neuron_selector }: Case): boolean =>
	Boolean(layer) && neuron_selector !== null && neuron_selector !== undefined;

/**
 * The unit of an output index, an index of several axes, or the whole output where there is no target. Captum's
 * `NeuronConductance` has both a target and a neuron: then this is the target.
 */
export function targetUnit(session: Session, target: Case["target"]): Unit {
	const place = { layer: session.summary.outputs[0]!.layer };
	if (target === null || target === undefined) return { place };
	return element(place, typeof target === "number" ? [target] : target);
}

/** The neurons of the layer that are explained, to be summed. */
export function neuronsOf(entry: Case): Unit[] {
	const place = placeOfLayer(entry);
	const selector = entry.neuron_selector;
	if (typeof selector === "number") return [element(place, [selector])];
	if (Array.isArray(selector)) return [element(place, selector as number[])];
	const [start, stop, step] = (selector as { slice: [number, number, number] }).slice;
	const units: Unit[] = [];
	for (let index = start; index < stop; index += step) units.push(element(place, [index]));
	return units;
}

/** An element of a channels-first activation by its index without the batch axis. */
function element(place: Place, [channel, ...position]: readonly number[]): Unit {
	return { place, channel: channel!, ...(position.length > 0 && { position }) };
}
