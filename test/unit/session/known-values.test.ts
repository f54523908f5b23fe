import assert from "node:assert/strict";
import { runToEnd } from "../../../src/core/methods/run-method";
import { copyOf, KnownValues } from "../../../src/core/session/known-values";
import { Rehearsal } from "../../../src/core/session/rehearsal";
import type { Session } from "../../../src/core/session/session";
import { float32 } from "../../../src/shared/tensor";
import { parsePlace, parseUnitAddress } from "../../../src/shared/unit-parser";
import { assertClose } from "../rules/close";
import { residualNetwork } from "../rules/networks";
import { sessionOf, tensor } from "../rules/small-model";

const x = tensor([2, 6, 6, 2], 11);
const unit = parseUnitAddress("predictions[1]");

describe("What a session remembers", () => {
	it("changes no explanation of a layer, whatever the rules and whatever was folded", async () => {
		for (const layer of ["sum", "conv2", "norm1", "conv1", "x"]) {
			const at = parsePlace(layer);
			const [plain, knowing] = [await sessionOf(residualNetwork()), await sessionOf(residualNetwork())];
			await knowing.remember({ x }, [at]);
			for (const method of ["lrp", "deeplift", "saliency", "guided-backprop", "integrated-gradients", "occlusion"]) {
				const ask = { inputs: { x }, unit, at, parameters: {} };
				const [expected, found] = [await runToEnd(plain, method, ask), await runToEnd(knowing, method, ask)];
				assert.deepEqual(found.maps[0]?.tensor.shape, expected.maps[0]?.tensor.shape);
				// Folded, the values before a layer are those of the file up to rounding.
				assertClose(found.maps[0]?.tensor.data ?? [], expected.maps[0]?.tensor.data ?? [Number.NaN], 1e-5);
				assertClose([found.provenance.unitValue ?? 0], [expected.provenance.unitValue ?? Number.NaN], 1e-5);
			}
		}
	});

	it("is where a walk that ends there begins: nothing before it is computed", async () => {
		const at = parsePlace("sum");
		for (const isKnown of [false, true]) {
			const session = (await sessionOf(residualNetwork())) as Session;
			if (isKnown) await session.remember({ x }, [at]);
			const rehearsal = new Rehearsal();
			await runToEnd(session.rehearse(rehearsal), "lrp", { inputs: { x }, unit, at, parameters: {} });
			const ops = rehearsal.runs.flatMap(({ program }) => program.instructions.map(({ op }) => op));
			assert.equal(ops.includes("conv2d"), !isKnown);
		}
	});

	it("is about the numbers of the inputs, not about their tensors", async () => {
		const session = await sessionOf(residualNetwork());
		const changing = copyOf(x);
		await session.remember({ x: changing }, [parsePlace("sum")]);
		changing.data.fill(0.5);
		const fresh = await sessionOf(residualNetwork());
		const expected = await fresh.forward({ x: changing }, [parsePlace("sum")]);
		assert.deepEqual(await session.forward({ x: changing }, [parsePlace("sum")]), expected);
		assert.notDeepEqual(await session.forward({ x }, [parsePlace("sum")]), expected);
	});

	it("is not spoilt by who changes what it was given", async () => {
		const session = await sessionOf(residualNetwork());
		await session.remember({ x }, [parsePlace("sum")]);
		const [first] = await session.forward({ x }, [parsePlace("sum")]);
		const expected = first?.data.slice();
		first?.data.fill(0);
		assert.deepEqual((await session.forward({ x }, [parsePlace("sum")]))[0]?.data, expected);
	});

	it("does not learn from a rehearsal, which computes nothing", async () => {
		const session = (await sessionOf(residualNetwork())) as Session;
		await session.rehearse(new Rehearsal()).remember({ x }, [parsePlace("sum")]);
		const [value] = await session.forward({ x }, [parsePlace("sum")]);
		assert.ok(value?.data.some((number) => number !== 0));
	});

	it("gives up what was used longest ago, and never begins with more than it may hold", () => {
		const known = new KnownValues();
		const filled = (size: number, value: number) => float32([1, size], new Float32Array(size).fill(value));
		const big = (value: number) => ({ x: filled(2 ** 20, value) });
		const keep = (value: number) => known.keep(big(value), new Map([["v", filled(1, value)]]));
		for (let value = 1; value <= 15; value++) keep(value);
		assert.ok(known.find(big(1), ["v"]), "15 of 4 MB are kept");
		for (let value = 16; value <= 20; value++) keep(value);
		assert.ok(known.find(big(1), ["v"]), "it was used");
		assert.equal(known.find(big(2), ["v"]), undefined);
		const huge = { x: filled(5 * 2 ** 20, 30) };
		known.keep(huge, new Map());
		assert.equal(known.find(huge, []), undefined);
		assert.ok(known.find(big(20), ["v"]));
	});
});
