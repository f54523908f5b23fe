import type { LedgerEntry } from "../../shared/ledger";
import type { Tensor } from "../../shared/tensor";
import type { Builder } from "../program/builder";
import { BATCH, isBatchDim, productOf } from "../program/dims";
import type { Value } from "../program/types";
import { add, full, reshape, sum } from "../program/vocabulary";
import type { BackwardStep, Rule } from "./rule";

interface Line {
	readonly layer: string;
	readonly op: string;
	readonly rule: string;
	readonly hasAccount: boolean;
}

export interface Relevances {
	readonly received: readonly (Value | undefined)[];
	readonly passed: readonly (Value | undefined)[];
}

const outputName = (line: number, part: string): string => `ledger:${line}:${part}`;

/**
 * Notes what relevance each node of a walk takes in and hands on, as further outputs of the program; reads them back
 * from its results.
 */
export class Ledger {
	private readonly lines: Line[] = [];
	/** What the rule of the current node said it shares out, before biases and denominators take their part. */
	private accounted: Value | undefined;

	constructor(private readonly b: Builder) {}

	/** For {@link BackwardStep.account}. */
	readonly account = (shared: Value): void => {
		const total = this.perExample(shared);
		this.accounted = this.accounted ? add(this.b, this.accounted, total) : total;
	};

	/**
	 * Notes a node whose rule has run.
	 * @param received relevance at its outputs
	 * @param passed relevance at its inputs, of those that are wanted
	 */
	note(step: BackwardStep, rule: Rule, { received, passed }: Relevances): void {
		const line = this.lines.length;
		this.b.output(outputName(line, "received"), this.total(received));
		this.b.output(outputName(line, "passed"), this.total(passed));
		if (this.accounted) this.b.output(outputName(line, "accounted"), this.accounted);
		this.lines.push({
			layer: step.node.layer,
			op: step.node.op,
			rule: rule.id,
			hasAccount: this.accounted !== undefined,
		});
		this.accounted = undefined;
	}

	/** @param result outputs of the program by name */
	read(result: (name: string) => Tensor): LedgerEntry[] {
		return this.lines.map(({ layer, op, rule, hasAccount }, line) => {
			const numbers = (part: string) => Array.from(result(outputName(line, part)).data);
			const [received, passed] = [numbers("received"), numbers("passed")];
			if (!hasAccount) return { layer, op, rule, received, passed };
			const accounted = numbers("accounted");
			return {
				layer,
				op,
				rule,
				received,
				passed,
				stabilizer: received.map((value, example) => value - (accounted[example] ?? 0)),
				bias: accounted.map((value, example) => value - (passed[example] ?? 0)),
			};
		});
	}

	private total(values: readonly (Value | undefined)[]): Value {
		let total: Value | undefined;
		for (const value of values) {
			if (!value) continue;
			const part = this.perExample(value);
			total = total ? add(this.b, total, part) : part;
		}
		return total ?? full(this.b, [BATCH], 0);
	}

	/** [N]; where the first axis counts no examples, the sum of all as the only one. */
	private perExample(value: Value): Value {
		const [first = 1] = value.shape;
		if (!isBatchDim(first)) return reshape(this.b, sum(this.b, value, axesOf(value)), [1]);
		return sum(this.b, reshape(this.b, value, [BATCH, -productOf(value.shape)]), [1]);
	}
}

const axesOf = ({ shape }: Value): number[] => shape.map((_, axis) => axis);
