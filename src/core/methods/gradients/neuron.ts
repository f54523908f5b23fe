import { InvalidRequestError } from "../../../shared/errors";
import type { AttributionMap } from "../../../shared/result";
import type { Tensor } from "../../../shared/tensor";
import { formatPlace, formatUnit, parseUnitAddress } from "../../../shared/unit-parser";
import type { Place, Unit } from "../../../shared/units";
import { gradientComposite } from "../../rules/composites";
import type { LayerInfo, ModelSession } from "../../session/model-session";
import { valueOfUnit } from "../../units/unit";
import { combine, walk } from "../backward-method";
import { repeatTensor } from "../examples";
import type { PreparedRequest } from "../method";

/** A neuron on the way from the inputs to the unit. */
export interface Neuron {
	readonly place: Place;
	readonly notices: readonly string[];
	/**
	 * 1 at the elements of its layer that are the neuron (a mean: their share), 0 elsewhere.
	 * @param inputs all examples at the first of `copies` points, then all at the second, and so on
	 */
	mask(inputs: PreparedRequest["inputs"], copies: number): Promise<Tensor>;
}

/**
 * The neuron of an address.
 * @throws InvalidRequestError for an address that is not one unit of the model
 */
export async function chosenNeuron(session: ModelSession, request: PreparedRequest, address: string): Promise<Neuron> {
	const { unit, minus } = parseUnitAddress(address);
	if (minus)
		throw new InvalidRequestError(
			`the parameter neuron is "${address}", a difference of two units, but one neuron or channel was expected`,
			"neuron",
		);
	return neuronAt(session, request, unit, []);
}

async function neuronAt(session: ModelSession, request: PreparedRequest, unit: Unit, notices: readonly string[]) {
	const { start: _start, ...free } = request;
	// The gradient of a neuron at its own layer is 1 where the neuron is.
	const maskAt = async (inputs: PreparedRequest["inputs"]) => {
		const own = { ...free, at: unit.place, unit: { unit } };
		const { maps } = await walk(session, own, { composite: gradientComposite }, inputs);
		return (maps[0] as AttributionMap).tensor;
	};
	// Which element is the largest depends on the input; everything else is the same wherever it is looked at.
	const fixed = unit.reduction === "max" ? undefined : await maskAt(request.inputs);
	return {
		place: unit.place,
		notices,
		mask: async (inputs: PreparedRequest["inputs"], copies: number) =>
			fixed ? repeatTensor(fixed, copies) : maskAt(inputs),
	};
}

/**
 * For each example the channel with the largest gradient x activation, summed over its positions, in the last layer
 * before the unit's own. Where there is none, the unit itself.
 */
export async function strongestNeuron(session: ModelSession, request: PreparedRequest): Promise<Neuron> {
	const layer = lastBefore(session, request);
	if (!layer) {
		const { unit } = request.unit;
		const own = valueOfUnit(session.graph, unit).isLogit
			? { ...unit, place: { ...unit.place, stage: "pre" as const } }
			: unit;
		return neuronAt(session, request, own, ["No hidden layer lies before the unit: the neuron is the unit itself."]);
	}
	const { place, channelAxis } = layer;
	const { maps } = await walk(session, { ...request, at: place }, { composite: gradientComposite });
	const [{ tensor, activation }] = maps as [(typeof maps)[number]];
	const products = combine(tensor, activation, (gradient, value) => gradient * value);
	const strongest = channelSums(products, channelAxis).map(indexOfLargest);
	const names = [...new Set(strongest)].map((channel) => formatUnit({ place, channel }));
	const fixed = channelMask(tensor.shape, channelAxis, strongest);
	return {
		place,
		notices: [`The strongest of "${formatPlace(place)}" is the neuron: ${names.join(", ")}.`],
		mask: async (_inputs, copies) => repeatTensor(fixed, copies),
	};
}

function lastBefore(session: ModelSession, request: PreparedRequest): LayerInfo | undefined {
	const { unit, minus } = request.unit;
	const own = new Set([unit, ...(minus ? [minus] : [])].map(({ place }) => callOf(place)));
	const inputs = new Set(session.graph.inputs.map((port) => port.layer));
	return session
		.layerInfo(request.inputs, request.unit)
		.filter(({ place, channelAxis }) => channelAxis > 0 && !own.has(callOf(place)) && !inputs.has(place.layer))
		.at(-1);
}

const callOf = ({ layer, call = 0 }: Place) => `${layer}#${call}`;

/** Sums over positions: for each example one for each channel. */
function channelSums({ shape, data }: Tensor, axis: number): number[][] {
	const sums = Array.from({ length: shape[0] ?? 1 }, () => new Array<number>(shape[axis] ?? 1).fill(0));
	eachElement(shape, axis, (at, example, channel) => {
		const own = sums[example] as number[];
		own[channel] = (own[channel] ?? 0) + (data[at] ?? 0);
	});
	return sums;
}

function channelMask(shape: readonly number[], axis: number, channels: readonly number[]): Tensor {
	const data = new Float32Array(shape.reduce((product, extent) => product * extent, 1));
	eachElement(shape, axis, (at, example, channel) => {
		if (channel === channels[example]) data[at] = 1;
	});
	return { dtype: "float32", shape, data };
}

function eachElement(
	shape: readonly number[],
	axis: number,
	visit: (at: number, example: number, channel: number) => void,
): void {
	const channels = shape[axis] ?? 1;
	const inner = shape.slice(axis + 1).reduce((product, extent) => product * extent, 1);
	const size = shape.slice(1).reduce((product, extent) => product * extent, 1);
	for (let at = 0; at < size * (shape[0] ?? 1); at++)
		visit(at, Math.floor(at / size), Math.floor(at / inner) % channels);
}

const indexOfLargest = (values: readonly number[]) =>
	values.reduce((best, value, at) => (Math.abs(value) > Math.abs(values[best] ?? 0) ? at : best), 0);
