/**
 * What one op did with the relevance that arrived at it: sums over all elements, one number for each example.
 * received = passed + stabilizer + bias + rest.
 */
export interface LedgerEntry {
	layer: string;
	/** Op of the graph: `Conv2D`. */
	op: string;
	/** Id of the rule, with its parameters. */
	rule: string;
	/** What arrived from the ops that read its outputs. */
	received: number[];
	/** What it handed on to its inputs; those that do not depend on a model input take nothing. */
	passed: number[];
	/** Held back by the term that keeps denominators away from 0; known of rules for linear ops. */
	stabilizer?: number[];
	/** What biases took; known of rules for linear ops. */
	bias?: number[];
}

/** Lost at this op (positive) or made by it (negative) for an example, whatever took it. */
export const lostAt = ({ received, passed }: LedgerEntry, example: number): number =>
	(received[example] ?? 0) - (passed[example] ?? 0);
