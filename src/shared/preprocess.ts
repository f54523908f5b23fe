/** How a picture becomes the tensor that the model takes. Recorded in every result. */
export type ResizeMode =
	/** Pillow's BILINEAR (antialiased when shrinking, half-pixel centres). */
	| "bilinear"
	| "nearest"
	| "bicubic"
	| "lanczos"
	/** TensorFlow's `tf.image.resize` bilinear without antialiasing. */
	| "tf-bilinear";

export interface PreprocessSpec {
	/** Height and width; absent: what the model takes. */
	size?: [number, number];
	resize?: ResizeMode;
	/** What is done about another aspect ratio: squash, centre crop to a square first, or pad. */
	fit?: "squash" | "crop" | "pad";
	channels?: "rgb" | "bgr" | "gray";
	/**
	 * What is done about transparency. `drop` takes the colours as they are stored, as Pillow's `convert("RGB")` and
	 * TensorFlow's `decode_image` do (the default); the others lay the picture over a background first.
	 */
	alpha?: "drop" | "white" | "black";
	/** value = (pixel * scale - mean) / std, pixel in 0..255, channel by channel in the order of `channels`. */
	scale?: number;
	mean?: number[];
	std?: number[];
	/** White strokes on black are made of black on white: pixel = 255 - pixel, before the scale. */
	invert?: boolean;
}

export type PreprocessPreset = "raw" | "unit" | "signed" | "imagenet-torch" | "imagenet-caffe";

export const PREPROCESS_PRESETS: Record<PreprocessPreset, PreprocessSpec> = {
	raw: { scale: 1 },
	unit: { scale: 1 / 255 },
	signed: { scale: 1 / 127.5, mean: [1], std: [1] },
	"imagenet-torch": { scale: 1 / 255, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
	"imagenet-caffe": { channels: "bgr", scale: 1, mean: [103.939, 116.779, 123.68], std: [1, 1, 1] },
};
