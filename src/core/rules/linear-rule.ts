import type { Builder } from "../program/builder";
import type { Value } from "../program/types";
import { add, div, full, mul, stabilize } from "../program/vocabulary";
import { pairs, vjpOnce } from "./gradient";
import type { BackwardStep, Rule } from "./rule";

/**
 * LRP rules for linear ops as data, after zennit's `BasicHook`. The op runs once for each branch with modified input
 * and params; relevance, divided by the (joined) results, goes back through the adjoint of each branch; what arrives
 * is weighted and summed. A rule says which parts are modified and how they recombine, never how the op works, so
 * dense layers, convolutions of all kinds, pooling and sums share them.
 */
export interface LinearRule {
	/** With its parameters: part of cache keys. */
	readonly id: string;
	readonly branches: readonly Branch[];
	/**
	 * Cotangent of each branch's result, `undefined` for zero.
	 * @param relevance what arrived at the output
	 * @param results of the branches, in order; `undefined` for a branch that is known to be zero
	 */
	share(b: Builder, relevance: Value, results: readonly (Value | undefined)[]): (Value | undefined)[];
}

export interface Branch {
	/** The input as this branch sees it; `undefined` when it is known to be zero everywhere. */
	readonly input: (b: Builder, x: Value) => Value | undefined;
	/** The weights as this branch sees them. */
	readonly weight: Modifier;
	/** The bias, `zero` to leave it out. */
	readonly bias: Modifier | "zero";
	/** Sign and size with which the branch counts in the sum. */
	readonly factor: number;
	/** Whether the gradient is multiplied with the branch's input; `no` for rules that ignore the input. */
	readonly timesInput: boolean;
}

export type Modifier = (b: Builder, param: Value) => Value;

export const asIs: Modifier = (_b, param) => param;

/** `undefined` for a branch whose results are not there counts as zero. */
export function sumOf(b: Builder, values: readonly (Value | undefined)[]): Value | undefined {
	let total: Value | undefined;
	for (const value of values) if (value) total = total ? add(b, total, value) : value;
	return total;
}

/** relevance / (z + sign(z) * epsilon); nothing where z is known to be zero, since nothing flows back through it. */
export function perUnit(b: Builder, relevance: Value, z: Value | undefined, epsilon: number): Value | undefined {
	return z && div(b, relevance, stabilize(b, z, epsilon));
}

export function linearRule(rule: LinearRule): Rule {
	return {
		id: rule.id,
		backward: (step) => {
			const { b } = step;
			const branches = rule.branches.map((branch) => ({ branch, run: runBranch(step, branch) }));
			const shares: (Value | undefined)[][] = branches.map(() => []);
			for (const [index, relevance] of step.relevance.entries()) {
				const results = branches.map(({ run }) => run?.outputs[index]);
				const share = relevance ? rule.share(b, relevance, results) : [];
				for (const [position, cotangents] of shares.entries()) cotangents.push(share[position]);
			}
			if (step.account) accountFor(step, branches, shares);
			const parts = branches.map(
				({ branch, run }, position) => run && contributions(step, branch, run, shares[position] ?? []),
			);
			return step.inputs.map((_, index) =>
				sumOf(
					b,
					parts.map((part) => part?.[index]),
				),
			);
		},
	};
}

interface BranchRun {
	inputs: readonly Value[];
	outputs: readonly Value[];
}

function runBranch(step: BackwardStep, branch: Branch): BranchRun | undefined {
	const { b, op, node } = step;
	const modified = step.inputs.map((x) => branch.input(b, x));
	if (modified.every((x) => x === undefined) && branch.bias === "zero") return undefined;
	const inputs = modified.map((x, index) => x ?? full(b, step.inputs[index]?.shape ?? [], 0));
	const params: Record<string, Value> = {};
	for (const [name, param] of Object.entries(step.params)) {
		if (!op.biasParams?.includes(name)) params[name] = branch.weight(b, param);
		else if (branch.bias !== "zero") params[name] = branch.bias(b, param);
		else if (!biasIsOptional(step)) params[name] = full(b, param.shape, 0);
	}
	return { inputs, outputs: op.forward(b, inputs, params, node.attrs) };
}

/** What the branches hand back, biases included: each result times its share. */
function accountFor(
	step: BackwardStep,
	branches: readonly { branch: Branch; run: BranchRun | undefined }[],
	shares: readonly (readonly (Value | undefined)[])[],
): void {
	const { b } = step;
	for (const [position, { branch, run }] of branches.entries()) {
		for (const [output, share] of pairs(run?.outputs ?? [], shares[position] ?? []))
			step.account?.(mul(b, mul(b, output, share), branch.factor));
	}
}

/** Dense layers and convolutions may lack a bias, so leaving it out saves an addition over the whole map. */
function biasIsOptional(step: BackwardStep): boolean {
	return step.op.family === "convolution" || step.op.family === "dense";
}

function contributions(
	step: BackwardStep,
	branch: Branch,
	run: BranchRun,
	cotangents: readonly (Value | undefined)[],
): (Value | undefined)[] {
	const { b } = step;
	const outputs = pairs(run.outputs, cotangents);
	if (outputs.length === 0) return [];
	return vjpOnce(b, outputs, run.inputs, step.wanted).map((g, index) => {
		if (!g) return undefined;
		const part = branch.timesInput ? mul(b, run.inputs[index] as Value, g) : g;
		return branch.factor === 1 ? part : mul(b, part, branch.factor);
	});
}
