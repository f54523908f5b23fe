import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Engine } from "../../../src/core/engine/engine";
import { createEngine } from "../../../src/core/engine/registry";
import { namedComposite } from "../../../src/core/rules/lrp-composites/named";
import { openSession } from "../../../src/core/session/open-session";
import type { Tensor } from "../../../src/shared/tensor";
import { parsePlace, parseUnitAddress } from "../../../src/shared/unit-parser";
import { assertClose } from "./close";

const FOLDER = resolve("test/unit/formats/fixtures");

/** What is explained, and where. */
const WAYS: readonly (readonly [unit: string, at: string])[] = [
	["pooled[0]", "token"],
	["after_attention[1]", "token"],
	["masked_again/head1@4", "token"],
	["each[0]@1", "letter"],
	["frames[1]@0,1,1", "in7"],
	["window[2]@4", "in0"],
];

interface Stored {
	readonly name: string;
	readonly shape: number[];
	readonly data: number[];
}

/** Relevance of every way, under every composite for transformers, on one engine. */
async function relevance(engine: Engine): Promise<Map<string, ArrayLike<number>>> {
	const session = await openSession(resolve(FOLDER, "keras.h5"), engine);
	const { inputs } = JSON.parse(readFileSync(resolve(FOLDER, "keras.json"), "utf8")) as { inputs: Stored[] };
	const given: Record<string, Tensor> = {};
	for (const { name, dtype } of session.graph.inputs) {
		const { shape, data } = inputs.find((input) => input.name === name) as Stored;
		const typed =
			dtype === "float32" ? Float32Array.from(data) : dtype === "int32" ? Int32Array.from(data) : Uint8Array.from(data);
		given[name] = { dtype, shape, data: typed };
	}
	const found = new Map<string, ArrayLike<number>>();
	for (const name of ["AttnLRP", "CP-LRP"])
		for (const [unit, at] of WAYS) {
			const { maps } = await session.backward(
				{
					composite: namedComposite(name, {}),
					unit: parseUnitAddress(unit),
					at: [parsePlace(at)],
					start: "value",
					passes: [],
				},
				given,
			);
			found.set(`${name} of ${unit} at ${at}`, maps[0]?.tensor.data ?? []);
		}
	session.close();
	engine.dispose();
	return found;
}

describe("relevance through attention and recurrent layers", () => {
	let reference: ReadonlyMap<string, ArrayLike<number>>;
	before(async () => {
		reference = await relevance((await createEngine("cpu")).engine);
	});

	for (const id of ["session", "wasm"] as const)
		it(`is the same on ${id} as in plain JavaScript`, async function () {
			const { engine } = await createEngine(id).catch((error) => {
				if (id !== "session") throw error;
				return this.skip();
			});
			const found = await relevance(engine);
			// A denominator near zero amplifies the rounding of its sum: 1e-3 of the largest relevance at one of them.
			for (const [name, map] of reference) assertClose(found.get(name) ?? [], map, 1e-3, name);
		});
});
