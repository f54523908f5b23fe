import type { UnitChange } from "../shared/result";
import { short, table } from "./terminal";

/** Units before and after an edit of the input, for each example: lines of a table. */
export function changesTable(changes: readonly UnitChange[]): string[] {
	const examples = changes[0]?.before.length ?? 0;
	return Array.from({ length: examples }, (_, example) => {
		const rows = changes.map(({ unit, label, before, after }) => {
			const [from, to] = [before[example] ?? Number.NaN, after[example] ?? Number.NaN];
			return [unit, short(from), short(to), `${to > from ? "+" : ""}${short(to - from)}`, label ?? ""];
		});
		const lines = table(["unit", "before", "after", "change", "label"], rows);
		return examples > 1 ? [`example ${example}`, ...lines] : lines;
	}).flat();
}
