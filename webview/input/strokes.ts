import type { SymbolicShape } from "../../src/shared/model";

/** One movement of the pen, in pixels of the pad. */
export interface Stroke {
	readonly width: number;
	readonly colour: string;
	readonly points: readonly (readonly [number, number])[];
}

/** A drawing: strokes, in the order they were made. */
export type Drawing = readonly Stroke[];

export const undo = (drawing: Drawing): Drawing => drawing.slice(0, -1);

/** Takes the last stroke on to a point. */
export function extend(drawing: Drawing, x: number, y: number): Drawing {
	const last = drawing.at(-1);
	if (!last) return drawing;
	return [...drawing.slice(0, -1), { ...last, points: [...last.points, [x, y]] }];
}

/** Pen colours where nothing was chosen: what models of strokes are mostly trained on is light on dark. */
export function defaultColours(isInverted: boolean | undefined): { ink: string; paper: string } {
	return isInverted ? { ink: "#000000", paper: "#ffffff" } : { ink: "#ffffff", paper: "#000000" };
}

/** The pad in pixels: as wide and high as the model's input in proportion, its longer side `side`. */
export function padSize(
	height: number | null | undefined,
	width: number | null | undefined,
	side: number,
): [number, number] {
	if (!height || !width) return [side, side];
	const scale = side / Math.max(height, width);
	return [Math.max(16, Math.round(height * scale)), Math.max(16, Math.round(width * scale))];
}

/** Rows and columns, with one channel, three or four, last or first. */
export function isPictureShape(shape: SymbolicShape): boolean {
	const isChannels = (extent: number | null | undefined) => extent === 1 || extent === 3 || extent === 4;
	const isSide = (extent: number | null | undefined) => extent === null || (extent !== undefined && extent > 4);
	const [, a, b, c, ...more] = shape;
	if (more.length > 0) return false;
	if (c === undefined) return isSide(a) && isSide(b);
	return (isSide(a) && isSide(b) && isChannels(c)) || (isChannels(a) && isSide(b) && isSide(c));
}

/** Draws strokes on a canvas whose paper is there already. */
export function paintStrokes(context: CanvasRenderingContext2D, drawing: Drawing): void {
	context.lineCap = "round";
	context.lineJoin = "round";
	for (const { width, colour, points } of drawing) {
		const [first, ...others] = points;
		if (!first) continue;
		context.strokeStyle = colour;
		context.lineWidth = width;
		context.beginPath();
		context.moveTo(...first);
		// A dot is a line to itself: round caps make it a disc.
		if (others.length === 0) context.lineTo(...first);
		for (const point of others) context.lineTo(...point);
		context.stroke();
	}
}
