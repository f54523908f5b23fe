import type { PreprocessSpec } from "../../src/shared/preprocess";

const NUMBER = String.raw`-?\d+(?:\.\d+)?`;

/**
 * The preprocessing that a sidecar or EXPECTED.json tells in words: "RGB; Pillow resize 64x64 BILINEAR (no crop); x/255
 * (float32)". Undefined when it says nothing about the scale, so that no preprocessing is made up.
 */
export function preprocessOfText(text: string): PreprocessSpec | undefined {
	const spec: PreprocessSpec = {};
	if (/gr[ae]y/i.test(text)) spec.channels = "gray";
	else if (/\bBGR\b/.test(text)) spec.channels = "bgr";
	else if (/\bRGB\b/.test(text)) spec.channels = "rgb";
	const filter = /\b(bilinear|lanczos|bicubic|nearest)\b/i.exec(text)?.[1]?.toLowerCase();
	if (filter) spec.resize = filter as "bilinear" | "lanczos" | "bicubic" | "nearest";
	if (/centre crop|center crop/i.test(text)) spec.fit = "crop";
	const standardised = new RegExp(`\\(x\\s*/\\s*255\\s*-\\s*(${NUMBER})\\)\\s*/\\s*(${NUMBER})`).exec(text);
	if (standardised) return { ...spec, scale: 1 / 255, mean: [Number(standardised[1])], std: [Number(standardised[2])] };
	if (/0\.\.255/.test(text)) return { ...spec, scale: 1 };
	if (/\/\s*255/.test(text)) return { ...spec, scale: 1 / 255 };
	return undefined;
}
