import { InvalidRequestError } from "../../shared/errors";
import { numberAttr, numbersAttr } from "../ops/attributes";
import { axisOf, knownExtent } from "../ops/numbers";
import type { Builder } from "../program/builder";
import { knownNumbers, knownTensor } from "../program/known";
import type { Value } from "../program/types";
import { renamedNode } from "./bodies";
import type { Attr, GraphBody, GraphNode } from "./types";

/**
 * Nodes with graphs inside (`If`, `Loop`, `Scan`, as in ONNX) are replaced by the nodes of these graphs when a program
 * is built: how often a loop runs must be known then. Rules meet only plain nodes.
 */
export interface Expansion {
	readonly b: Builder;
	/** The program value of a graph value that was lowered; `undefined` when it is blocked. */
	value(name: string): Value | undefined;
	/** Lowers a plain node. */
	lower(node: GraphNode): void;
}

const ITERATIONS = "iterations of a Loop";
/** More iterations make programs that take minutes to compile. */
const MOST_ITERATIONS = 2000;

/** Lowers what a node with graphs inside stands for. @throws InvalidRequestError when that depends on values of an input */
export function expandControlFlow(expansion: Expansion, node: GraphNode): void {
	const expand = EXPANSIONS[node.op];
	if (!expand) throw new InvalidRequestError(`the op ${node.op} with inner graphs is not supported`);
	expand(expansion, node);
}

function bodyOf(node: GraphNode, name: string): GraphBody {
	const body = node.bodies?.[name];
	if (!body) throw new InvalidRequestError(`the inner graph ${name} is missing`);
	return body;
}

/** Nodes made for a control node, under names of their own. */
class Maker {
	private count = 0;

	constructor(
		private readonly expansion: Expansion,
		private readonly node: GraphNode,
	) {}

	/** @returns the name of the output */
	emit(op: string, inputs: readonly string[], attrs: Readonly<Record<string, Attr>> = {}, output?: string): string {
		const id = `${this.node.id}/${op}_${this.count++}`;
		const name = output ?? id;
		this.expansion.lower({ id, op, inputs, outputs: [name], attrs, params: {}, layer: this.node.layer });
		return name;
	}

	/** Lowers the nodes of a body whose inputs are bound to values. @returns the names of its outputs */
	inline(body: GraphBody, inputs: readonly string[], copy: string): string[] {
		const names = new Map<string, string>(body.inputs.map((name, at) => [name, inputs[at] as string]));
		const within = (name: string) => `${this.node.id}/${copy}/${name}`;
		for (const { outputs } of body.nodes) for (const name of outputs) names.set(name, within(name));
		const renamed = (name: string) => names.get(name) ?? name;
		for (const node of body.nodes) this.expansion.lower({ ...renamedNode(node, renamed), id: within(node.id) });
		return body.outputs.map(renamed);
	}
}

function knownNumber({ b, value }: Expansion, name: string): number | undefined {
	const found = value(name);
	const known = found && knownTensor(b, found);
	return known && !known.batch && known.data.length === 1 ? known.data[0] : undefined;
}

/** A number that decides what is emitted. @throws NumbersNeededError when inputs of the model decide it */
function neededNumber({ b, value }: Expansion, name: string, what: string): number {
	const found = value(name);
	if (!found) throw new InvalidRequestError(`what decides the ${what} is not computed`);
	return knownNumbers(b, found, what)[0] as number;
}

/** The branch that is known to be taken; both, and a choice between their results, when the condition is data. */
function expandIf(expansion: Expansion, node: GraphNode): void {
	const make = new Maker(expansion, node);
	const condition = node.inputs[0] as string;
	const [then, otherwise] = [bodyOf(node, "whenTrue"), bodyOf(node, "whenFalse")];
	const known = knownNumber(expansion, condition);
	if (known !== undefined) {
		const results = make.inline(known !== 0 ? then : otherwise, [], "taken");
		for (const [at, output] of node.outputs.entries()) make.emit("Identity", [results[at] as string], {}, output);
		return;
	}
	const [left, right] = [make.inline(then, [], "whenTrue"), make.inline(otherwise, [], "whenFalse")];
	for (const [at, output] of node.outputs.entries()) {
		const results = [left[at] as string, right[at] as string] as const;
		const [a, c] = results.map((name) => expansion.value(name));
		// Branches of different shapes are no choice between elements: which is taken must be known.
		if (a && c && a.shape.join() !== c.shape.join())
			neededNumber(expansion, condition, "shapes of the branches of an If");
		make.emit("Select", [condition, ...results], {}, output);
	}
}

/** inputs: trip count (attr `hasCount`), condition (attr `hasCondition`), states; attrs: `states` */
function expandLoop(expansion: Expansion, node: GraphNode): void {
	const make = new Maker(expansion, node);
	const body = bodyOf(node, "body");
	const inputs = [...node.inputs];
	const count = node.attrs.hasCount
		? neededNumber(expansion, inputs.shift() as string, ITERATIONS)
		: Number.POSITIVE_INFINITY;
	let condition = node.attrs.hasCondition ? (inputs.shift() as string) : undefined;
	let states = inputs.slice(0, numberAttr(node.attrs, "states"));
	const scanned = body.outputs.slice(1 + states.length).map((): string[] => []);
	for (let iteration = 0; iteration < count; iteration++) {
		if (condition !== undefined && neededNumber(expansion, condition, ITERATIONS) === 0) break;
		if (iteration >= MOST_ITERATIONS)
			throw new InvalidRequestError(`a Loop of more than ${MOST_ITERATIONS} iterations is not unrolled`);
		const step = make.emit("Constant", [], { constant: iteration, dtype: "int32" });
		const holds = make.emit("Constant", [], { constant: true, dtype: "bool" });
		const results = make.inline(body, [step, holds, ...states], String(iteration));
		condition = results[0];
		states = results.slice(1, 1 + states.length);
		for (const [at, list] of scanned.entries()) list.push(results[1 + states.length + at] as string);
	}
	for (const [at, output] of node.outputs.entries()) {
		if (at < states.length) make.emit("Identity", [states[at] as string], {}, output);
		else {
			const steps = scanned[at - states.length] ?? [];
			if (steps.length === 0)
				throw new InvalidRequestError("a Loop that does not run gives no result of its iterations");
			make.emit("Stack", steps, { axis: 0 }, output);
		}
	}
}

/** inputs: states, then what is scanned; attrs: `states`, `inputAxes`, `inputReversed`, `outputAxes`, `outputReversed` */
function expandScan(expansion: Expansion, node: GraphNode): void {
	const make = new Maker(expansion, node);
	const body = bodyOf(node, "body");
	const stateCount = numberAttr(node.attrs, "states");
	let states = node.inputs.slice(0, stateCount);
	const sequences = node.inputs.slice(stateCount, body.inputs.length);
	const list = (name: string, size: number) => {
		const given = numbersAttr(node.attrs, name, []);
		return given.length === 0 ? new Array<number>(size).fill(0) : given;
	};
	const axes = list("inputAxes", sequences.length);
	const reversed = list("inputReversed", sequences.length);
	const lengths = sequences.map((name, at) => {
		const value = expansion.value(name);
		return value && knownExtent(value, axisOf(axes[at] as number, value.shape.length));
	});
	const length = lengths.find((extent) => extent !== undefined);
	// Something before it is not computed, and says why.
	if (length === undefined) {
		for (const output of node.outputs) make.emit("Identity", [sequences[0] as string], {}, output);
		return;
	}
	if (lengths.some((extent) => extent !== undefined && extent !== length))
		throw new InvalidRequestError(`the sequences of a Scan have different lengths: ${lengths.join(", ")}`);
	if (length > MOST_ITERATIONS)
		throw new InvalidRequestError(`a Scan of more than ${MOST_ITERATIONS} steps is not unrolled`);
	const scanned = body.outputs.slice(stateCount).map((): string[] => []);
	for (let step = 0; step < length; step++) {
		const parts = sequences.map((name, at) =>
			make.emit("TakePlace", [name], { axis: axes[at], place: reversed[at] ? length - 1 - step : step }),
		);
		const results = make.inline(body, [...states, ...parts], String(step));
		states = results.slice(0, stateCount);
		for (const [at, steps] of scanned.entries()) steps.push(results[stateCount + at] as string);
	}
	const outputAxes = list("outputAxes", scanned.length);
	const outputReversed = list("outputReversed", scanned.length);
	for (const [at, output] of node.outputs.entries()) {
		if (at < stateCount) make.emit("Identity", [states[at] as string], {}, output);
		else {
			const steps = scanned[at - stateCount] ?? [];
			const ordered = outputReversed[at - stateCount] ? [...steps].reverse() : steps;
			make.emit("Stack", ordered, { axis: outputAxes[at - stateCount] }, output);
		}
	}
}

const EXPANSIONS: Readonly<Record<string, (expansion: Expansion, node: GraphNode) => void>> = {
	If: expandIf,
	Loop: expandLoop,
	Scan: expandScan,
};
