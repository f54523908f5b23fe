import type { Edit } from "../model-session";

/** Edits of one input that one program serves. */
export interface EditGroup {
	readonly input: string;
	readonly edits: readonly Edit[];
	/** Their places among all edits. */
	readonly indices: readonly number[];
}

/**
 * Operations of all edits, each computed as a whole, from which on the boxes along each axis are told apart in 2 or 3
 * classes. What a box near the border reaches is cut off there, so that a program of its own has less to do; but each
 * program takes some tenths of a second to be made.
 */
const TWO_CLASSES = 5e11;
const THREE_CLASSES = 5e12;

/** @param flops operations for one edit, computed as a whole */
export function groupEdits(
	edits: readonly Edit[],
	flops: number,
	shapeOf: (input: string) => readonly number[],
): EditGroup[] {
	const work = flops * edits.length;
	const classes = work > THREE_CLASSES ? 3 : work > TWO_CLASSES ? 2 : 1;
	const places = new Map<string, number[]>();
	for (const [index, { input }] of edits.entries()) {
		const known = places.get(input);
		if (known) known.push(index);
		else places.set(input, [index]);
	}
	return [...places].flatMap(([input, indices]) => {
		const classOf = bordering(
			indices.map((index) => edits[index] as Edit),
			shapeOf(input),
			classes,
		);
		const groups = new Map<string, number[]>();
		for (const index of indices) {
			const key = classOf(edits[index] as Edit);
			const known = groups.get(key);
			if (known) known.push(index);
			else groups.set(key, [index]);
		}
		return [...groups.values()].map((members) => ({
			input,
			edits: members.map((index) => edits[index] as Edit),
			indices: members,
		}));
	});
}

/** Tells how near a box comes to the border along each axis: in classes of as many different distances each. */
function bordering(edits: readonly Edit[], shape: readonly number[], classes: number): (edit: Edit) => string {
	const distance = ({ begin, end }: Edit, axis: number) =>
		Math.min(begin[axis] as number, (shape[axis] as number) - (end[axis] as number));
	const ranks = shape.map((_, axis) => {
		const different = [...new Set(edits.map((edit) => distance(edit, axis)))].sort((a, b) => a - b);
		return new Map(different.map((value, rank) => [value, Math.floor((classes * rank) / different.length)]));
	});
	return (edit) => ranks.map((rank, axis) => rank.get(distance(edit, axis))).join();
}
