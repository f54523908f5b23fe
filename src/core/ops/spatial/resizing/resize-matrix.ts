import { checkTable } from "../../numbers";

/**
 * Interpolation of one axis as a matrix with a row for each output position. Arithmetic follows TensorFlow 2.21
 * (`tf.image.resize`), whose kernels Keras uses: half-pixel centres, weights outside the image dropped and the
 * rest scaled to 1.
 */
export const INTERPOLATIONS = [
	"nearest",
	"bilinear",
	"bicubic",
	"area",
	"lanczos3",
	"lanczos5",
	"gaussian",
	"mitchellcubic",
] as const;
export type Interpolation = (typeof INTERPOLATIONS)[number];

/** Weights [made][extent]. With `antialias` kernels are widened when the image shrinks; nearest and area never are. */
export function resizeMatrix(extent: number, made: number, method: Interpolation, antialias: boolean): number[][] {
	if (method === "nearest") return nearest(extent, made);
	if (method === "area") return area(extent, made);
	if (method === "bilinear" && !antialias) return bilinear(extent, made);
	if (method === "bicubic" && !antialias) return bicubic(extent, made);
	return sampled(extent, made, KERNELS[method], antialias);
}

const f32 = Math.fround;
const clamp = (at: number, extent: number) => Math.min(Math.max(at, 0), extent - 1);

/** Place of an output centre in the input, in float32 like TensorFlow: the weights depend on its last bits at edges. */
const centre = (at: number, scale: number) => f32(f32(f32(at + 0.5) * scale) - 0.5);

function rows(made: number, extent: number, fill: (row: number[], at: number) => void): number[][] {
	// A row of its own costs as much as sixteen entries.
	checkTable(made, Math.max(extent, 16));
	return Array.from({ length: made }, (_, at) => {
		const row = new Array<number>(extent).fill(0);
		fill(row, at);
		return row;
	});
}

function accumulate(row: number[], at: number, weight: number): void {
	row[at] = (row[at] as number) + weight;
}

function nearest(extent: number, made: number): number[][] {
	const scale = f32(extent / made);
	return rows(made, extent, (row, at) => {
		row[clamp(Math.floor(f32(f32(at + 0.5) * scale)), extent)] = 1;
	});
}

function bilinear(extent: number, made: number): number[][] {
	const scale = f32(extent / made);
	return rows(made, extent, (row, at) => {
		const place = centre(at, scale);
		const lower = Math.floor(place);
		const share = f32(place - lower);
		accumulate(row, clamp(lower, extent), 1 - share);
		accumulate(row, clamp(Math.ceil(place), extent), share);
	});
}

/** Keys 1981 with a = -0.5; TensorFlow looks the coefficients up in a table of 1024 steps, so the place is rounded to one. */
const CUBIC_STEPS = 1024;

function bicubic(extent: number, made: number): number[][] {
	const scale = f32(extent / made);
	return rows(made, extent, (row, at) => {
		const place = centre(at, scale);
		const first = Math.floor(place);
		const step = roundHalfToEven(f32(place - first) * CUBIC_STEPS) / CUBIC_STEPS;
		const taps = [1 + step, step, 1 - step, 2 - step].map((distance, tap): [number, number] => [
			first - 1 + tap,
			keysCubic(distance),
		]);
		const inside = taps.filter(([source]) => source >= 0 && source < extent);
		const total = inside.reduce((sum, [, weight]) => sum + weight, 0);
		for (const [source, weight] of inside) accumulate(row, source, weight / total);
	});
}

function roundHalfToEven(x: number): number {
	const low = Math.floor(x);
	if (x - low !== 0.5) return Math.round(x);
	return low % 2 === 0 ? low : low + 1;
}

function area(extent: number, made: number): number[][] {
	const scale = f32(extent / made);
	return rows(made, extent, (row, at) => {
		const from = f32(at * scale);
		const to = f32((at + 1) * scale);
		for (let source = Math.floor(from); source < Math.ceil(to); source++) {
			const covered = Math.min(source + 1, to) - Math.max(source, from);
			accumulate(row, clamp(source, extent), covered / scale);
		}
	});
}

interface SamplingKernel {
	readonly radius: number;
	/** Weight at a distance from the centre, in input cells. */
	readonly weight: (distance: number) => number;
}

/** TensorFlow's ScaleAndTranslate. */
function sampled(extent: number, made: number, kernel: SamplingKernel, antialias: boolean): number[][] {
	const inverseScale = f32(extent / made);
	const width = antialias ? Math.max(inverseScale, 1) : 1;
	return rows(made, extent, (row, at) => {
		const place = f32(f32(at + 0.5) * inverseScale);
		const start = clamp(Math.ceil(f32(place - kernel.radius * width - 0.5)), extent);
		const end = clamp(Math.floor(f32(place + kernel.radius * width - 0.5)), extent);
		let total = 0;
		for (let source = start; source <= end; source++) {
			const weight = kernel.weight(Math.abs((source + 0.5 - place) / width));
			row[source] = weight;
			total += weight;
		}
		if (Math.abs(total) < 1e-35) return;
		for (let source = start; source <= end; source++) row[source] = (row[source] as number) / total;
	});
}

function keysCubic(x: number): number {
	if (x >= 2) return 0;
	if (x >= 1) return ((-0.5 * x + 2.5) * x - 4) * x + 2;
	return (1.5 * x - 2.5) * x * x + 1;
}

function lanczos(radius: number): SamplingKernel {
	const weight = (x: number) => {
		if (x > radius) return 0;
		if (x <= 1e-3) return 1;
		return (radius * Math.sin(Math.PI * x) * Math.sin((Math.PI * x) / radius)) / (Math.PI * Math.PI * x * x);
	};
	return { radius, weight };
}

/** Mitchell & Netravali 1988 with B = C = 1/3. */
function mitchellCubic(x: number): number {
	if (x >= 2) return 0;
	if (x >= 1) return (((-7 / 18) * x + 2) * x - 10 / 3) * x + 16 / 9;
	return ((7 / 6) * x - 2) * x * x + 8 / 9;
}

const GAUSSIAN_RADIUS = 1.5;
const GAUSSIAN_SIGMA = GAUSSIAN_RADIUS / 3;

const KERNELS: Readonly<Record<Exclude<Interpolation, "nearest" | "area">, SamplingKernel>> = {
	bilinear: { radius: 1, weight: (x) => Math.max(0, 1 - x) },
	bicubic: { radius: 2, weight: keysCubic },
	lanczos3: lanczos(3),
	lanczos5: lanczos(5),
	gaussian: {
		radius: GAUSSIAN_RADIUS,
		weight: (x) => (x >= GAUSSIAN_RADIUS ? 0 : Math.exp((-x * x) / (2 * GAUSSIAN_SIGMA * GAUSSIAN_SIGMA))),
	},
	mitchellcubic: { radius: 2, weight: mitchellCubic },
};
