/**
 * What holds for every method of the registry, whatever it computes: each kind of model, each form of a unit, at the
 * inputs and at a layer. A new method is checked here without a line of its own.
 */
import assert from "node:assert/strict";
import { METHODS } from "../../../src/core/methods";
import type { Method, MethodRequest } from "../../../src/core/methods/method";
import { runToEnd } from "../../../src/core/methods/run-method";
import type { ModelSession } from "../../../src/core/session/model-session";
import { resolvePlace } from "../../../src/core/units/place";
import type { ParameterValue } from "../../../src/shared/methods";
import type { ExplanationResult } from "../../../src/shared/result";
import type { Tensor } from "../../../src/shared/tensor";
import { parsePlace, parseUnitAddress } from "../../../src/shared/unit-parser";
import type { Unit } from "../../../src/shared/units";
import { assertClose } from "../rules/close";
import { sessionOf } from "../rules/small-model";
import { KINDS, type KindOfModel } from "./kinds-of-models";

/** Whole numbers that say how much is computed, such as samples and steps, small enough for the slowest engine. */
function fewSamples({ parameters }: Method): Record<string, ParameterValue> {
	return Object.fromEntries(
		parameters.flatMap((parameter) =>
			parameter.type === "integer" && parameter.default > 12
				? [[parameter.name, Math.max(parameter.min ?? 1, 12)]]
				: [],
		),
	);
}

/** Runs a method where it makes a map: at the layer when it needs one. */
function run(
	session: ModelSession,
	method: Method,
	kind: KindOfModel,
	unit: string,
	more: Partial<MethodRequest> = {},
) {
	return runToEnd(session, method.id, {
		inputs: kind.inputs,
		unit: parseUnitAddress(unit),
		parameters: fewSamples(method),
		...(method.at === "required" && { at: parsePlace(kind.firstLayer) }),
		...more,
	});
}

/** Those that explain units of one kind only are checked by themselves. */
const explained = METHODS.filter(({ needs }) => needs.unit && needs.input && !needs.pooled && !needs.attention);

/** Methods that weight maps need positions before the unit. */
const applies = (method: Method, kind: KindOfModel) => !method.needs.spatial || kind.spatial;

/** The unit's value on each example from the layer's own values: a loop over elements. */
async function plainValue(session: ModelSession, inputs: KindOfModel["inputs"], unit: Unit): Promise<number[]> {
	const { layer } = resolvePlace(session.graph, unit.place);
	const last = session.graph.outputs.some((port) => port.layer === unit.place.layer);
	// A class is its logit unless it says otherwise.
	const stage = unit.place.stage ?? (last ? "pre" : undefined);
	const [value] = await session.forward(inputs, [{ ...unit.place, ...(stage && { stage }) }]);
	const { shape, data } = value as Tensor;
	const channelAxis = layer.channelAxis - 1;
	const size = data.length / (shape[0] ?? 1);
	return Array.from({ length: shape[0] ?? 1 }, (_, example) => {
		const chosen: number[] = [];
		for (let at = 0; at < size; at++) {
			const index: number[] = [];
			let rest = at;
			for (const extent of shape.slice(1).reverse()) {
				index.unshift(rest % extent);
				rest = Math.floor(rest / extent);
			}
			const position = index.filter((_, axis) => axis !== channelAxis);
			if (unit.channel !== undefined && index[channelAxis] !== unit.channel) continue;
			if (unit.position && unit.position.join() !== position.join()) continue;
			chosen.push(data[example * size + at] ?? Number.NaN);
		}
		if (unit.reduction === "max") return Math.max(...chosen);
		const sum = chosen.reduce((total, element) => total + element, 0);
		return unit.reduction === "mean" ? sum / chosen.length : sum;
	});
}

function assertWhole(result: ExplanationResult, what: string): void {
	assert.equal(result.progress, 1, what);
	assert.ok(result.maps.length > 0, `${what}: no map`);
	for (const { at, tensor } of result.maps) {
		assert.equal(tensor.dtype, "float32");
		assert.equal(
			tensor.data.length,
			tensor.shape.reduce((size, extent) => size * extent, 1),
			`${what}: the map of ${at} does not fill [${tensor.shape}]`,
		);
		assert.ok(tensor.data.every(Number.isFinite), `${what}: the map of ${at} is not finite`);
	}
}

/** Extents of a map that may differ from what it explains: 1 where channels are joined. */
function assertShaped(
	map: readonly number[],
	explainedShape: readonly number[],
	channelAxis: number,
	what: string,
): void {
	const fits =
		map.length === explainedShape.length &&
		map.every((extent, axis) => extent === explainedShape[axis] || (axis === channelAxis && extent === 1));
	assert.ok(fits, `${what}: the map has the shape [${map}], what it explains [${explainedShape}]`);
}

const sessions = new Map<KindOfModel, Promise<ModelSession>>();
function sessionFor(kind: KindOfModel): Promise<ModelSession> {
	const made = sessions.get(kind) ?? sessionOf(kind.model());
	sessions.set(kind, made);
	return made;
}

for (const method of explained) {
	describe(`Any method: ${method.id}`, function () {
		this.timeout(60_000);
		for (const kind of KINDS.filter((candidate) => applies(method, candidate))) {
			it(`explains every form of unit of ${kind.kind}`, async () => {
				const session = await sessionFor(kind);
				let empty = 0;
				for (const unit of kind.units) {
					const address = parseUnitAddress(unit);
					const result = await run(session, method, kind, unit);
					assertWhole(result, unit);
					const values = await plainValue(session, kind.inputs, address.unit);
					const less = address.minus ? await plainValue(session, kind.inputs, address.minus) : values.map(() => 0);
					assertClose([result.provenance.unitValue ?? Number.NaN], [(values[0] ?? 0) - (less[0] ?? 0)], 1e-4, unit);
					if (method.at === "input" || method.at === "none") {
						// One map of every input, or several that their titles tell apart; of those with positions where it needs them.
						const [explainedNow, wanted] = [
							new Set(result.maps.map(({ at }) => at)),
							Object.keys(kind.inputs).filter(
								(name) => !method.needs.spatial || (kind.inputs[name]?.shape.length ?? 0) > 2,
							),
						];
						for (const name of wanted) assert.ok(explainedNow.has(name), `${unit}: no map of ${name}`);
						for (const name of explainedNow) assert.ok(name in kind.inputs, `${unit}: a map of ${name}`);
						assert.equal(new Set(result.maps.map(({ at, title }) => `${at} ${title}`)).size, result.maps.length, unit);
						for (const { at, tensor, channelAxis } of result.maps)
							assertShaped(tensor.shape, kind.inputs[at]?.shape ?? [], channelAxis, unit);
					}
					if (result.maps.every(({ tensor }) => tensor.data.every((value) => value === 0))) empty++;
				}
				assert.ok(empty < kind.units.length / 2, `${empty} of ${kind.units.length} maps hold nothing but 0`);
			});

			if (!method.needs.batch) {
				it(`explains the examples of ${kind.kind} independently`, async () => {
					const session = await sessionFor(kind);
					const together = await run(session, method, kind, kind.aboveLayer);
					// Random numbers are drawn for the batch, so that the second example's alone would be others.
					const which = method.usesSeed ? 0 : 1;
					const alone = await run(session, method, kind, kind.aboveLayer, {
						inputs: Object.fromEntries(
							Object.entries(kind.inputs).map(([name, value]) => [name, exampleOf(value, which)]),
						),
					});
					for (const [index, { tensor }] of alone.maps.entries()) {
						const both = together.maps[index]?.tensor as Tensor;
						assert.equal(both.shape[0], 2);
						if (!method.usesSeed) assertClose(exampleOf(both, which).data, tensor.data, 1e-4);
					}
				});
			}

			if (method.at !== "none") {
				it(`makes a map at a layer of ${kind.kind}`, async () => {
					const session = await sessionFor(kind);
					const place = parsePlace(kind.layer);
					const result = await run(session, method, kind, kind.aboveLayer, { at: place });
					assertWhole(result, kind.layer);
					const [value] = await session.forward(kind.inputs, [place]);
					assert.deepEqual([...new Set(result.maps.map(({ at: where }) => where))], [kind.layer]);
					for (const { tensor, channelAxis } of result.maps)
						assertShaped(tensor.shape, value?.shape ?? [], channelAxis, kind.layer);
					assert.ok(result.maps.some(({ tensor }) => tensor.data.some((element) => element !== 0)));
				});
			}
		}
	});
}

function exampleOf({ dtype, shape, data }: Tensor, example: number): Tensor {
	const size = data.length / (shape[0] ?? 1);
	return { dtype, shape: [1, ...shape.slice(1)], data: data.slice(example * size, (example + 1) * size) };
}
