import { InvalidRequestError } from "../../shared/errors";
import { nearestNames } from "./nearest";

/**
 * Index of the class with this label: exactly as written, else without regard to case, else the only label that has it
 * as one of its comma-separated names (`tabby, tabby cat` of ImageNet).
 * @throws InvalidRequestError naming near labels
 */
export function labelIndex(label: string, labels: readonly string[], where: string): number {
	const exact = labels.indexOf(label);
	if (exact >= 0) return exact;
	const wanted = label.trim().toLowerCase();
	for (const matches of [
		(other: string) => other.toLowerCase() === wanted,
		(other: string) =>
			other
				.toLowerCase()
				.split(/\s*,\s*/)
				.includes(wanted),
	]) {
		const found = labels.flatMap((other, index) => (matches(other) ? [index] : []));
		if (found.length === 1) return found[0] as number;
		if (found.length > 1) {
			throw new InvalidRequestError(
				`the label "${label}" is that of ${found.length} classes: ${found.join(", ")}`,
				where,
				"Give the index of the class instead.",
			);
		}
	}
	const near = nearestNames(label, labels);
	const hint =
		near.length > 0
			? `Did you mean ${near.map((name) => `"${name}"`).join(", ")}?`
			: `The ${labels.length} labels are those of the model's classes; a class can be given by its index as well.`;
	throw new InvalidRequestError(`no class has the label "${label}"`, where, hint);
}
