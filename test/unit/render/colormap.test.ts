import assert from "node:assert/strict";
import { COLORMAPS, colormap, paint, percentile, rangeFor, signedRange } from "../../../src/shared/colormap";

/** Lightness of CIELAB, computed from sRGB by way of CIE XYZ: not how the maps are made. */
function lightness([red, green, blue]: ArrayLike<number> & Iterable<number>): number {
	const linear = [red!, green!, blue!].map((value) =>
		value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4,
	);
	const luminance = 0.2126 * linear[0]! + 0.7152 * linear[1]! + 0.0722 * linear[2]!;
	return luminance > 0.008856 ? 116 * Math.cbrt(luminance) - 16 : 903.3 * luminance;
}

const entry = (id: Parameters<typeof colormap>[0], i: number) => colormap(id).table.subarray(i * 3, i * 3 + 3);

describe("colour maps", () => {
	it("are matplotlib's where they have its names", () => {
		// matplotlib 3.11: colormaps[name](i, bytes=True)
		const known = {
			viridis: { 0: [68, 1, 84], 100: [42, 118, 142], 255: [253, 231, 36] },
			magma: { 0: [0, 0, 3], 100: [137, 40, 129], 255: [251, 252, 191] },
			cividis: { 0: [0, 34, 77], 255: [253, 231, 55] },
		};
		for (const [id, colours] of Object.entries(known)) {
			for (const [i, colour] of Object.entries(colours)) {
				const made = entry(id as "viridis", Number(i));
				for (const c of [0, 1, 2])
					assert.ok(Math.abs(made[c]! - colour[c]!) <= 2, `${id}[${i}] is ${made}, not ${colour}`);
			}
		}
	});

	it("become lighter all the way when they are sequential", () => {
		for (const map of COLORMAPS.filter(({ kind }) => kind === "sequential")) {
			for (let i = 1; i < 256; i++) {
				assert.ok(lightness(entry(map.id, i)) > lightness(entry(map.id, i - 1)) - 0.35, `${map.id}[${i}]`);
			}
		}
	});

	it("are as light at +v as at -v when they diverge, and lightest at zero", () => {
		for (let i = 0; i < 128; i++) {
			const [left, right] = [lightness(entry("diverging", i)), lightness(entry("diverging", 255 - i))];
			assert.ok(Math.abs(left - right) < 6, `${i}: ${left} and ${right}`);
			assert.ok(left <= lightness(entry("diverging", i + 1)) + 0.35);
		}
	});
});

describe("scales", () => {
	it("of signed values are centred at zero", () => {
		assert.deepEqual(signedRange([-1, 3]), { low: -3, high: 3 });
		assert.deepEqual(signedRange([]), { low: 0, high: 0 });
	});

	it("can leave outliers out", () => {
		const values = Float32Array.from({ length: 1001 }, (_, i) => (i === 1000 ? 1e6 : i / 1000));
		assert.ok(signedRange(values, 99).high < 1);
	});

	it("ignore what is not finite", () => {
		assert.deepEqual(signedRange([Number.NaN, Number.POSITIVE_INFINITY, 2]), { low: -2, high: 2 });
	});

	it("of magnitudes begin at zero", () => {
		assert.deepEqual(rangeFor(colormap("magma"), "unsigned", [2, 4]), { low: 0, high: 4 });
		assert.deepEqual(rangeFor(colormap("viridis"), "activation", [2, 4]), { low: 2, high: 4 });
	});

	it("take percentiles as NumPy does", () => {
		// numpy.percentile([1, 2, 4, 8], [0, 25, 50, 90, 100])
		for (const [percent, value] of [
			[0, 1],
			[25, 1.75],
			[50, 3],
			[90, 6.8],
			[100, 8],
		] as const) {
			assert.ok(Math.abs(percentile([8, 1, 4, 2], percent) - value) < 1e-6);
		}
	});
});

describe("painting", () => {
	it("gives zero the middle colour, whatever the values", () => {
		const pixels = new Uint8Array(12);
		paint([-5, 0, 5], { low: -5, high: 5 }, colormap("diverging"), pixels);
		assert.ok(
			[...pixels.subarray(4, 7)].every((value) => value >= 243),
			`${pixels}`,
		);
		assert.deepEqual([...pixels.subarray(0, 3)], [...entry("diverging", 0)]);
		assert.deepEqual([...pixels.subarray(8, 11)], [...entry("diverging", 255)]);
	});

	it("shows NaN in a colour of its own and survives a scale without extent", () => {
		const pixels = new Uint8Array(8);
		paint([Number.NaN, 1], { low: 1, high: 1 }, colormap("gray"), pixels);
		assert.deepEqual([...pixels], [255, 0, 255, 255, 128, 128, 128, 255]);
	});
});
