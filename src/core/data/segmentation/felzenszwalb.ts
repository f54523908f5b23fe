import { gaussianBlur } from "../numbers/gaussian-blur";
import type { SegmentedPicture, Segments } from "./picture";

export interface FelzenszwalbOptions {
	/** Standard deviation of the blur before, in pixels. */
	readonly sigma: number;
	/** Segments of fewer pixels are joined to a neighbour. */
	readonly minSize: number;
}

/**
 * Felzenszwalb, Huttenlocher 2004, Efficient graph-based image segmentation, doi:10.1023/B:VISI.0000022288.19776.77:
 * scikit-image 0.26 `felzenszwalb`, edges of equal cost in the order right, down, right down, right up, row by row (numpy
 * leaves their order open).
 * @param scales larger ones give larger segments; colours count as they are
 * @returns for each scale the segments, in reading order of their first pixels
 */
export function felzenszwalb(
	picture: SegmentedPicture,
	scales: readonly number[],
	{ sigma, minSize }: FelzenszwalbOptions,
): Segments[] {
	const { height, width, channels } = picture;
	const blurred = gaussianBlur(picture.data, [height, width, channels], [0, 1], sigma, "reflect");
	const edges = neighbourEdges({ ...picture, data: blurred });
	return scales.map((scale) => joinedSegments(edges, height * width, scale, minSize));
}

function joinedSegments({ from, to, cost, order }: Edges, pixels: number, scale: number, minSize: number): Segments {
	const forest = new Forest(pixels);
	/** Cost of the dearest edge inside each segment, by its root. */
	const inner = new Float64Array(pixels);
	// scikit-image's scale is that of values from 0 to 1.
	const tolerance = scale / 255;
	for (const edge of order) {
		const [a, b] = [forest.root(from[edge] as number), forest.root(to[edge] as number)];
		if (a === b) continue;
		const allowed = Math.min(
			(inner[a] as number) + tolerance / forest.size(a),
			(inner[b] as number) + tolerance / forest.size(b),
		);
		if ((cost[edge] as number) < allowed) inner[forest.join(a, b)] = cost[edge] as number;
	}
	for (const edge of order) {
		const [a, b] = [forest.root(from[edge] as number), forest.root(to[edge] as number)];
		if (a !== b && (forest.size(a) < minSize || forest.size(b) < minSize)) forest.join(a, b);
	}
	return forest.labels();
}

interface Edges {
	readonly from: Int32Array;
	readonly to: Int32Array;
	/** Euclidean distance of the two colours: large where something ends. */
	readonly cost: Float64Array;
	/** Indices of the edges by cost. */
	readonly order: Int32Array;
}

/** Steps to four of the eight neighbours, down and right: each pair of neighbours once. */
const STEPS = [
	[0, 1],
	[1, 0],
	[1, 1],
	[-1, 1],
] as const;

function neighbourEdges({ data, height, width, channels }: SegmentedPicture): Edges {
	const most = STEPS.length * height * width;
	const from = new Int32Array(most);
	const to = new Int32Array(most);
	const cost = new Float64Array(most);
	let count = 0;
	for (const [down, right] of STEPS) {
		for (let row = Math.max(0, -down); row + Math.max(0, down) < height; row++) {
			for (let column = 0; column + right < width; column++) {
				const [a, b] = [row * width + column, (row + down) * width + column + right];
				let square = 0;
				for (let channel = 0; channel < channels; channel++)
					square += ((data[a * channels + channel] as number) - (data[b * channels + channel] as number)) ** 2;
				from[count] = a;
				to[count] = b;
				cost[count++] = Math.sqrt(square);
			}
		}
	}
	return { from, to, cost, order: ascending(cost.slice(0, count)) };
}

/**
 * Indices of non-negative numbers by their size, equal ones in their order. Such doubles have the order of their bits: a
 * radix sort by 16 of them at a time, twenty times as fast as comparing.
 */
function ascending(values: Float64Array): Int32Array {
	const bits = new DataView(values.buffer, values.byteOffset, values.byteLength);
	let order = Int32Array.from(values, (_, index) => index);
	for (let byte = 0; byte < 8; byte += 2) {
		const wordOf = (index: number) => bits.getUint16(index * 8 + byte, true);
		const begins = new Int32Array(65_537);
		for (let at = 0; at < order.length; at++) {
			const next = wordOf(order[at] as number) + 1;
			begins[next] = (begins[next] as number) + 1;
		}
		for (let word = 1; word < begins.length; word++)
			begins[word] = (begins[word] as number) + (begins[word - 1] as number);
		const sorted = new Int32Array(order.length);
		for (let at = 0; at < order.length; at++) {
			const index = order[at] as number;
			const word = wordOf(index);
			const place = begins[word] as number;
			sorted[place] = index;
			begins[word] = place + 1;
		}
		order = sorted;
	}
	return order;
}

/** Disjoint sets of pixels. The root of a set is its smallest pixel, so that labels follow the reading order. */
class Forest {
	private readonly parents: Int32Array;
	private readonly sizes: Int32Array;

	constructor(count: number) {
		this.parents = Int32Array.from({ length: count }, (_, index) => index);
		this.sizes = new Int32Array(count).fill(1);
	}

	root(pixel: number): number {
		let root = pixel;
		while (this.parents[root] !== root) root = this.parents[root] as number;
		for (let at = pixel; at !== root; ) {
			const next = this.parents[at] as number;
			this.parents[at] = root;
			at = next;
		}
		return root;
	}

	size(root: number): number {
		return this.sizes[root] as number;
	}

	/** Joins the sets of two roots. @returns their root */
	join(a: number, b: number): number {
		const [root, other] = a < b ? [a, b] : [b, a];
		this.parents[other] = root;
		this.sizes[root] = this.size(root) + this.size(other);
		return root;
	}

	labels(): Segments {
		const numbers = new Map<number, number>();
		return this.parents.map((_, pixel) => {
			const root = this.root(pixel);
			const label = numbers.get(root) ?? numbers.size;
			numbers.set(root, label);
			return label;
		});
	}
}
