import { InvalidRequestError } from "../../shared/errors";
import type { Tensor } from "../../shared/tensor";
import { formatPlace } from "../../shared/unit-parser";
import type { Place, UnitAddress } from "../../shared/units";
import { downstream } from "../graph/reach";
import type { ModelSession } from "../session/model-session";
import { resolvePlace, unreached } from "../units/place";
import { valueOfUnit } from "../units/unit";
import { baselineOf, tokenBaseline } from "./baselines";
import { explainedInputs, repeatTensor } from "./examples";
import type { Method, PreparedRequest } from "./method";

/**
 * Where the reference of a layer comes from when the request names none for the layer itself.
 * - `own`: the method's baseline parameters speak of the layer's values (Captum `LayerFeatureAblation`: 0 there).
 * - `propagated`: they speak of the inputs; the layer's reference is its value on them (Captum `LayerIntegratedGradients`,
 *   `LayerDeepLift`).
 *
 * Reference inputs that a request carries are always propagated; one under the layer's name is taken as it is.
 */
export type LayerBaseline = "own" | "propagated";

/**
 * Lets any method that varies inputs explain a layer: `run: atAnyLayer(async function* (session, request) { ... })`.
 *
 * With `at: layer` the method runs on the rest of the model, whose one varied input is the layer's value (float32, in the
 * file's layout, batch included, named as the place is written). The model's inputs that ways around the layer look at
 * are held (`request.held`). The method sees nothing of this: `explainedInputs`, `baselineOf`, `session.unitValue`,
 * `session.backward` with `at: "input"` and `session.batchSize` speak of the layer, and maps named after their input are
 * named after the layer.
 *
 * @throws InvalidRequestError when the unit does not depend on the layer
 */
export function atAnyLayer(run: Method["run"], baseline: LayerBaseline = "own"): Method["run"] {
	return async function* (session, request) {
		if (request.at === undefined || request.at === "input") {
			yield* run(session, request);
			return;
		}
		const atLayer = await cutRequest(session, request, request.at, baseline);
		yield* run(atLayer.session, atLayer.request);
	};
}

/** The same question about the model from a layer on: its input there is the layer's value on the request's inputs. */
async function cutRequest(session: ModelSession, request: PreparedRequest, at: Place, baseline: LayerBaseline) {
	checkReach(session, request.unit, at);
	const name = formatPlace(at);
	const cut = session.cutAt(at, request.inputs, request.unit);
	const around = Object.fromEntries(
		Object.entries(request.inputs).filter(([input]) => cut.graph.inputs.some((port) => port.name === input)),
	);
	const [value] = await session.forward(request.inputs, [at], request.signal);
	const reference = await layerBaseline(session, request, at, baseline);
	const { at: _at, baselines: _baselines, ...rest } = request;
	return {
		session: cut,
		request: {
			...rest,
			inputs: { ...around, [name]: value as Tensor },
			...(reference && { baselines: { [name]: reference } }),
			held: Object.keys(around).filter((input) => input !== name),
		},
	};
}

async function layerBaseline(
	session: ModelSession,
	request: PreparedRequest,
	at: Place,
	baseline: LayerBaseline,
): Promise<Tensor | undefined> {
	const given = request.baselines?.[formatPlace(at)];
	if (given) return given;
	if (baseline === "own" && !request.baselines) return undefined;
	const references = inputBaselines(session, request);
	// Many questions have the same reference.
	const [value] = await session.remember(references, [at], request.signal);
	return value;
}

/**
 * Reference inputs: those of the inputs that are explained; of a model that has no real inputs, those of its tokens. They
 * may be a set of another size than the batch (`GradientShap`, `DeepLiftShap`); everything has its batch size then.
 */
function inputBaselines(session: ModelSession, request: PreparedRequest): Record<string, Tensor> {
	const { inputs } = session.graph;
	const tokens = inputs.filter((port) => port.dtype === "int32" && !request.held?.includes(port.name));
	const references: Record<string, Tensor> = { ...request.inputs };
	if (tokens.length > 0 && inputs.every((port) => port.dtype !== "float32")) {
		for (const { name } of tokens) {
			const tensor = request.inputs[name];
			if (tensor) references[name] = tokenBaseline(request, name, tensor);
		}
	} else {
		for (const { name, tensor, channelAxis } of explainedInputs(session, request)) {
			const given = request.baselines?.[name];
			const isSet = given && given.shape.length > 0 && given.shape.slice(1).join() === tensor.shape.slice(1).join();
			references[name] = isSet ? given : baselineOf(request, name, tensor, channelAxis);
		}
	}
	return oneBatch(references);
}

/** Single examples repeated as often as the others are many. */
function oneBatch(tensors: Record<string, Tensor>): Record<string, Tensor> {
	const sizes = Object.values(tensors).map(({ shape }) => shape[0] ?? 1);
	const most = Math.max(...sizes);
	const fitted = Object.entries(tensors).map(([name, tensor]): [string, Tensor] => {
		const size = tensor.shape[0] ?? 1;
		if (size === most) return [name, tensor];
		if (size === 1) return [name, repeatTensor(tensor, most)];
		throw new InvalidRequestError(
			`there are ${size} of "${name}" for ${most} references of the other inputs`,
			name,
			"Give as many references of every input, or explain one example at a time.",
		);
	});
	return Object.fromEntries(fitted);
}

/** @throws InvalidRequestError when the unit does not depend on the value at a place */
export function checkReach({ graph }: ModelSession, { unit, minus }: UnitAddress, at: Place): void {
	const nodes = graph.nodes.map((node) => ({ node }));
	const reached = downstream(nodes, new Set([resolvePlace(graph, at).value]));
	const holds = [unit, ...(minus ? [minus] : [])].map((one) => valueOfUnit(graph, one).value);
	if (holds.some((value) => reached.has(value))) return;
	throw unreached(formatPlace(at));
}
