import type { Tensor } from "../../shared/tensor";
import type { Place } from "../../shared/units";
import type { WeightSource } from "../engine/engine";
import type { PreparedRequest } from "../methods/method";
import type { Builder } from "../program/builder";
import { BATCH } from "../program/dims";
import type { Program, Value } from "../program/types";
import { broadcastTo, constant } from "../program/vocabulary";
import type { Composite } from "../rules/rule";
import { activationName, mapName, referenceName } from "../session/build-programs";
import { referenceInput } from "../session/lowerings";
import type { ModelSession } from "../session/model-session";
import { inline } from "./inline";

/** A map of an exported method, as a value of its program. */
export interface ProgramMap {
	readonly at: string;
	readonly channelAxis: number;
	/** [N, ...]. */
	readonly value: Value;
}

export interface WalkedMap extends ProgramMap {
	/** The value of the place. */
	readonly activation: Value;
	readonly reference?: Value;
}

/** How an exported method walks: as `BackwardRequest`, the unit and the places being those of the question. */
export interface ExportedWalk {
	readonly composite: Composite;
	readonly start?: "one" | "value";
	readonly passes?: readonly string[];
	readonly at?: readonly (Place | "input")[];
	/** Other inputs than the model's own, by name; all of them hold `times` as many examples. */
	readonly inputs?: Readonly<Record<string, Value>>;
	readonly times?: number;
	/** Reference inputs, for composites that compare with one: one example, the same for all. */
	readonly reference?: Readonly<Record<string, Tensor>>;
}

/** What a method's program is written with: the same walks that it makes when it runs, as parts of one program. */
export class ProgramContext {
	/** The model's inputs, [N, ...]. */
	readonly inputs: Readonly<Record<string, Value>>;
	/** Where each weight that the walks named comes from. */
	readonly weights = new Map<string, WeightSource>();

	constructor(
		readonly b: Builder,
		readonly session: ModelSession,
		/** Its inputs hold one example, which tells the shapes. */
		readonly request: PreparedRequest,
	) {
		this.inputs = Object.fromEntries(
			Object.entries(request.inputs).map(([name, { dtype, shape }]) => [
				name,
				b.input(name, dtype, [BATCH, ...shape.slice(1)]),
			]),
		);
	}

	private noteWeights({ instructions }: Program, source: WeightSource): void {
		for (const { op, attributes } of instructions)
			if (op === "weight") this.weights.set(String(attributes.name), source);
	}

	/** One example, the same for all. */
	constant({ data, shape, dtype }: Tensor, times = 1): Value {
		const one = constant(this.b, data, shape, dtype);
		return broadcastTo(this.b, one, [BATCH * times, ...shape.slice(1)]);
	}

	walk({ inputs = this.inputs, times = 1, reference, ...how }: ExportedWalk): WalkedMap[] {
		const { request, session, b } = this;
		const { at = [request.at ?? "input"], start = "one", passes = [], composite } = how;
		const walked = session.walkProgram({ composite, unit: request.unit, at, start, passes }, request.inputs);
		this.noteWeights(walked.program, walked.weights);
		const given: Record<string, Value> = { ...inputs };
		for (const [name, tensor] of Object.entries(walked.constants)) given[name] = this.constant(tensor, times);
		for (const [name, tensor] of Object.entries(reference ?? {}))
			given[referenceInput(name)] = this.constant(tensor, times);
		const outputs = inline(b, walked.program, given, times);
		return walked.targets.flatMap((target, index): WalkedMap[] => {
			if (target.input !== undefined && request.held?.includes(target.input)) return [];
			const { at: place, channelAxis, input } = target;
			return [
				{
					at: place,
					channelAxis,
					value: outputs[mapName(index)] as Value,
					activation: input === undefined ? (outputs[activationName(index)] as Value) : (inputs[input] as Value),
					...(reference && {
						reference:
							input === undefined ? (outputs[referenceName(index)] as Value) : (given[referenceInput(input)] as Value),
					}),
				},
			];
		});
	}

	/** Values of places on the model's inputs. */
	forward(places: readonly Place[]): Value[] {
		const { program, values } = this.session.forwardProgram(places, this.request.inputs);
		this.noteWeights(program, this.session.weights);
		const outputs = inline(this.b, program, this.inputs);
		return values.map((name) => outputs[name] as Value);
	}
}
