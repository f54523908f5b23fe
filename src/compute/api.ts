import { readFile } from "node:fs/promises";
import { assembleInputs } from "../core/data/inputs";
import { writeNpy } from "../core/data/npy";
import { weightStatistics } from "../core/graph/statistics";
import { describeMethods } from "../core/methods/run-method";
import { encodePng } from "../core/render/png";
import { CancelledError, InvalidRequestError, UnsupportedError } from "../shared/errors";
import type { LayerSummary } from "../shared/model";
import type { ComputeApi, ComputeEvents, HoverPicture, InputSource } from "../shared/protocol";
import { float32, type Tensor } from "../shared/tensor";
import { EngineHost } from "./engine-host";
import { explanations } from "./explanations";
import { describeInput, inputId, type PreparedInput, sourceName } from "./inputs";
import { Jobs } from "./jobs";
import { type Model, Models } from "./models";
import { predictions } from "./predictions";
import { Recent } from "./recent";
import type { ComputeSettings } from "./settings";
import { activationSet, layerPreview } from "./views/activations";
import { filterSet } from "./views/filters";
import { hoverPicture } from "./views/hover";

/** Layers whose previews are computed in one run: enough to share the work, few enough to show the first at once. */
const PREVIEWS_AT_ONCE = 16;

/** The functions that the extension host calls. */
export function createApi(settings: ComputeSettings, events: ComputeEvents): ComputeApi {
	const engine = new EngineHost(settings);
	const models = new Models(() => engine.get());
	const jobs = new Jobs(events);
	const hovers = new Recent<HoverPicture>(256);

	/** What a layer gives for an input. @throws UnsupportedError when it cannot be computed */
	async function outputOf(model: Model, input: PreparedInput, name: string): Promise<Tensor> {
		const layer = computable(model, name);
		const key = `${name}|${input.id}`;
		const known = model.outputs.get(key);
		if (known) return known;
		const session = await model.session();
		const [output] = (await session.forward(input.tensors, [{ layer: layer.name }])) as [Tensor];
		model.outputs.set(key, output);
		return output;
	}

	return {
		...explanations(models, jobs),
		status: () => engine.status(),
		methods: async () => describeMethods(),
		open: async (path) => (await models.get(path)).opened,
		close: async (path) => models.close(path),
		loadLabels: (path, file) => models.loadLabels(path, file),

		async loadInput(path, source, preprocess) {
			const model = await models.get(path);
			const bytes = await bytesOf(source);
			const spec = preprocess ?? model.opened.preprocess;
			const id = inputId(bytes, sourceName(source), spec);
			const known = model.inputs.get(id);
			if (known) return describeInput(known);
			const made = await assembleInputs([{ name: sourceName(source), bytes }], model.summary.inputs, spec);
			const [picture] = Object.values(made.pictures)[0] ?? [];
			const prepared: PreparedInput = {
				id,
				name: sourceName(source),
				tensors: { ...made.tensors },
				...(picture && { picture: toPicture(picture) }),
				...(made.preprocess && { preprocess: made.preprocess }),
			};
			model.inputs.set(id, prepared);
			return describeInput(prepared);
		},

		async predict(path, input, top) {
			const model = await models.get(path);
			return predictions(await model.session(), model.input(input).tensors, top);
		},

		async statistics(path, name, input) {
			const model = await models.get(path);
			const layer = layerOf(model, name);
			const key = `${name}|${input ?? ""}`;
			const known = model.statistics.get(key);
			if (known) return known;
			const runs = input !== undefined && !layer.unsupported && !layer.blockedBy;
			const output = runs ? await outputOf(model, model.input(input), name) : undefined;
			const statistics = await weightStatistics(model.core, name, output);
			model.statistics.set(key, statistics);
			return statistics;
		},

		async filters(path, name, offset, limit) {
			const model = await models.get(path);
			const { filters } = model.core.graph.layers.find((layer) => layer.name === name) ?? {};
			if (!filters) throw new InvalidRequestError(`${name} has no kernels to show.`, name);
			return filterSet(name, await model.core.weights.read(filters.weight), filters.layout, offset, limit);
		},

		async activations(path, input, name, offset, limit) {
			const model = await models.get(path);
			const output = await outputOf(model, model.input(input), name);
			return activationSet(name, output, layerOf(model, name).channelAxis, offset, limit);
		},

		previews: (path, input, layers, id) =>
			jobs.run(id, async (job) => {
				const model = await models.get(path);
				const session = await model.session();
				const { tensors } = model.input(input);
				const shown = layers
					.map((name) => layerOf(model, name))
					.filter((layer) => !layer.unsupported && !layer.blockedBy);
				for (let from = 0; from < shown.length; from += PREVIEWS_AT_ONCE) {
					if (job.signal.aborted) throw new CancelledError();
					const some = shown.slice(from, from + PREVIEWS_AT_ONCE);
					const outputs = await session.forward(
						tensors,
						some.map(({ name }) => ({ layer: name })),
						job.signal,
					);
					for (const [index, { name, channelAxis }] of some.entries()) {
						job.preview(layerPreview(name, outputs[index] as Tensor, channelAxis));
					}
				}
			}),

		async hover(path, name, input, dark) {
			const model = await models.get(path);
			const key = [path, model.version, name, input, dark].join("|");
			const known = hovers.get(key);
			if (known) return known;
			const prepared = model.input(input);
			const output = await outputOf(model, prepared, name);
			const picture = hoverPicture(prepared.name, output, layerOf(model, name).channelAxis, dark);
			hovers.set(key, picture);
			return picture;
		},

		encodeNpy: async (data, shape) => writeNpy(float32(shape, data)),
		cancel: async (id) => jobs.cancel(id),
	};
}

function layerOf(model: Model, name: string): LayerSummary {
	const layer = model.summary.layers.find((candidate) => candidate.name === name);
	if (!layer) throw new InvalidRequestError(`The model has no layer ${name}.`, name);
	return layer;
}

function computable(model: Model, name: string): LayerSummary {
	const layer = layerOf(model, name);
	if (layer.unsupported)
		throw new UnsupportedError(layer.unsupported.message, layer.unsupported.where, layer.unsupported.hint);
	if (layer.blockedBy)
		throw new UnsupportedError(`${name} cannot be computed: it depends on ${layer.blockedBy}.`, layer.where);
	return layer;
}

async function bytesOf(source: InputSource): Promise<Uint8Array> {
	if (source.kind === "bytes") return source.bytes;
	if (source.kind === "file") return readFile(source.path);
	const { width, height, rgba } = source;
	return encodePng({ width, height, rgba });
}

/** Gray or RGB samples as RGBA. */
function toPicture({
	width,
	height,
	channels,
	data,
}: {
	width: number;
	height: number;
	channels: number;
	data: ArrayLike<number>;
}) {
	const rgba = new Uint8Array(width * height * 4);
	for (let i = 0; i < width * height; i++) {
		for (let c = 0; c < 3; c++) rgba[i * 4 + c] = data[i * channels + (channels === 1 ? 0 : c)] as number;
		rgba[i * 4 + 3] = 255;
	}
	return { width, height, rgba };
}
