import assert from "node:assert/strict";
import { deconvnet, gradientComposite, guidedBackprop } from "../../../src/core/rules/composites";
import { namedComposite } from "../../../src/core/rules/lrp-composites/named";
import type { Composite } from "../../../src/core/rules/rule";
import type { BackwardRequest, ModelSession } from "../../../src/core/session/model-session";
import { LaminaError } from "../../../src/shared/errors";
import { float32, type Tensor } from "../../../src/shared/tensor";
import { parsePlace, parseUnitAddress } from "../../../src/shared/unit-parser";
import { assertClose, sumOf } from "./close";
import { biasFreeNetwork, residualNetwork } from "./networks";
import { SmallModel, sessionOf, tensor } from "./small-model";

function request(
	composite: Composite,
	unit: string,
	at: string[] = ["input"],
	more: Partial<BackwardRequest> = {},
): BackwardRequest {
	return {
		composite,
		unit: parseUnitAddress(unit),
		at: at.map((place) => (place === "input" ? "input" : parsePlace(place))),
		start: "one",
		passes: [],
		...more,
	};
}

const named = (name: string): Composite => namedComposite(name, {});
const x = tensor([1, 6, 6, 2], 11);

/** (f(x + h) - f(x - h)) / 2h for every element of the input. */
async function finiteDifferences(session: ModelSession, input: Tensor, unit: string): Promise<number[]> {
	const h = 1 / 256;
	const size = input.data.length;
	const data = new Float32Array(2 * size * size);
	for (let at = 0; at < size; at++) {
		for (const [side, sign] of [1, -1].entries()) {
			data.set(input.data, (2 * at + side) * size);
			data[(2 * at + side) * size + at] = (input.data[at] as number) + sign * h;
		}
	}
	const values = await session.unitValue(
		{ x: { dtype: "float32", shape: [2 * size, ...input.shape.slice(1)], data } },
		parseUnitAddress(unit),
	);
	return Array.from(
		{ length: size },
		(_, at) => ((values[2 * at] as number) - (values[2 * at + 1] as number)) / (2 * h),
	);
}

describe("The gradient", () => {
	// Finite differences of float32 sums of size 10 with a step of 1/256: rounding of 1e-6 becomes 1e-3 of the largest entry.
	for (const unit of [
		"predictions[1]",
		"predictions[0] - predictions[2]",
		"conv2[3]",
		"conv2[3]@1,2",
		"norm1[2]:mean",
		"sum",
		"predictions[1]^post",
	]) {
		it(`of ${unit} equals finite differences through a whole network`, async () => {
			const session = await sessionOf(residualNetwork());
			const { maps } = await session.backward(request(gradientComposite, unit), { x });
			assertClose(maps[0]?.tensor.data ?? [], await finiteDifferences(session, x, unit), 5e-3);
		});
	}

	it("of a channel's largest value is that of the position where it is", async () => {
		const session = await sessionOf(residualNetwork());
		const [map] = await session.forward({ x }, [{ layer: "conv1" }]);
		let best = 0;
		for (let at = 0; at < 36; at++)
			if ((map?.data[at * 4 + 1] as number) > (map?.data[best * 4 + 1] as number)) best = at;
		const largest = await session.backward(request(gradientComposite, "conv1[1]:max"), { x });
		const there = await session.backward(request(gradientComposite, `conv1[1]@${Math.floor(best / 6)},${best % 6}`), {
			x,
		});
		assert.equal(largest.unitValue[0], there.unitValue[0]);
		assert.deepEqual(largest.maps[0]?.tensor.data, there.maps[0]?.tensor.data);
	});

	it("is that of each example by itself in a batch", async () => {
		const session = await sessionOf(residualNetwork());
		const batch = tensor([3, 6, 6, 2], 21);
		const together = await session.backward(request(gradientComposite, "predictions[2]"), { x: batch });
		for (let example = 0; example < 3; example++) {
			const single = float32([1, 6, 6, 2], batch.data.slice(example * 72, (example + 1) * 72));
			const alone = await session.backward(request(gradientComposite, "predictions[2]"), { x: single });
			assertClose(
				together.maps[0]?.tensor.data.slice(example * 72, (example + 1) * 72) ?? [],
				alone.maps[0]?.tensor.data ?? [],
				1e-5,
			);
		}
	});

	it("is the same when a small memory budget splits the batch", async () => {
		const batch = tensor([5, 6, 6, 2], 22);
		const whole = await (await sessionOf(residualNetwork())).backward(
			request(gradientComposite, "predictions[0]", ["input", "conv1"]),
			{ x: batch },
		);
		const split = await (await sessionOf(residualNetwork(), { memoryBudget: 1 })).backward(
			request(gradientComposite, "predictions[0]", ["input", "conv1"]),
			{ x: batch },
		);
		assert.equal(split.maps[1]?.tensor.shape[0], 5);
		assertClose(split.maps[0]?.tensor.data ?? [], whole.maps[0]?.tensor.data ?? [], 1e-6);
		assertClose(split.unitValue, whole.unitValue, 1e-6);
	});

	it("of a value that is used twice is the sum over both uses", async () => {
		const model = new SmallModel();
		const input = model.input("x", [3]);
		model.output(model.layer("square", "Mul", [input, input], { channelAxis: 1 }));
		const session = await sessionOf(model);
		const value = float32([1, 3], [1, -2, 0.5]);
		const { maps } = await session.backward(request(gradientComposite, "square"), { x: value });
		assertClose(maps[0]?.tensor.data ?? [], [2, -4, 1]);
	});

	it("of an input that the unit does not look at is zero", async () => {
		const model = new SmallModel();
		const first = model.input("x", [2]);
		model.input("y", [2]);
		model.output(model.layer("relu", "Relu", first, { channelAxis: 1 }));
		const session = await sessionOf(model);
		const { maps } = await session.backward(request(gradientComposite, "relu"), {
			x: float32([1, 2], [1, -1]),
			y: float32([1, 2], [3, 4]),
		});
		assert.deepEqual(
			maps.map((map) => [map.at, Array.from(map.tensor.data)]),
			[
				["x", [1, 0]],
				["y", [0, 0]],
			],
		);
	});

	it("is refused at a layer that the unit does not depend on", async () => {
		const session = await sessionOf(residualNetwork());
		await assert.rejects(
			session.backward(request(gradientComposite, "conv1[0]", ["conv2"]), { x }),
			(error: LaminaError) => error.code === "invalid" && /does not depend on "conv2"/.test(error.message),
		);
	});
});

describe("Guided backpropagation and DeconvNet", () => {
	const chain = () => {
		const model = new SmallModel();
		const dense = model.layer("dense", "Dense", model.input("x", [3]), {
			params: { kernel: float32([3, 4], [1, -1, 2, 0.5, -2, 1, 1, -1, 0.5, 0.25, -1, 1]) },
			activation: "Relu",
			channelAxis: 1,
		});
		return model.output(
			model.layer("out", "Dense", dense, { params: { kernel: float32([4, 1], [1, -3, -2, 4]) }, channelAxis: 1 }),
		);
	};
	const input = float32([1, 3], [1, 0.5, -1]);
	// Before the ReLU: [1, -0.5, 2.5, -0.5] x weights below; the gradient that arrives there is [1, -3, -2, 4].
	const kernel = [
		[1, -1, 2, 0.5],
		[-2, 1, 1, -1],
		[0.5, 0.25, -1, 1],
	];
	const before = [0, 1, 2, 3].map((unit) =>
		[1, 0.5, -1].reduce((sum, value, at) => sum + value * (kernel[at]?.[unit] as number), 0),
	);
	const arriving = [1, -3, -2, 4];
	const back = (gated: number[]) =>
		kernel.map((row) => row.reduce((sum, weight, unit) => sum + weight * (gated[unit] as number), 0));

	it("guided backpropagation passes where input and gradient are positive", async () => {
		const { maps } = await (await sessionOf(chain())).backward(request(guidedBackprop, "out"), { x: input });
		assertClose(
			maps[0]?.tensor.data ?? [],
			back(arriving.map((g, unit) => ((before[unit] as number) > 0 && g > 0 ? g : 0))),
		);
	});

	it("DeconvNet passes the positive gradient whatever the input", async () => {
		const { maps } = await (await sessionOf(chain())).backward(request(deconvnet, "out"), { x: input });
		assertClose(maps[0]?.tensor.data ?? [], back(arriving.map((g) => Math.max(0, g))));
	});

	it("both are the plain gradient where the activation is no ReLU", async () => {
		const model = new SmallModel();
		const dense = model.layer("dense", "Dense", model.input("x", [3]), {
			params: { kernel: tensor([3, 4], 1) },
			channelAxis: 1,
		});
		const leaky = model.layer("leaky", "LeakyRelu", dense, { attrs: { alpha: 0.25 }, channelAxis: 1 });
		model.output(model.layer("out", "Dense", leaky, { params: { kernel: tensor([4, 1], 2) }, channelAxis: 1 }));
		const session = await sessionOf(model);
		const plain = await session.backward(request(gradientComposite, "out"), { x: input });
		for (const composite of [guidedBackprop, deconvnet]) {
			assert.deepEqual(
				(await session.backward(request(composite, "out"), { x: input })).maps[0]?.tensor.data,
				plain.maps[0]?.tensor.data,
			);
		}
	});
});

describe("Relevance", () => {
	// Alpha 2 with beta 1 conserves only where a unit has both excitation and inhibition, so it is not among these.
	for (const name of ["EpsilonPlus", "EpsilonPlusFlat", "EpsilonGammaBox", "ExcitationBackprop"]) {
		it(`is conserved layer by layer under ${name} where there is no bias, through the residual add too`, async () => {
			const session = await sessionOf(biasFreeNetwork());
			const composite = namedComposite(name, { low: -1, high: 1 });
			// All relevance passes conv1, on the way through conv2 and beside it.
			const places = ["input", "conv1", "sum", "average"];
			const { maps, unitValue } = await session.backward(
				request(composite, "predictions[1]", places, { start: "value" }),
				{ x },
			);
			for (const { at, tensor: relevance } of maps)
				assertClose([sumOf(relevance.data)], [unitValue[0] as number], 1e-3, `${name} at ${at}`);
		});
	}

	it("splits at a sum in proportion to the summands", async () => {
		const model = new SmallModel();
		const [a, c] = [model.input("a", [3]), model.input("b", [3])];
		model.output(model.layer("sum", "Add", [a, c], { channelAxis: 1 }));
		const session = await sessionOf(model);
		const inputs = { a: float32([1, 3], [1, 2, -1]), b: float32([1, 3], [3, -1, -3]) };
		const start = float32([1, 3], [8, 3, 4]);
		const { maps } = await session.backward(request(named("EpsilonPlus"), "sum", ["input"], { start }), inputs);
		assertClose(maps[0]?.tensor.data ?? [], [2, 6, 1]);
		assertClose(maps[1]?.tensor.data ?? [], [6, -3, 3]);
	});

	it("passes activations and batch normalisation unchanged", async () => {
		const session = await sessionOf(residualNetwork());
		const { maps } = await session.backward(
			request(named("EpsilonPlus"), "predictions[1]", ["conv1", "norm1", "relu1"], { start: "value" }),
			{ x },
		);
		assert.deepEqual(maps[0]?.tensor.data, maps[1]?.tensor.data);
		assert.deepEqual(maps[1]?.tensor.data, maps[2]?.tensor.data);
	});

	it("starts at each element with its own value", async () => {
		const session = await sessionOf(residualNetwork());
		const { maps, unitValue } = await session.backward(
			request(named("EpsilonPlus"), "conv1[2]", ["conv1"], { start: "value" }),
			{ x },
		);
		const expected = Array.from(maps[0]?.activation.data ?? [], (value, at) => (at % 4 === 2 ? value : 0));
		assertClose(maps[0]?.tensor.data ?? [], expected);
		assertClose(unitValue, [sumOf(expected)], 1e-5);
	});

	it("shares the product of two factors evenly, and leaves none to a constant", async () => {
		const model = new SmallModel();
		const [a, c] = [model.input("a", [2]), model.input("b", [2])];
		const scaled = model.layer("scaled", "MulConstant", a, { attrs: { constant: 4 }, channelAxis: 1 });
		model.output(model.layer("product", "Mul", [scaled, c], { channelAxis: 1 }));
		const session = await sessionOf(model);
		const { maps, unitValue } = await session.backward(
			request(named("EpsilonPlus"), "product", ["input"], { start: "value" }),
			{ a: float32([1, 2], [1, 2]), b: float32([1, 2], [3, -1]) },
		);
		assert.equal(unitValue[0], 4);
		assertClose(maps[0]?.tensor.data ?? [], [6, -4]);
		assertClose(maps[1]?.tensor.data ?? [], [6, -4]);
	});

	it("is refused, naming the layer, where no rule is known", async () => {
		const model = new SmallModel();
		const input = model.input("x", [2]);
		model.output(model.layer("ratio", "Div", [input, model.layer("relu", "Relu", input)], { channelAxis: 1 }));
		const session = await sessionOf(model);
		await assert.rejects(
			session.backward(request(named("EpsilonPlus"), "ratio"), { x: float32([1, 2], [1, 2]) }),
			(error: LaminaError) =>
				error.code === "unsupported" && /Div/.test(error.message) && /ratio/.test(error.where ?? ""),
		);
	});

	it("gives Flat to every linear layer that an input reaches first, and to no other", async () => {
		const model = new SmallModel();
		const input = model.input("x", [4]);
		const left = model.layer("left", "Dense", input, { params: { kernel: tensor([4, 2], 1) }, channelAxis: 1 });
		const right = model.layer("right", "Dense", model.layer("relu", "Relu", input), {
			params: { kernel: tensor([4, 2], 2) },
			channelAxis: 1,
		});
		model.output(model.layer("sum", "Add", [left, right], { channelAxis: 1 }));
		const session = await sessionOf(model);
		const value = tensor([1, 4], 3);
		const { maps } = await session.backward(
			request(named("EpsilonPlusFlat"), "sum[0]", ["input", "left", "right"], { start: "value" }),
			{ x: value },
		);
		const total = (sumOf(maps[1]?.tensor.data ?? []) + sumOf(maps[2]?.tensor.data ?? [])) / 4;
		assertClose(maps[0]?.tensor.data ?? [], [total, total, total, total], 1e-4);
	});
});

describe("What cannot be computed", () => {
	it("names the layer that stands in the way; everything else works", async () => {
		const model = new SmallModel();
		const relu = model.layer("relu", "Relu", model.input("x", [2]), { channelAxis: 1 });
		model.output(model.layer("after", "Relu", model.unsupported("mystery", relu), { channelAxis: 1 }));
		const session = await sessionOf(model);
		const inputs = { x: float32([1, 2], [1, -1]) };
		const [value] = await session.forward(inputs, [{ layer: "relu" }]);
		assert.deepEqual(Array.from(value?.data ?? []), [1, 0]);
		await assert.rejects(
			session.forward(inputs),
			/^LaminaError: "after\S*" cannot be computed: layer "mystery" stands in/,
		);
		const last = new SmallModel();
		last.output(last.unsupported("mystery", last.input("x", [2])));
		await assert.rejects((await sessionOf(last)).forward(inputs), /^LaminaError: "mystery" cannot be computed\. /);
		for (const work of [
			session.forward(inputs),
			session.unitValue(inputs, parseUnitAddress("after[0]")),
			session.topUnit(inputs),
		]) {
			await assert.rejects(
				work,
				(error: LaminaError) =>
					error instanceof LaminaError && error.code === "unsupported" && /mystery/i.test(error.message),
			);
		}
	});

	it("stops between batches when it is told to", async () => {
		const session = await sessionOf(residualNetwork(), { memoryBudget: 1 });
		const controller = new AbortController();
		controller.abort();
		await assert.rejects(
			session.forward({ x }, [], controller.signal),
			(error: LaminaError) => error.code === "cancelled",
		);
	});
});
