import { Builder } from "../../builder";
import { BATCH } from "../../dims";
import type { Dim, Instruction, Program, Value, ValueType } from "../../types";
import { broadcastTo, crop, cropPatched, pad, reshape } from "../../vocabulary";
import { fixedValues } from "../hoist";
import { copyInstruction } from "../rewrite";
import { type Base, baseName } from "./bases";
import { type Box, boxInterval, fixedPosition, type Position, scaled } from "./box";
import {
	type Cut,
	cutOf,
	isWhole,
	type Region,
	Regions,
	sameCut,
	sampleBoxes,
	wholeRegion,
	worthwhile,
} from "./region";
import type { Padding, RegionCall } from "./region-call";
import { REGION_RULES } from "./rules";

/** A program that computes what changes when a box of one input is edited, for a batch of boxes. */
export interface RegionalProgram {
	/**
	 * Has the outputs of the whole program. Inputs: `patch`, the region of the input around the box with the edit in it;
	 * the positions; the bases, which hold the values of the unedited example.
	 */
	readonly program: Program;
	/** By the names under which `program` reads them; `basesProgram` computes them. */
	readonly bases: ReadonlyMap<string, Base>;
	/** The region of the input that `patch` holds. */
	readonly patch: Region;
	/** What the int32 inputs [N, columns] hold for each box, column by column. */
	readonly positions: ReadonlyMap<string, readonly Position[]>;
}

export const PATCH = "patch";

/** A value of the whole program as the regional one knows it; none for one that the edit does not reach. */
interface Changed {
	readonly value: Value;
	readonly region: Region;
}

/**
 * Rewrites a program for boxes of one input: each value is recomputed only where the edit can reach it. What an op reads
 * around that comes from the values of the unedited example. Regions grow from op to op; where one becomes most of the
 * map, and at ops that know no regions, everything from there on is computed as a whole.
 * @param boxes every box that the program is to serve: regions are as large as the largest needs
 * @returns `undefined` when there is nothing to gain, or no way to tell
 */
export function regionalProgram(program: Program, input: string, boxes: Iterable<Box>): RegionalProgram | undefined {
	const id = program.inputs.get(input);
	if (id === undefined) return undefined;
	const { type } = program.instructions[id] as Instruction;
	if (!isPlain(type)) return undefined;
	const regions = new Regions(sampleBoxes(boxes, type.shape.length - 1));
	const patch = type.shape.map((extent, axis) =>
		axis === 0 ? undefined : regions.along(boxInterval(axis - 1), extent),
	);
	if (isWhole(patch)) return undefined;
	return new RegionalBuilder(program, regions).build(id, patch);
}

/** One axis of examples, in front. */
const isPlain = ({ shape }: ValueType) => shape[0] === BATCH && shape.slice(1).every((dim) => dim >= 0);

class RegionalBuilder {
	private readonly b = new Builder();
	private readonly changed = new Map<number, Changed>();
	private readonly copies = new Map<number, Value>();
	private readonly fixed: ReadonlySet<number>;
	private readonly positions = new Map<string, readonly Position[]>();
	private readonly bases = new Map<string, Base>();

	constructor(
		private readonly program: Program,
		private readonly regions: Regions,
	) {
		this.fixed = fixedValues(program);
	}

	build(edited: number, patch: Region): RegionalProgram | undefined {
		const { program, b } = this;
		for (const instruction of program.instructions) {
			const { id, inputs, type } = instruction;
			if (id === edited) {
				const shape = type.shape.map((dim, axis) => patch[axis]?.size ?? dim);
				this.changed.set(id, { value: b.input(PATCH, type.dtype, shape), region: patch });
			} else if (inputs.some((input) => this.changed.has(input))) {
				const made = this.recompute(instruction);
				if (!made) return undefined;
				this.changed.set(id, made);
			}
		}
		for (const [name, id] of program.outputs) {
			const value = this.entire(id);
			if (!value) return undefined;
			b.output(name, value);
		}
		return { program: b.build(), bases: this.bases, patch, positions: this.positions };
	}

	private recompute(instruction: Instruction): Changed | undefined {
		const rule = REGION_RULES.get(instruction.op);
		const call = this.call(instruction);
		const isOpen = instruction.inputs.every((input) => {
			const changed = this.changed.get(input);
			return this.fixed.has(input) || (isPlain(this.typeOf(input)) && !(changed && isWhole(changed.region)));
		});
		if (rule && isOpen && isPlain(instruction.type)) {
			const region = worthwhile(rule.region(call) ?? wholeRegion(instruction.type.shape.length));
			if (!isWhole(region)) return { value: rule.emit(call, region), region };
		}
		const operands = instruction.inputs.map((input) => this.entire(input));
		if (operands.includes(undefined)) return undefined;
		const value = copyInstruction(this.b, instruction, operands as Value[]);
		return { value, region: wholeRegion(value.shape.length) };
	}

	private call(instruction: Instruction): RegionCall {
		const operand = (index: number) => instruction.inputs[index] as number;
		return {
			b: this.b,
			instruction,
			regions: this.regions,
			operandType: (index) => this.typeOf(operand(index)),
			operandRegion: (index) => this.changed.get(operand(index))?.region,
			isFixed: (index) => this.fixed.has(operand(index)),
			fixed: (index) => this.copy(operand(index)),
			cut: (index, cuts, padding) => this.cut(operand(index), instruction.type.shape.length, cuts, padding),
			cutFrom: (value, cuts) => this.cutFrom(value, cuts),
		};
	}

	private typeOf(id: number): ValueType {
		return (this.program.instructions[id] as Instruction).type;
	}

	/** A value that weights and constants decide. */
	private copy(id: number): Value {
		const known = this.copies.get(id);
		if (known) return known;
		const instruction = this.program.instructions[id] as Instruction;
		const value = copyInstruction(
			this.b,
			instruction,
			instruction.inputs.map((input) => this.copy(input)),
		);
		this.copies.set(id, value);
		return value;
	}

	/** The value of the unedited example: [1, ...]. */
	private base(id: number, padding: Padding | undefined): Value {
		const { dtype, shape } = this.typeOf(id);
		const name = baseName({ id, padding });
		this.bases.set(name, { id, padding });
		const padded = shape.map((extent, axis) => {
			const [before, after] = padding?.amounts[axis] ?? [0, 0];
			return axis === 0 ? 1 : before + extent + after;
		});
		return this.b.input(name, dtype, padded);
	}

	/** @param rank of the result that the operand is for */
	private cut(id: number, rank: number, cuts: readonly (Cut | undefined)[], padding?: Padding): Value {
		const isPadded = padding?.amounts.some(([before, after]) => before + after > 0) ?? false;
		const around = isPadded ? padding : undefined;
		const changed = this.changed.get(id);
		if (changed) return this.cutChanged(id, changed, cuts, around);
		if (!this.fixed.has(id)) return this.cutFrom(this.base(id, around), cuts);
		const value = this.copy(id);
		const source = around ? pad(this.b, value, around.amounts, around.value) : value;
		if (cuts.every((cut) => cut === undefined)) return source;
		// Broadcasting goes from the last axis: the axis of the examples, and others, may be missing.
		const missing = rank - cuts.length;
		const extended = reshape(this.b, source, [...new Array<number>(missing).fill(1), ...source.shape]);
		return this.cutFrom(extended, [...new Array<undefined>(missing).fill(undefined), ...cuts]);
	}

	private cutFrom(value: Value, cuts: readonly (Cut | undefined)[]): Value {
		const axes = [...cuts.keys()].filter((axis) => cuts[axis]);
		if (axes.length === 0) return value;
		const taken = axes.map((axis) => cuts[axis] as Cut);
		const at = this.positionInput(taken.map(({ begin }) => begin));
		return crop(
			this.b,
			value,
			at,
			axes,
			taken.map(({ size }) => size),
		);
	}

	private cutChanged(
		id: number,
		{ value, region }: Changed,
		cuts: readonly (Cut | undefined)[],
		padding: Padding | undefined,
	): Value {
		const amounts = padding?.amounts ?? [];
		const isMargin = (axis: number) => (amounts[axis]?.[0] ?? 0) + (amounts[axis]?.[1] ?? 0) > 0;
		const axes = [...cuts.keys()].filter((axis) => isMargin(axis) || !sameCut(region[axis], cuts[axis]));
		if (axes.length === 0) return value;
		// Along the other axes the patch is as it is wanted, so that positions are needed where base and patch differ too.
		const touched = [...cuts.keys()].filter((axis) => axes.includes(axis) || cuts[axis] || region[axis]);
		const base = this.base(id, padding);
		const wanted = touched.map((axis) => cuts[axis] ?? { size: base.shape[axis] as number, begin: fixedPosition(0) });
		const lies = touched.map((axis) =>
			scaled(cutOf(region[axis])?.begin ?? fixedPosition(0), 1, amounts[axis]?.[0] ?? 0),
		);
		return cropPatched(
			this.b,
			base,
			{ value, at: this.positionInput(lies) },
			this.positionInput(wanted.map(({ begin }) => begin)),
			touched,
			wanted.map(({ size }) => size),
		);
	}

	/** All of a value, for every example of the batch. */
	private entire(id: number): Value | undefined {
		const type = this.typeOf(id);
		if (this.changed.has(id))
			return this.cut(
				id,
				type.shape.length,
				type.shape.map(() => undefined),
			);
		if (this.fixed.has(id)) return this.copy(id);
		return isPlain(type) ? broadcastTo(this.b, this.base(id, undefined), type.shape) : undefined;
	}

	private positionInput(positions: readonly Position[]): Value {
		const name = `at ${positions.map(({ key }) => key).join(" ")}`;
		this.positions.set(name, positions);
		const shape: Dim[] = [BATCH, positions.length];
		return this.b.input(name, "int32", shape);
	}
}
