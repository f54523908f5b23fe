import { type LedgerEntry, lostAt } from "../shared/ledger";
import { short, table } from "./terminal";

/** What became of the relevance of the first example, a line for each op in the order of the walk. */
export function ledgerTable(ledger: readonly LedgerEntry[]): string[] {
	const rows = ledger.map((entry) => [
		entry.layer,
		entry.op,
		number(entry.received),
		number(entry.passed),
		short(lostAt(entry, 0)),
		number(entry.bias),
		number(entry.stabilizer),
		entry.rule,
	]);
	const lost = ledger.reduce((sum, entry) => sum + lostAt(entry, 0), 0);
	return [
		...table(["layer", "op", "received", "passed on", "lost", "to biases", "to stabiliser", "rule"], rows),
		`lost in all: ${short(lost)}`,
	];
}

const number = (values: readonly number[] | undefined): string => (values ? short(values[0] ?? 0) : "");
