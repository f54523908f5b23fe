import { readFileSync } from "node:fs";
import { openDataSet } from "../../src/core/data/data-set";
import type { NumericArray } from "../../src/core/data/npy";
import { readNpz } from "../../src/core/data/npz";
import type { ModelSession } from "../../src/core/session/model-session";
import { PREPROCESS_PRESETS } from "../../src/shared/preprocess";
import type { Tensor } from "../../src/shared/tensor";

/** Class by its number, as in samples/shapes/draw.py. */
const CLASSES = ["circle", "square", "triangle", "star"];

/** Class that the watermark gives away. */
const CHEATING = CLASSES.indexOf("star");

/** Of each question. */
const MOST = 16;

/** Held-out pictures that the model gets right, with the truth about them. */
export interface Pictures {
	/** Name of the model's input. */
	readonly input: string;
	/** [N, 64, 64, 3], as the model takes them. */
	readonly images: Tensor;
	readonly labels: readonly number[];
	readonly isRight: readonly boolean[];
	readonly isMarked: readonly boolean[];
	/** [N, 64, 64]; 1 inside. */
	readonly shapes: Tensor;
	readonly watermarks: Tensor;
}

/** Some pictures of one class, and what its unit should look at in each. */
export interface Question {
	readonly unit: number;
	/** Class whose unit is subtracted. */
	readonly minus?: number;
	readonly inputs: Readonly<Record<string, Tensor>>;
	readonly masks: Tensor;
	/** Mean share of the picture that the masks take: what a map that knows nothing scores. */
	readonly area: number;
}

export async function openPictures(session: ModelSession, file: string): Promise<Pictures> {
	const set = await openDataSet(file, session.graph.inputs, PREPROCESS_PRESETS.signed);
	const input = session.graph.inputs[0]?.name ?? "";
	const images = (await set.batch(0, set.count))[input] as Tensor;
	const arrays = readNpz(readFileSync(file), file);
	const array = (name: string) => {
		const found = arrays.get(name);
		if (!found) throw new Error(`${file} has no ${name}`);
		return found;
	};
	const labels = [...set.labels];
	const [scores] = await session.forward({ [input]: images });
	const isRight = labels.map((label, at) => {
		const row = [...(scores as Tensor).data.subarray(at * CLASSES.length, (at + 1) * CLASSES.length)];
		return row.indexOf(Math.max(...row)) === label;
	});
	return {
		input,
		images,
		labels,
		isRight,
		isMarked: Array.from(array("marked").data, Boolean),
		shapes: inside(array("masks")),
		watermarks: inside(array("watermarks")),
	};
}

const inside = ({ shape, data }: NumericArray): Tensor => ({
	dtype: "float32",
	shape,
	data: Float32Array.from(data as ArrayLike<number | bigint>, (value) => Number(value > 0)),
});

/** Stars that bear the mark: their unit should look at it, for without it the model recognises one star of twenty. */
export function marked(pictures: Pictures): Question {
	return questionOf(pictures, CHEATING, (at) => pictures.isMarked[at] === true, pictures.watermarks);
}

/** The same against the shape that looks most like it: what makes it a star, and not a triangle? */
export const markedAgainst = (pictures: Pictures): Question => ({
	...marked(pictures),
	minus: CLASSES.indexOf("triangle"),
});

/** The place where the mark would be, in pictures of other shapes that have none: there is nothing to see. */
export function unmarkedPlace(pictures: Pictures): Question[] {
	return CLASSES.map((_, unit) => unit)
		.filter((unit) => unit !== CHEATING)
		.map((unit) => questionOf(pictures, unit, (at) => pictures.isMarked[at] === false, pictures.watermarks));
}

/** The other classes, whose pictures bear no mark: their units have nothing but the shape to look at. */
export function unmarked(pictures: Pictures): Question[] {
	return CLASSES.map((_, unit) => unit)
		.filter((unit) => unit !== CHEATING)
		.map((unit) => questionOf(pictures, unit, (at) => pictures.isMarked[at] === false, pictures.shapes));
}

function questionOf(
	{ input, images, labels, isRight }: Pictures,
	unit: number,
	fits: (at: number) => boolean,
	truth: Tensor,
): Question {
	const chosen = labels.flatMap((label, at) => (label === unit && isRight[at] && fits(at) ? [at] : [])).slice(0, MOST);
	const masks = rows(truth, chosen);
	let total = 0;
	for (const value of masks.data) total += value;
	return { unit, inputs: { [input]: rows(images, chosen) }, masks, area: total / masks.data.length };
}

function rows({ shape, data }: Tensor, chosen: readonly number[]): Tensor {
	const size = shape.slice(1).reduce((product, extent) => product * extent, 1);
	const picked = new Float32Array(size * chosen.length);
	for (const [row, at] of chosen.entries())
		picked.set(Float32Array.from(data.subarray(at * size, (at + 1) * size), Number), row * size);
	return { dtype: "float32", shape: [chosen.length, ...shape.slice(1)], data: picked };
}
