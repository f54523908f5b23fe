import assert from "node:assert/strict";
import { gradientComposite } from "../../../src/core/rules/composites";
import { namedComposite } from "../../../src/core/rules/lrp-composites/named";
import { float32, type Tensor } from "../../../src/shared/tensor";
import { parsePlace, parseUnitAddress } from "../../../src/shared/unit-parser";
import { assertClose, sumOf } from "./close";
import { SmallModel, sessionOf, tensor } from "./small-model";
import { INPUT, logit, relevanceByDifferences, T, transformer } from "./transformer";

const named = (name: string) => namedComposite(name, {});

/** Relevance at places, started with the value of the unit. */
async function relevance(model: SmallModel, name: string, unit: string, at: string[], inputs: Record<string, Tensor>) {
	const session = await sessionOf(model);
	const { maps, unitValue } = await session.backward(
		{
			composite: named(name),
			unit: parseUnitAddress(unit),
			at: at.map((place) => (place === "input" ? ("input" as const) : parsePlace(place))),
			start: "value",
			passes: [],
		},
		inputs,
	);
	return { maps: maps.map(({ tensor: map }) => Array.from(map.data)), unit: unitValue[0] as number };
}

describe("AttnLRP and CP-LRP on a transformer block", () => {
	it("the plain function of the comparison is the model", async () => {
		const session = await sessionOf(transformer());
		const [value] = await session.unitValue({ x: INPUT }, parseUnitAddress(`logits[1]@${T - 1}`));
		const plain = logit(INPUT.data, 1, { factor: 1, holdsAttention: false });
		assert.ok(Math.abs((value as number) - plain.value) < 1e-5);
		const { maps } = await session.backward(
			{
				composite: gradientComposite,
				unit: parseUnitAddress(`logits[1]@${T - 1}`),
				at: ["input"],
				start: "one",
				passes: [],
			},
			{ x: INPUT },
		);
		assert.equal(maps.length, 1);
	});

	for (const label of [0, 1, 2]) {
		it(`AttnLRP is input times gradient with halved factors and held statistics (class ${label})`, async () => {
			const { maps } = await relevance(transformer(), "AttnLRP", `logits[${label}]@${T - 1}`, ["input"], { x: INPUT });
			assertClose(
				maps[0] ?? [],
				relevanceByDifferences(INPUT.data, label, { factor: 0.5, holdsAttention: false }),
				1e-4,
			);
		});

		it(`CP-LRP is input times gradient with held attention weights (class ${label})`, async () => {
			const { maps } = await relevance(transformer(), "CP-LRP", `logits[${label}]@${T - 1}`, ["input"], { x: INPUT });
			assertClose(maps[0] ?? [], relevanceByDifferences(INPUT.data, label, { factor: 1, holdsAttention: true }), 1e-4);
		});
	}

	it("CP-LRP sends nothing to queries and keys, AttnLRP does", async () => {
		const places = ["query", "key", "value"];
		const cp = await relevance(transformer(), "CP-LRP", `logits[0]@${T - 1}`, places, { x: INPUT });
		const attn = await relevance(transformer(), "AttnLRP", `logits[0]@${T - 1}`, places, { x: INPUT });
		const size = (map: number[] | undefined) => Math.max(...(map ?? []).map(Math.abs));
		assert.deepEqual(cp.maps.slice(0, 2).map(size), [0, 0]);
		for (const map of [cp.maps[2], ...attn.maps]) assert.ok(size(map) > 1e-5);
	});

	it("no relevance reaches a token that comes later than the explained one", async () => {
		const { maps } = await relevance(transformer(), "AttnLRP", "logits[0]@1", ["input"], { x: INPUT });
		const perToken = Array.from({ length: T }, (_, t) => maps[0]?.slice(t * 5, t * 5 + 5).map(Math.abs) ?? []);
		assert.ok(sumOf(perToken[1] ?? []) > 1e-3);
		assert.deepEqual([...(perToken[2] ?? []), ...(perToken[3] ?? [])], new Array(10).fill(0));
	});
});

/** One op on two inputs, so that the rule is seen alone. */
function product(op: string, shapes: readonly number[][], attrs = {}) {
	const model = new SmallModel();
	const [x, y] = shapes.map((shape, index) => model.input("xy"[index] as string, shape)) as [string, string];
	return model.output(model.layer("made", op, [x, y], { attrs }));
}

describe("rules for what transformers are made of, each against a loop", () => {
	it("a matrix product is shared half and half, in proportion to its summands", async () => {
		const [x, y] = [tensor([1, 3, 4], 31), tensor([1, 4, 2], 32)];
		const { maps, unit } = await relevance(
			product("MatMul", [
				[3, 4],
				[4, 2],
			]),
			"AttnLRP",
			"made",
			["input"],
			{ x, y },
		);
		const [ofX, ofY] = [new Array<number>(12).fill(0), new Array<number>(8).fill(0)];
		for (let i = 0; i < 3; i++)
			for (let j = 0; j < 2; j++)
				for (let k = 0; k < 4; k++) {
					// The relevance of an element is its value, so that a summand is the share of itself.
					const summand = (x.data[i * 4 + k] as number) * (y.data[k * 2 + j] as number);
					ofX[i * 4 + k] = (ofX[i * 4 + k] as number) + summand / 2;
					ofY[k * 2 + j] = (ofY[k * 2 + j] as number) + summand / 2;
				}
		assertClose(maps[0] ?? [], ofX);
		assertClose(maps[1] ?? [], ofY);
		assert.ok(Math.abs(sumOf(maps.flat()) - unit) < 1e-5);
	});

	it("a softmax follows its Taylor expansion, and closed inputs get nothing", async () => {
		const values = [0.4, -1.2, Number.NEGATIVE_INFINITY, 2, 0.7];
		const start = tensor([1, 5], 33);
		start.data[2] = 0;
		const masked = new SmallModel();
		const open = masked.layer(
			"open",
			"MaskedFill",
			[masked.input("x", [5]), masked.input("m", [5], { dtype: "bool" })],
			{
				attrs: { value: Number.NEGATIVE_INFINITY },
			},
		);
		masked.output(masked.layer("made", "Softmax", open));
		const { maps } = await (await sessionOf(masked)).backward(
			{ composite: named("AttnLRP"), unit: parseUnitAddress("made^post"), at: ["input"], start, passes: [] },
			{
				x: float32([1, 5], [0.4, -1.2, 9, 2, 0.7]),
				m: { dtype: "bool", shape: [1, 5], data: Uint8Array.of(1, 1, 0, 1, 1) },
			},
		);
		const powers = values.map(Math.exp);
		const total = sumOf(powers);
		const arrived = sumOf(start.data);
		const expected = powers.map((power, i) =>
			i === 2 ? 0 : (values[i] as number) * ((start.data[i] as number) - (power / total) * arrived),
		);
		assertClose(maps[0]?.tensor.data ?? [], expected);
	});

	it("layer normalisation is centring, scale and shift with the deviation held: shifts keep their part", async () => {
		const [gamma, beta] = [tensor([6], 34), tensor([6], 35)];
		const model = new SmallModel();
		const x = model.input("x", [6]);
		model.output(model.layer("made", "LayerNormalization", x, { params: { gamma, beta }, attrs: { epsilon: 0.01 } }));
		const input = tensor([1, 6], 36);
		const { maps } = await relevance(model, "AttnLRP", "made", ["input"], { x: input });
		const values = Array.from(input.data);
		const mean = sumOf(values) / 6;
		const deviation = Math.sqrt(sumOf(values.map((v) => (v - mean) ** 2)) / 6 + 0.01);
		const expected = new Array<number>(6).fill(0);
		for (let to = 0; to < 6; to++)
			for (let from = 0; from < 6; from++) {
				const weight = (((from === to ? 1 : 0) - 1 / 6) / deviation) * (gamma.data[to] as number);
				expected[from] = (expected[from] as number) + (values[from] as number) * weight;
			}
		assertClose(maps[0] ?? [], expected);
	});

	it("RMS normalisation and activations pass relevance unchanged", async () => {
		for (const [op, params] of [
			["RMSNormalization", { scale: tensor([6], 37) }],
			["Gelu", {}],
			["Silu", {}],
			["Tanh", {}],
		] as const) {
			const model = new SmallModel();
			model.output(model.layer("made", op, model.input("x", [6]), { params }));
			const input = tensor([1, 6], 38);
			const session = await sessionOf(model);
			const [made] = await session.forward({ x: input });
			const { maps } = await relevance(model, "AttnLRP", "made", ["input"], { x: input });
			assertClose(maps[0] ?? [], made?.data ?? [], 1e-5, op);
		}
	});

	it("a gated unit halves its relevance between value and gate, in one op or in two", async () => {
		const input = tensor([1, 3, 6], 39);
		const fused = new SmallModel();
		fused.output(fused.layer("made", "Glu", fused.input("x", [3, 6])));
		const apart = new SmallModel();
		const x = apart.input("x", [3, 6]);
		const half = (name: string, start: number) =>
			apart.layer(name, "GetItem", x, { attrs: { index: ["...", { start, stop: start + 3, step: null }] } });
		apart.output(apart.layer("made", "Mul", [half("value", 0), apart.layer("gate", "Sigmoid", half("open", 3))]));
		const [one, two] = [
			await relevance(fused, "AttnLRP", "made", ["input"], { x: input }),
			await relevance(apart, "AttnLRP", "made", ["input"], { x: input }),
		];
		assertClose(one.maps[0] ?? [], two.maps[0] ?? []);
		assert.ok(Math.abs(sumOf(one.maps[0] ?? []) - one.unit) < 1e-5);
	});

	it("a divisor is held: the dividend takes everything", async () => {
		const [x, y] = [tensor([1, 4], 40), float32([1, 4], [2, 0.5, -1, 3])];
		const { maps } = await relevance(product("Div", [[4], [4]]), "AttnLRP", "made", ["input"], { x, y });
		assertClose(
			maps[0] ?? [],
			Array.from(x.data, (value, i) => value / (y.data[i] as number)),
		);
		assert.deepEqual(maps[1], [0, 0, 0, 0]);
	});

	it("a normalisation that is kept op by op holds its statistics as well: its divisor, or the factor made of it", async () => {
		const input = tensor([1, 2, 6], 41);
		const whole = (op: string) => {
			const model = new SmallModel();
			return model.output(model.layer("made", op, model.input("x", [2, 6]), { attrs: { epsilon: 0.01 } }));
		};
		const apart = (centres: boolean, factor: boolean) => {
			const model = new SmallModel();
			const x = model.input("x", [2, 6]);
			const mean = (name: string, of: string) =>
				model.layer(name, "Mean", of, { attrs: { axes: [-1], keepDims: true } });
			const centred = centres ? model.layer("centred", "Sub", [x, mean("mean", x)]) : x;
			const power = mean("power", model.layer("square", "PowConstant", centred, { attrs: { constant: 2 } }));
			const raised = model.layer("raised", "AddConstant", power, { attrs: { constant: 0.01 } });
			const root = model.layer("root", "Sqrt", raised);
			if (!factor) return model.output(model.layer("made", "Div", [centred, root]));
			const inverse = model.layer("inverse", "ConstantDiv", root, { attrs: { constant: 1 } });
			return model.output(model.layer("made", "Mul", [centred, inverse]));
		};
		for (const name of ["AttnLRP", "CP-LRP"])
			for (const [op, centres] of [
				["RMSNormalization", false],
				["LayerNormalization", true],
			] as const) {
				const { maps } = await relevance(whole(op), name, "made@1,2", ["input"], { x: input });
				for (const factor of [false, true]) {
					const found = await relevance(apart(centres, factor), name, "made@1,2", ["input"], { x: input });
					assertClose(found.maps[0] ?? [], maps[0] ?? [], 1e-5, `${op}, ${factor ? "factor" : "divisor"}`);
				}
			}
	});

	it("a factor made of the shape of the input alone is a constant: it takes nothing", async () => {
		const model = new SmallModel();
		const x = model.input("x", [3, 2]);
		const place = model.layer("place", "AttentionBand", [x, x], { attrs: { causal: true } });
		const factor = model.layer("factor", "Sum", model.layer("cast", "Cast", place, { attrs: { dtype: "float32" } }), {
			attrs: { axes: [-1], keepDims: true },
		});
		model.output(model.layer("made", "Mul", [x, factor]));
		const input = tensor([1, 3, 2], 42);
		const { maps } = await relevance(model, "AttnLRP", "made", ["input"], { x: input });
		assertClose(
			maps[0] ?? [],
			Array.from(input.data, (value, index) => value * (Math.floor(index / 2) + 1)),
		);
	});

	it("a constant matrix among the arguments is a linear layer", async () => {
		const matrix = [
			[1, -2],
			[0.5, 3],
			[-1, 1],
		];
		const model = new SmallModel();
		model.output(model.layer("made", "MatMulConstant", model.input("x", [3]), { attrs: { constant: matrix } }));
		const input = tensor([1, 3], 43);
		const { maps } = await relevance(model, "AttnLRP", "made", ["input"], { x: input });
		assertClose(
			maps[0] ?? [],
			matrix.map((row, index) => (input.data[index] as number) * sumOf(row)),
		);
	});
});
