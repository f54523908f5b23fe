/** Measures of a grid of tiles, in CSS pixels. */
export const CAPTION_HEIGHT = 17;
export const GAP = 8;
export const PADDING = 4;
const SMALLEST = 64;
const LARGEST = 144;

/** The largest side of a tile, in steps of 8 pixels, with which all tiles fit into the room; the smallest where none does. */
export function fittingSize(count: number, aspect: number, width: number, height: number): number {
	for (let side = LARGEST; side > SMALLEST; side -= 8) {
		const columns = Math.floor((width - 2 * PADDING + GAP) / (side + GAP));
		if (columns > 0 && Math.ceil(count / columns) * (side * aspect + CAPTION_HEIGHT + GAP) <= height) return side;
	}
	return SMALLEST;
}
