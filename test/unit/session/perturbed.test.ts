import assert from "node:assert/strict";
import type { Engine, EngineId } from "../../../src/core/engine/engine";
import { createEngine } from "../../../src/core/engine/registry";
import type { Edit, ModelSession } from "../../../src/core/session/model-session";
import { copyBox } from "../../../src/core/session/perturbed/boxes";
import { CancelledError, LaminaError } from "../../../src/shared/errors";
import { float32, type Tensor } from "../../../src/shared/tensor";
import { parseUnitAddress } from "../../../src/shared/unit-parser";
import { skipBecause } from "../../support/testdata";
import { SmallModel, sessionOf, tensor } from "../rules/small-model";

/** Strides, paddings, pools and a residual add over 24 x 20 x 3 maps, and a second input that scales the channels. */
function network(): SmallModel {
	const model = new SmallModel();
	const image = model.input("image", [24, 20, 3], { channelAxis: 3 });
	const gains = model.input("gains", [1, 1, 8]);
	const conv = (name: string, from: string, taken: number, made: number, attrs: Record<string, number[] | string>) =>
		model.layer(name, "Conv2D", from, {
			params: { kernel: tensor([3, 3, taken, made], name.length + taken), bias: tensor([made], made) },
			attrs,
			activation: "Relu",
			channelAxis: 3,
		});
	const stem = conv("stem", image, 3, 8, { padding: "same", strides: [2, 2] });
	const scaled = model.layer("scaled", "Mul", [stem, gains], { channelAxis: 3 });
	const inner = conv("inner", scaled, 8, 8, { padding: "same" });
	const sum = model.layer("sum", "Add", [scaled, inner], { channelAxis: 3 });
	const pool = model.layer("pool", "MaxPool", sum, {
		attrs: { window: [3, 3], strides: [2, 2], padding: "same" },
		channelAxis: 3,
	});
	const average = model.layer("average", "GlobalAvgPool", pool, { channelAxis: 1 });
	return model.output(
		model.layer("classes", "Dense", average, { params: { kernel: tensor([8, 4], 5) }, channelAxis: 1 }),
	);
}

const inputs = { image: tensor([2, 24, 20, 3], 21), gains: tensor([2, 1, 1, 8], 22) };
const content = { image: tensor([2, 24, 20, 3], 23), gains: tensor([2, 1, 1, 8], 24) };

function windows(size: number, step: number): Edit[] {
	const edits: Edit[] = [];
	for (let row = 0; row < 24; row += step)
		for (let column = 0; column < 20; column += step)
			edits.push({
				input: "image",
				begin: [row, column, 0],
				end: [Math.min(24, row + size), Math.min(20, column + size), 3],
				content: () => content.image,
			});
	return edits;
}

/** The unit on inputs that were edited beforehand. */
async function expected(session: ModelSession, unit: string, edit: Edit): Promise<Float32Array> {
	const original = inputs[edit.input as "image"];
	const changed = float32(original.shape, Float32Array.from(original.data));
	const origin = edit.begin.map(() => 0);
	for (const example of [0, 1]) copyBox(edit.content(), example, edit, changed, example, origin);
	return session.unitValue({ ...inputs, [edit.input]: changed } as Record<string, Tensor>, parseUnitAddress(unit));
}

async function found(session: ModelSession, unit: string, edits: readonly Edit[]): Promise<Map<string, number>> {
	const values = new Map<string, number>();
	for await (const batch of session.perturbed(inputs, parseUnitAddress(unit), edits)) {
		for (const [at, place] of batch.edits.entries())
			values.set(`${batch.example} ${place}`, batch.values[at] as number);
	}
	return values;
}

for (const id of ["session", "wasm", "cpu"] satisfies EngineId[]) {
	describe(`Edited copies of inputs (${id})`, () => {
		let engine: Engine;
		let session: ModelSession;
		before(async function () {
			this.timeout(60_000);
			try {
				({ engine } = await createEngine(id));
			} catch (error) {
				if (id !== "session" || !(error instanceof LaminaError)) throw error;
				skipBecause(this, error.message);
			}
			session = await sessionOf(network(), { engine });
		});
		after(() => engine?.dispose());

		const check = async (unit: string, edits: readonly Edit[]) => {
			const values = await found(session, unit, edits);
			assert.equal(values.size, 2 * edits.length);
			for (const [place, edit] of edits.entries()) {
				for (const [example, value] of (await expected(session, unit, edit)).entries()) {
					const other = values.get(`${example} ${place}`) as number;
					// Sums of some hundred products in another order.
					assert.ok(Math.abs(other - value) <= 2e-5 * Math.max(1, Math.abs(value)), `${other} instead of ${value}`);
				}
			}
		};

		it("give the unit the values that whole passes give", () => check("classes[2]", windows(4, 3)));
		it("do so for a difference of classes", () => check("classes[2] - classes[0]", windows(5, 5)));
		it("do so for a channel of a map, and for one of its positions", async () => {
			await check("inner[1]", windows(3, 4));
			await check("sum[3]@2,7", windows(3, 4));
		});
		it("do so for boxes that cover the input", () => check("classes[1]", windows(24, 24)));
		it("do so for several inputs at once", () => {
			const gain = (channel: number): Edit => ({
				input: "gains",
				begin: [0, 0, channel],
				end: [1, 1, channel + 2],
				content: () => content.gains,
			});
			return check("classes[0]", [gain(0), ...windows(6, 6), gain(3)]);
		});
		it("are made when their run is due, and not after it was cancelled", async () => {
			const controller = new AbortController();
			let made = 0;
			const edits = windows(2, 1).map((edit) => ({
				...edit,
				content: () => {
					made++;
					return content.image;
				},
			}));
			const unit = parseUnitAddress("classes[0]");
			await assert.rejects(async () => {
				for await (const _ of session.perturbed(inputs, unit, edits, controller.signal)) controller.abort();
			}, CancelledError);
			assert.ok(made < edits.length, `${made} edits were made`);
		});
	});
}
