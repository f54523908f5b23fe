import { type ColormapId, colormap, type ValueRange } from "../../src/shared/colormap";
import type { Pixels } from "../pictures/painting";
import { formatNumber } from "../state/format";

const MARGIN = 16;
const LINE = 17;
const BAR = 12;
/** Longer side of the picture, about: pixels of a map become whole squares of it. */
const AIM = 512;

/** A map as a figure that can stand alone: caption above, colour bar with numbers below, black on white. */
export async function figurePng(
	pixels: Pixels,
	caption: readonly string[],
	range: ValueRange,
	colours: ColormapId,
): Promise<Blob> {
	const times = Math.max(1, Math.round(AIM / Math.max(pixels.width, pixels.height)));
	const [width, height] = [pixels.width * times, pixels.height * times];
	const full = Math.max(width, 320) + 2 * MARGIN;
	const top = MARGIN + caption.length * LINE + 6;
	const canvas = new OffscreenCanvas(full, top + height + MARGIN + BAR + LINE + MARGIN);
	const context = canvas.getContext("2d");
	if (!context) throw new RangeError("this browser gives no canvas to draw a figure on");
	context.fillStyle = "#ffffff";
	context.fillRect(0, 0, canvas.width, canvas.height);
	context.fillStyle = "#000000";
	context.textBaseline = "top";
	for (const [index, line] of caption.entries()) {
		context.font = `${index === 0 ? "600 " : ""}13px sans-serif`;
		context.fillText(line, MARGIN, MARGIN + index * LINE, full - 2 * MARGIN);
	}
	const small = new OffscreenCanvas(pixels.width, pixels.height);
	small.getContext("2d")?.putImageData(new ImageData(pixels.rgba, pixels.width, pixels.height), 0, 0);
	context.imageSmoothingEnabled = false;
	context.drawImage(small, MARGIN, top, width, height);
	drawBar(context, MARGIN, top + height + MARGIN, full - 2 * MARGIN, range, colours);
	return canvas.convertToBlob({ type: "image/png" });
}

function drawBar(
	context: OffscreenCanvasRenderingContext2D,
	left: number,
	top: number,
	width: number,
	{ low, high }: ValueRange,
	colours: ColormapId,
): void {
	const { table } = colormap(colours);
	for (let x = 0; x < width; x++) {
		const at = Math.round((x / Math.max(1, width - 1)) * 255) * 3;
		context.fillStyle = `rgb(${table[at]} ${table[at + 1]} ${table[at + 2]})`;
		context.fillRect(left + x, top, 1, BAR);
	}
	context.fillStyle = "#000000";
	context.font = "12px sans-serif";
	for (const [share, align] of [
		[0, "left"],
		[0.5, "center"],
		[1, "right"],
	] as const) {
		context.textAlign = align;
		context.fillText(formatNumber(low + (high - low) * share, 3), left + share * width, top + BAR + 3);
	}
	context.textAlign = "left";
}
