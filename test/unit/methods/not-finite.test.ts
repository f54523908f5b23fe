import assert from "node:assert/strict";
import { METHODS } from "../../../src/core/methods";
import { runToEnd } from "../../../src/core/methods/run-method";
import { firstNotFinite } from "../../../src/core/session/not-finite";
import { LaminaError } from "../../../src/shared/errors";
import { float32 } from "../../../src/shared/tensor";
import { parseUnitAddress } from "../../../src/shared/unit-parser";
import { numbers, SmallModel, sessionOf } from "../rules/small-model";

const x = float32([2, 4], numbers(8, 3));
const unit = parseUnitAddress("second[1]");

/** Two dense layers with an activation between them. */
function model(first: number[], second: number[], activation = "Relu"): SmallModel {
	const made = new SmallModel();
	const dense = (name: string, input: string, shape: [number, number], values: number[]) =>
		made.layer(name, "Dense", input, { params: { kernel: float32(shape, values) }, channelAxis: 1 });
	const hidden = made.layer("act", activation, dense("first", made.input("x", [4]), [4, 5], first));
	return made.output(dense("second", hidden, [5, 3], second));
}

const good = { first: numbers(20, 1), second: numbers(15, 2) };

const spoiled = (bad: number): number[] => good.second.map((value, at) => (at === 4 ? bad : value));

describe("Numbers that are not finite", () => {
	it("in a weight are named with the first layer that they reach", async () => {
		for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
			const session = await sessionOf(model(good.first, spoiled(bad)));
			const found = await firstNotFinite(session, { x }, unit);
			assert.equal(found?.layer, "second");
			assert.deepEqual(found?.weight, { name: "second/kernel", value: bad, index: [1, 1] });
		}
	});

	it("that arise by overflow are named with the layer where they do", async () => {
		const large = good.first.map((value) => 400 * value);
		const session = await sessionOf(model(large, good.second, "Exp"));
		const found = await firstNotFinite(session, { x }, unit);
		assert.deepEqual([found?.layer, found?.value, found?.weight], ["act", Number.POSITIVE_INFINITY, undefined]);
	});

	it("are not found where there are none", async () => {
		assert.equal(await firstNotFinite(await sessionOf(model(good.first, good.second)), { x }, unit), undefined);
	});

	it("stop every method that explains a unit, with the layer and what to do", async () => {
		const session = await sessionOf(model(good.first, spoiled(Number.NaN)));
		let tried = 0;
		for (const { id, needs, at } of METHODS) {
			if (!needs.unit || !needs.input || needs.spatial || needs.dataset || needs.attention || at === "last-spatial")
				continue;
			const request = {
				inputs: { x },
				unit,
				parameters: {},
				...(at === "required" && { at: { layer: "first" } }),
			};
			await assert.rejects(runToEnd(session, id, request), (error: unknown) => {
				assert.ok(error instanceof LaminaError, `${id}: ${error}`);
				assert.match(error.message, /the layer "second" is the first to give NaN: its weight "second\/kernel"/, id);
				return true;
			});
			tried++;
		}
		assert.ok(tried > 20, `${tried} methods`);
	});
});
