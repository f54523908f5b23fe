import type { Tensor } from "../../../shared/tensor";
import type { Box } from "../../program/passes/regional/box";

/**
 * Copies a box of an example into another tensor, whose own element 0 along each axis lies at `origin` of the first.
 * @param fromExample row of the batch
 */
export function copyBox(
	from: Tensor,
	fromExample: number,
	box: Box,
	to: Tensor,
	toExample: number,
	origin: readonly number[],
): void {
	const [fromShape, toShape] = [from.shape.slice(1), to.shape.slice(1)];
	const last = fromShape.length - 1;
	const run = last < 0 ? 1 : (box.end[last] as number) - (box.begin[last] as number);
	const copyRow = (fromRow: number, toRow: number, axis: number): void => {
		if (axis >= last) {
			const source = last < 0 ? fromRow : fromRow * (fromShape[last] as number) + (box.begin[last] as number);
			const target =
				last < 0 ? toRow : toRow * (toShape[last] as number) + (box.begin[last] as number) - (origin[last] as number);
			to.data.set(from.data.subarray(source, source + run), target);
			return;
		}
		for (let at = box.begin[axis] as number; at < (box.end[axis] as number); at++) {
			copyRow(
				fromRow * (fromShape[axis] as number) + at,
				toRow * (toShape[axis] as number) + at - (origin[axis] as number),
				axis + 1,
			);
		}
	};
	copyRow(fromExample, toExample, 0);
}
