import assert from "node:assert/strict";
import { runToEnd } from "../../../src/core/methods/run-method";
import { type LedgerEntry, lostAt } from "../../../src/shared/ledger";
import { parseUnitAddress } from "../../../src/shared/unit-parser";
import { assertClose, sumOf } from "../rules/close";
import { residualNetwork } from "../rules/networks";
import { SmallModel, sessionOf, tensor } from "../rules/small-model";

const x = tensor([2, 6, 6, 2], 11);

async function ledgerOf(method: string, parameters: Record<string, string | number | boolean> = {}) {
	const session = await sessionOf(residualNetwork());
	const unit = parseUnitAddress("predictions[1]");
	return runToEnd(session, method, { inputs: { x }, unit, parameters, ledger: true });
}

const entriesOf = (ledger: readonly LedgerEntry[] | undefined) => ledger ?? assert.fail("there is no ledger");

describe("The relevance ledger", () => {
	it("begins with the unit's value, and what it says was lost is what the map lacks of it", async () => {
		for (const composite of ["EpsilonPlus", "EpsilonPlusFlat", "EpsilonAlpha2Beta1", "EpsilonGammaBox"]) {
			const result = await ledgerOf("lrp", { composite });
			const entries = entriesOf(result.ledger);
			for (const example of [0, 1]) {
				const map = result.maps[0] ?? assert.fail();
				const size = map.tensor.data.length / 2;
				const arrived = sumOf(map.tensor.data.subarray(example * size, (example + 1) * size));
				const lost = entries.reduce((sum, entry) => sum + lostAt(entry, example), 0);
				assertClose([arrived + lost], [entries[0]?.received[example] ?? 0], 1e-4);
			}
		}
	});

	it("tells what a bias takes and what the stabiliser holds back, as written out by hand", async () => {
		const [kernel, bias] = [tensor([3, 2], 5), tensor([2], 6)];
		const input = tensor([1, 3], 7);
		const model = new SmallModel();
		const end = model.layer("end", "Dense", model.input("v", [3]), { params: { kernel, bias } });
		const session = await sessionOf(model.output(end));
		const epsilon = 0.25;
		const { ledger } = await runToEnd(session, "lrp", {
			inputs: { v: input },
			unit: parseUnitAddress("end[1]"),
			parameters: { composite: "EpsilonPlus", epsilon },
			ledger: true,
		});
		const [entry, ...rest] = entriesOf(ledger);
		assert.deepEqual(rest, []);
		assert.equal(entry?.layer, "end");
		assert.match(entry.rule, /^epsilon\(0\.25/);
		const products = [0, 1, 2].map((i) => (input.data[i] as number) * (kernel.data[i * 2 + 1] as number));
		const b = bias.data[1] as number;
		const z = sumOf(products) + b;
		const share = z / (z + Math.sign(z) * epsilon);
		assertClose(entry.received, [z], 1e-6);
		assertClose(entry.passed, [share * sumOf(products)], 1e-6);
		assertClose(entry.bias ?? [], [share * b], 1e-6);
		assertClose(entry.stabilizer ?? [], [z - share * z], 1e-6);
	});

	it("is kept by every method of one walk, and by none of many", async () => {
		for (const method of ["saliency", "guided-backprop", "deeplift"])
			assert.ok(entriesOf((await ledgerOf(method)).ledger).length > 3, method);
		assert.equal((await ledgerOf("smoothgrad")).ledger, undefined);
		const session = await sessionOf(residualNetwork());
		const plain = await runToEnd(session, "lrp", {
			inputs: { x },
			unit: parseUnitAddress("predictions[1]"),
			parameters: {},
		});
		assert.equal(plain.ledger, undefined);
	});
});
