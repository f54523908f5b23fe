import type { SegmentedPicture } from "./picture";

const XYZ_FROM_RGB = [
	[0.412453, 0.35758, 0.180423],
	[0.212671, 0.71516, 0.072169],
	[0.019334, 0.119193, 0.950227],
] as const;
/** White of the illuminant D65 for an observer of 2 degrees. */
const WHITE = [0.95047, 1, 1.08883] as const;

/** sRGB (0 to 1) to CIE L*a*b*, equal to scikit-image 0.26 `rgb2lab`: D65, 2 degrees. */
export function rgbToLab(picture: SegmentedPicture): SegmentedPicture {
	const data = new Float64Array(picture.data.length);
	const linear = (value: number) => (value > 0.04045 ? ((value + 0.055) / 1.055) ** 2.4 : value / 12.92);
	const response = (value: number) => (value > 0.008856 ? Math.cbrt(value) : 7.787 * value + 16 / 116);
	for (let at = 0; at < data.length; at += 3) {
		const rgb = [0, 1, 2].map((channel) => linear(picture.data[at + channel] as number)) as [number, number, number];
		const [x, y, z] = XYZ_FROM_RGB.map((row, axis) =>
			response((row[0] * rgb[0] + row[1] * rgb[1] + row[2] * rgb[2]) / (WHITE[axis] as number)),
		) as [number, number, number];
		data.set([116 * y - 16, 500 * (x - y), 200 * (y - z)], at);
	}
	return { ...picture, data };
}
