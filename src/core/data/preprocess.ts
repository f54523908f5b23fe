import { InvalidRequestError } from "../../shared/errors";
import type { SymbolicShape } from "../../shared/model";
import type { PreprocessSpec } from "../../shared/preprocess";
import { type DType, float32, type Tensor } from "../../shared/tensor";
import type { Image } from "./image/image";
import { resize, type Samples } from "./resize";

/** How a model input holds a picture. */
export interface PictureLayout {
	/** `null` is free: the picture decides. */
	readonly height: number | null;
	readonly width: number | null;
	readonly channels: number | null;
	/** `none`: gray without an axis of channels. `flat`: one axis, rows from the top, channels innermost. */
	readonly order: "channels-last" | "channels-first" | "none" | "flat";
}

const isColour = (extent: number | null | undefined) => extent === 1 || extent === 3;

/**
 * How an input of this shape (batch included) takes a picture; undefined when it does not look like a picture.
 * `[N, H, W, C]`, `[N, C, H, W]`, `[N, H, W]`, and `[N, H * W]` or `[N, H * W * 3]` of a square picture.
 */
export function pictureLayout(shape: SymbolicShape): PictureLayout | undefined {
	const [, a, b, c] = shape;
	if (shape.length === 4) {
		if (isColour(c) || (c === null && !isColour(a)))
			return { height: a!, width: b!, channels: c!, order: "channels-last" };
		if (isColour(a)) return { height: b!, width: c!, channels: a!, order: "channels-first" };
	}
	if (shape.length === 3) return { height: a!, width: b!, channels: 1, order: "none" };
	if (shape.length === 2 && a) {
		for (const channels of [1, 3]) {
			const side = Math.sqrt(a / channels);
			if (Number.isInteger(side) && side >= 4) return { height: side, width: side, channels, order: "flat" };
		}
	}
	return undefined;
}

/** A preprocessed picture. */
export interface PreprocessedPicture {
	/** In the shape of the model input, batch 1. */
	readonly tensor: Tensor;
	/** Everything that was done, defaults filled in: what a result records. */
	readonly spec: Required<PreprocessSpec>;
	/** What the network sees before the scale, 8 bits a sample, gray or red, green, blue: for overlays. */
	readonly picture: Samples;
	readonly notices: readonly string[];
}

/**
 * Makes the tensor that a model takes of a picture, as the training code would with Pillow:
 * `Image.convert(mode)`, crop, `resize`, pad, then `(pixel * scale - mean) / std` in float32.
 *
 * Colour becomes gray as Pillow's "L" (ITU-R 601-2); gray becomes colour by repeating it. `fit: "crop"` keeps the largest
 * centred part of the target's aspect ratio, `(extent - part) // 2` from the edge; `pad` fills with black, that is pixel
 * value 0 before `invert`.
 *
 * @throws InvalidRequestError when the preprocessing and the input do not fit each other
 */
export function preprocess(
	image: Image,
	wanted: PreprocessSpec,
	shape: SymbolicShape,
	dtype: DType,
	where: string,
): PreprocessedPicture {
	const layout = pictureLayout(shape);
	if (!layout) {
		throw new InvalidRequestError(
			`The input takes ${describe(shape)}, which is not a picture.`,
			where,
			"Give an array as .npy or .npz.",
		);
	}
	const spec = settle(wanted, layout, image, where);
	const notices = [...(image.notices ?? [])];
	if (image.alpha && spec.alpha === "drop") {
		notices.push(
			"the transparency of the picture is ignored (as Pillow's convert does); preprocess with alpha white or black to lay it over a background",
		);
	}
	const [height, width] = spec.size;
	const coloured = toChannels(overBackground(image, spec.alpha), spec.channels === "gray" ? 1 : 3);
	const fitted = fitTo(coloured, width, height, spec);
	const picture = spec.invert ? { ...fitted, data: fitted.data.map((pixel) => 255 - pixel) } : fitted;
	const channels = layout.channels ?? picture.channels;
	const values = normalise(picture, channels, spec);
	const ordered = layout.order === "channels-first" ? channelsFirst(values, channels) : values;
	const extents = {
		"channels-last": [1, height, width, channels],
		"channels-first": [1, channels, height, width],
		none: [1, height, width],
		flat: [1, height * width * channels],
	}[layout.order];
	const tensor: Tensor =
		dtype === "float32"
			? float32(extents, ordered)
			: { dtype: "int32", shape: extents, data: Int32Array.from(ordered, Math.round) };
	return { tensor, spec, picture, notices };
}

const describe = (shape: SymbolicShape) => `[${shape.map((extent) => extent ?? "N").join(", ")}]`;

/** Fills in the defaults and checks the preprocessing against what the model takes. */
function settle(wanted: PreprocessSpec, layout: PictureLayout, image: Image, where: string): Required<PreprocessSpec> {
	const size: [number, number] = [
		layout.height ?? wanted.size?.[0] ?? image.height,
		layout.width ?? wanted.size?.[1] ?? image.width,
	];
	if (wanted.size && (wanted.size[0] !== size[0] || wanted.size[1] !== size[1])) {
		throw new InvalidRequestError(
			`The preprocessing makes ${wanted.size[0]} by ${wanted.size[1]} pixels (height, width), the model takes ${size[0]} by ${size[1]}.`,
			where,
			"Leave the size out: then it is what the model takes.",
		);
	}
	const colours = wanted.channels ?? ((layout.channels ?? image.channels) === 1 ? "gray" : "rgb");
	const channels = layout.channels ?? (colours === "gray" ? 1 : 3);
	if (channels === 1 && colours !== "gray") {
		throw new InvalidRequestError(
			`The preprocessing makes 3 channels (${colours}), the model takes 1.`,
			where,
			`Say "channels": "gray".`,
		);
	}
	const settled: Required<PreprocessSpec> = {
		size,
		resize: wanted.resize ?? "bilinear",
		fit: wanted.fit ?? "squash",
		channels: colours,
		alpha: wanted.alpha ?? "drop",
		scale: wanted.scale ?? 1,
		mean: wanted.mean ?? [0],
		std: wanted.std ?? [1],
		invert: wanted.invert ?? false,
	};
	for (const name of ["mean", "std"] as const) {
		const count = settled[name].length;
		if (count !== 1 && count !== channels) {
			throw new InvalidRequestError(
				`"${name}" of the preprocessing has ${count} numbers, the model takes ${channels} channel${channels === 1 ? "" : "s"}.`,
				where,
			);
		}
	}
	return settled;
}

/** Opacity times colour plus the rest times background, rounded to the nearest. */
function overBackground(image: Image, alpha: Required<PreprocessSpec>["alpha"]): Image {
	if (!image.alpha || alpha === "drop") return image;
	const background = alpha === "white" ? 255 : 0;
	const data = image.data.map((sample, i) => {
		const opacity = image.alpha![Math.floor(i / image.channels)]!;
		return Math.round((sample * opacity + background * (255 - opacity)) / 255);
	});
	return { ...image, data };
}

/** Pillow's `convert("L")` (Convert.c: 16-bit fixed point, rounded) and `convert("RGB")`. */
function toChannels(image: Image, channels: 1 | 3): Samples & { data: Uint8Array } {
	const { width, height, data } = image;
	if (image.channels === channels) return { width, height, channels, data };
	const converted = new Uint8Array(width * height * channels);
	for (let i = 0; i < width * height; i++) {
		if (channels === 3) converted.fill(data[i]!, i * 3, i * 3 + 3);
		else converted[i] = (data[i * 3]! * 19_595 + data[i * 3 + 1]! * 38_470 + data[i * 3 + 2]! * 7471 + 0x8000) >> 16;
	}
	return { width, height, channels, data: converted };
}

function fitTo(
	image: Samples & { data: Uint8Array },
	width: number,
	height: number,
	spec: Required<PreprocessSpec>,
): Samples {
	if (spec.fit === "squash") return resize(image, width, height, spec.resize);
	if (spec.fit === "crop") {
		const partWidth = Math.min(image.width, Math.max(1, Math.round((image.height * width) / height)));
		const partHeight = Math.min(image.height, Math.max(1, Math.round((image.width * height) / width)));
		return resize(crop(image, partWidth, partHeight), width, height, spec.resize);
	}
	const share = Math.min(width / image.width, height / image.height);
	const inner = resize(
		image,
		Math.max(1, Math.round(image.width * share)),
		Math.max(1, Math.round(image.height * share)),
		spec.resize,
	);
	return place(inner, width, height);
}

function crop(image: Samples & { data: Uint8Array }, width: number, height: number): Samples & { data: Uint8Array } {
	const { channels } = image;
	const left = Math.floor((image.width - width) / 2);
	const top = Math.floor((image.height - height) / 2);
	const data = new Uint8Array(width * height * channels);
	for (let y = 0; y < height; y++) {
		const from = ((top + y) * image.width + left) * channels;
		data.set(image.data.subarray(from, from + width * channels), y * width * channels);
	}
	return { width, height, channels, data };
}

/** Lays a smaller picture on the middle of a black one. */
function place(image: Samples, width: number, height: number): Samples {
	const { channels } = image;
	const left = Math.floor((width - image.width) / 2);
	const top = Math.floor((height - image.height) / 2);
	const data =
		image.data instanceof Float32Array
			? new Float32Array(width * height * channels)
			: new Uint8Array(width * height * channels);
	for (let y = 0; y < image.height; y++) {
		const row = image.data.subarray(y * image.width * channels, (y + 1) * image.width * channels);
		data.set(row, ((top + y) * width + left) * channels);
	}
	return { width, height, channels, data };
}

/** Values channels-last; the channels of `mean` and `std` are in the order of `spec.channels`. */
function normalise(picture: Samples, channels: number, spec: Required<PreprocessSpec>): Float32Array {
	const pixels = picture.width * picture.height;
	const values = new Float32Array(pixels * channels);
	const pick = (list: readonly number[], c: number) => Math.fround(list[list.length === 1 ? 0 : c]!);
	for (let c = 0; c < channels; c++) {
		const source = picture.channels === 1 ? 0 : spec.channels === "bgr" ? channels - 1 - c : c;
		const [mean, std] = [pick(spec.mean, c), pick(spec.std, c)];
		for (let i = 0; i < pixels; i++) {
			const scaled = Math.fround(picture.data[i * picture.channels + source]! * spec.scale);
			values[i * channels + c] = Math.fround(scaled - mean) / std;
		}
	}
	return values;
}

function channelsFirst(values: Float32Array, channels: number): Float32Array {
	const pixels = values.length / channels;
	const turned = new Float32Array(values.length);
	for (let i = 0; i < pixels; i++) {
		for (let c = 0; c < channels; c++) turned[c * pixels + i] = values[i * channels + c]!;
	}
	return turned;
}
