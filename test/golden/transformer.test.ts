import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { readNpz } from "../../src/core/data/npz";
import { attentionBlocks } from "../../src/core/graph/attention";
import type { Session } from "../../src/core/session/session";
import type { AttributionMap } from "../../src/shared/result";
import type { Tensor } from "../../src/shared/tensor";
import type { Place, UnitAddress } from "../../src/shared/units";
import { ENGINES, type MethodCall, needEngine, report, runCall, sessionOf } from "../support/attributions";
import { needTestdata, skipBecause, testdata } from "../support/testdata";
import { temporaryFile } from "./networks/from-sidecar";
import { llamaNetwork } from "./networks/llama2c";
import { resolveFile } from "./sidecars";
import { allowanceOf, differenceOf } from "./tolerance";

interface Sidecar {
	readonly name: string;
	readonly tokens: readonly number[];
	readonly predicted: { readonly token: number };
	readonly arrays: Readonly<Record<string, { readonly shape: readonly number[]; readonly tolerance_rel: number }>>;
	readonly onnx?: { readonly file: string };
	/** Folder of the original, where it is not in ONNX. */
	readonly model_files?: string;
}

const FOLDER = ["golden", "transformer"] as const;

function sidecars(): Sidecar[] {
	const folder = testdata(...FOLDER);
	if (!existsSync(folder)) return [];
	return readdirSync(folder)
		.filter((name) => name.endsWith(".json"))
		.sort()
		.map((name) => ({ ...JSON.parse(readFileSync(path.join(folder, name), "utf8")), name: name.slice(0, -5) }));
}

interface Run {
	readonly session: Session;
	readonly inputs: Readonly<Record<string, Tensor>>;
	readonly sidecar: Sidecar;
	/** The logit of the predicted token at the last position. */
	readonly unit: UnitAddress;
	array(name: string): Float32Array;
}

/** The call of a method whose map is an array, or summed over the features of each token. */
const METHODS: Readonly<Record<string, { call: Omit<MethodCall, "at">; at: "embedding" | "token"; summed: boolean }>> =
	{
		grad_embedding: { call: { method: "saliency", parameters: { abs: false } }, at: "embedding", summed: false },
		gradxinput_embedding_full: { call: { method: "gradient-x-input", parameters: {} }, at: "embedding", summed: false },
		gradxinput_embedding: { call: { method: "gradient-x-input", parameters: {} }, at: "embedding", summed: true },
		gradxinput_token_embedding_only: {
			call: { method: "gradient-x-input", parameters: {} },
			at: "token",
			summed: true,
		},
		attnlrp_input: { call: { method: "lrp", parameters: { composite: "AttnLRP" } }, at: "embedding", summed: true },
	};

const titled = (title: string) => (maps: readonly AttributionMap[]) => maps.filter((map) => map.title === title);
const DLA = "direct-logit-attribution";
/** What an embedding adds: one summand of the stream's first value. */
const summand = (which: number) => (maps: readonly AttributionMap[]) =>
	titled("embeddings")(maps).map((map) => ({
		...map,
		tensor: { ...map.tensor, data: Float32Array.of(Number(map.tensor.data[which])) },
	}));

/** Arrays that are some of the maps of a method. */
const PARTS: Readonly<
	Record<string, { method: string; of: (maps: readonly AttributionMap[]) => readonly AttributionMap[] }>
> = {
	rollout: { method: "attention-rollout", of: (maps) => maps.slice(0, 1) },
	rollout_cumulative: { method: "attention-rollout", of: (maps) => [...maps].reverse() },
	logit_lens: { method: "logit-lens", of: (maps) => maps },
	dla_heads: { method: DLA, of: titled("heads") },
	dla_mlps: { method: DLA, of: titled("MLPs") },
	dla_attn_bias: { method: DLA, of: titled("attention biases") },
	dla_token_embedding: { method: DLA, of: summand(0) },
	dla_position_embedding: { method: DLA, of: summand(1) },
	dla_final_norm_bias: { method: DLA, of: titled("biases after the stream") },
};

async function values(run: Run, name: string): Promise<ArrayLike<number>> {
	const { session, inputs, sidecar } = run;
	switch (name) {
		case "logits":
			return (await session.forward(inputs))[0]!.data;
		case "attention": {
			const weights = attentionBlocks(session.graph).map((block) => placeOf(session, block.weights));
			const maps = await session.forward(inputs, weights);
			await checkHeads(run, maps);
			return maps.flatMap(({ data }) => Array.from(data));
		}
		case "residual": {
			const [blocks, tokens, features] = sidecar.arrays.residual!.shape as [number, number, number];
			const size = tokens * features;
			const streams = Array.from({ length: blocks }, (_, block) =>
				run.array("residual").subarray(block * size, (block + 1) * size),
			);
			const maps = await mapsOfTokens(run, [tokens, features]);
			return streams.flatMap((stream) => Array.from(nearest(maps, stream).data));
		}
	}
	const part = PARTS[name];
	if (part) {
		const { maps } = await runCall(session, { method: part.method, parameters: {}, unit: run.unit }, inputs);
		return part.of(maps).flatMap(({ tensor }) => Array.from(tensor.data));
	}
	const method = METHODS[name];
	if (!method) throw new Error(`nothing is known of the array ${name}`);
	const result = await runCall(
		session,
		{ ...method.call, unit: run.unit, at: await embedding(run, method.at) },
		inputs,
	);
	assert.equal(result.maps.length, 1);
	const { data, shape } = result.maps[0]!.tensor;
	if (!method.summed) return data;
	const features = shape.at(-1)!;
	return Array.from({ length: data.length / features }, (_, token) =>
		Array.from(data.subarray(token * features, (token + 1) * features)).reduce((sum, value) => sum + value, 0),
	);
}

/** A weight of each head is the unit that is written `LAYER/head2@10>3`. */
async function checkHeads({ session, inputs }: Run, maps: readonly Tensor[]): Promise<void> {
	for (const [index, { layer }] of attentionBlocks(session.graph).entries()) {
		const { shape, data } = maps[index]!;
		const [, heads, queries, keys] = shape as [number, number, number, number];
		for (let head = 0; head < heads; head++) {
			const [query, key] = [queries - 1, head % keys];
			const unit = { place: { layer: `${layer}/head${head}` }, position: [query], key: [key] };
			const [value] = await session.unitValue(inputs, { unit });
			assert.equal(value, data[(head * queries + query) * keys + key]);
		}
	}
}

function placeOf({ graph }: Session, value: string): Place {
	const layer = graph.layers.find(({ calls }) => calls.some(({ outputs }) => outputs[0] === value));
	assert.ok(layer, `a layer gives ${value}`);
	return { layer: layer.name };
}

interface TokenMap {
	readonly place: Place;
	readonly data: ArrayLike<number>;
}

/** Every layer on the way to the unit with a map of tokens by features. */
async function mapsOfTokens({ session, inputs, unit }: Run, shape: readonly number[]): Promise<TokenMap[]> {
	const places = session
		.layerInfo(inputs, unit)
		.filter((info) => info.shape.join() === shape.join())
		.map(({ place }) => place);
	const maps = await session.forward(inputs, places);
	return maps.map(({ data }, index) => ({ place: places[index]!, data }));
}

function nearest(maps: readonly TokenMap[], wanted: Float32Array): TokenMap {
	const off = maps.map(({ data }) => differenceOf(data, wanted).relative);
	return maps[off.indexOf(Math.min(...off))]!;
}

/**
 * Where the embedding is: the residual stream before the first block (token and position), or the rows that are alike
 * exactly where tokens are (token alone).
 */
async function embedding(run: Run, which: "embedding" | "token"): Promise<Place> {
	const { tokens, arrays } = run.sidecar;
	const features = arrays.residual!.shape.at(-1)!;
	const maps = await mapsOfTokens(run, [tokens.length, features]);
	if (which === "embedding") return nearest(maps, run.array("residual").subarray(0, tokens.length * features)).place;
	const row = (data: ArrayLike<number>, token: number) =>
		Array.from({ length: features }, (_, c) => data[token * features + c]).join();
	const found = maps.find(({ data }) =>
		tokens.every((token, i) => tokens.every((other, j) => (token === other) === (row(data, i) === row(data, j)))),
	);
	assert.ok(found, "a layer gives the token embedding");
	return found.place;
}

/** The ONNX file of a sidecar, or one that is made of the checkpoint in its folder. */
function modelOf({ name, onnx, model_files: folder, tokens }: Sidecar): string | undefined {
	// Behind its name stands where the file is: "gpt-nano-sort.onnx (shared/golden/transformer)".
	if (onnx) return testdata(...FOLDER, onnx.file.replace(/ \(.*\)$/, ""));
	const checkpoint = folder && path.join(resolveFile(folder), `${name}.bin`);
	if (!checkpoint || !existsSync(checkpoint)) return undefined;
	const made = temporaryFile(`${name}.onnx`);
	writeFileSync(made, llamaNetwork(readFileSync(checkpoint), tokens.length));
	return made;
}

for (const sidecar of sidecars()) {
	const file = modelOf(sidecar);

	describe(`golden transformer: ${sidecar.name}`, function () {
		this.timeout(60_000);

		const archive = testdata(...FOLDER, `${sidecar.name}.npz`);
		let arrays: ReturnType<typeof readNpz>;
		before(() => {
			arrays = readNpz(readFileSync(archive), archive);
		});
		const array = (name: string) => Float32Array.from(arrays.get(name)!.data as ArrayLike<number>);

		for (const [name, entry] of Object.entries(sidecar.arrays)) {
			const reason = file ? undefined : "there is neither an ONNX file of it nor a checkpoint of llama2.c";
			for (const engine of ENGINES) {
				if (reason && engine !== "session") continue;
				it(`${name} (${engine})`, async function () {
					if (reason || !file) skipBecause(this, reason ?? "");
					const session = await sessionOf(file, await needEngine(this, engine));
					const [port] = session.graph.inputs;
					const inputs: Record<string, Tensor> = {
						[port!.name]: {
							dtype: "int32",
							shape: [1, sidecar.tokens.length],
							data: Int32Array.from(sidecar.tokens),
						},
					};
					const last = sidecar.tokens.length - 1;
					const { layer } = session.graph.outputs[0]!;
					const isChannel = session.graph.layers.find(({ name: other }) => other === layer)!.channelAxis === 2;
					const { token } = sidecar.predicted;
					const unit: UnitAddress = {
						unit: isChannel
							? { place: { layer }, channel: token, position: [last] }
							: { place: { layer }, position: [last, token] },
					};
					const got = await values({ session, inputs, sidecar, unit, array }, name);
					const difference = differenceOf(got, array(name));
					const { limit } = allowanceOf({ method: name, ...entry });
					report(
						`${difference.relative <= limit ? "ok" : "NO"}  ${sidecar.name} ${name} (${engine}): off by ${difference.relative.toExponential(1)} of the largest value, ${limit.toExponential(1)} allowed`,
					);
					assert.equal(got.length, array(name).length);
					assert.ok(difference.relative <= limit, `off by ${difference.relative.toExponential(2)}`);
				});
			}
		}
	});
}

describe("golden transformers", () => {
	it("are there", function () {
		const folder = needTestdata(this, ...FOLDER);
		assert.ok(sidecars().length > 0, `no sidecar in ${folder}`);
	});
});
