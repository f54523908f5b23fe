import {
	approximated,
	at,
	broadcastAt,
	exact,
	flatten,
	indices,
	type NdArray,
	type Reference,
	rounded,
	sizeOf,
	summed,
	tabulate,
} from "./reference";

const list = (value: unknown) => value as number[];

/** Groups the input elements by the result element that they end in. */
function groups(x: NdArray, axes: readonly number[]): number[][] {
	const kept = x.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
	const shape = kept.map((axis) => x.shape[axis] as number);
	const found: number[][] = Array.from({ length: sizeOf(shape) }, () => []);
	for (const index of indices(x.shape))
		found[
			flatten(
				kept.map((axis) => index[axis] as number),
				shape,
			)
		]?.push(at(x, index));
	return found;
}

const total = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);
const absolute = (values: readonly number[]) => total(values.map(Math.abs));

function summation(share: (count: number) => number): Reference {
	return ([x], { axes }) => {
		const found = groups(x!, list(axes));
		return summed(
			found.map((group) => total(group) * share(group.length)),
			found.map((group) => absolute(group) * share(group.length)),
			found.map((group) => group.length),
		);
	};
}

const firstIndex =
	(better: (a: number, b: number) => boolean): Reference =>
	([x], { axis }) =>
		exact(
			groups(x!, [axis as number]).map((group) =>
				group.reduce((best, value, index) => (better(value, group[best] as number) ? index : best), 0),
			),
		);

function rows(x: NdArray): number[][] {
	const extent = x.shape.at(-1) as number;
	return Array.from({ length: x.data.length / extent }, (_, row) =>
		Array.from({ length: extent }, (_, i) => x.data[row * extent + i] as number),
	);
}

/** exp(x - largest) has relative error |x - largest| u, and so has the sum. */
const spread = (row: readonly number[]) => Math.max(...row) - Math.min(...row);

export const REDUCTION_REFERENCES: Record<string, Reference> = {
	reduceSum: summation(() => 1),
	reduceMean: summation((count) => 1 / count),
	reduceMax: ([x], { axes }) => exact(groups(x!, list(axes)).map((group) => Math.max(...group))),
	reduceMin: ([x], { axes }) => exact(groups(x!, list(axes)).map((group) => Math.min(...group))),
	reduceProd: ([x], { axes }) => {
		const found = groups(x!, list(axes));
		return rounded(
			found.map((group) => group.reduce((product, value) => product * value, 1)),
			2 * Math.max(...found.map((group) => group.length)),
		);
	},
	argMax: firstIndex((a, b) => a > b),
	argMin: firstIndex((a, b) => a < b),
	cumsum([x], { axis, exclusive, reverse }, shape) {
		const along = axis as number;
		const values: number[] = [];
		const magnitudes: number[] = [];
		for (const index of indices(shape)) {
			const place = index[along] as number;
			const before = Array.from({ length: shape[along] as number }, (_, k) => k)
				.filter((k) => (reverse ? k > place : k < place) || (!exclusive && k === place))
				.map((k) =>
					at(
						x!,
						index.map((position, i) => (i === along ? k : position)),
					),
				);
			values.push(total(before));
			magnitudes.push(absolute(before));
		}
		return summed(
			values,
			magnitudes,
			values.map(() => shape[along] as number),
		);
	},
	softmax([x]) {
		const result = rows(x!).flatMap((row) => {
			const largest = Math.max(...row);
			const exps = row.map((value) => Math.exp(value - largest));
			const sum = total(exps);
			return exps.map((value) => ({ value: value / sum, scale: (value / sum) * spread(row) }));
		});
		return approximated(
			result.map(({ value }) => value),
			(i) => result[i]?.scale as number,
		);
	},
	logSoftmax([x]) {
		const result = rows(x!).flatMap((row) => {
			const largest = Math.max(...row);
			const log = Math.log(total(row.map((value) => Math.exp(value - largest))));
			return row.map((value) => ({ value: value - largest - log, scale: spread(row) + log + 1 }));
		});
		return approximated(
			result.map(({ value }) => value),
			(i) => result[i]?.scale as number,
		);
	},
};

/** The result element at an index is the source element at another. */
const moved =
	(
		source: (index: number[], x: NdArray, attributes: Record<string, unknown>) => number[] | undefined,
		otherwise = 0,
	): Reference =>
	([x], attributes, shape) =>
		exact(
			tabulate(shape, (index) => {
				const from = source(index, x!, attributes);
				return from ? at(x!, from) : Math.fround((attributes.value as number) ?? otherwise);
			}),
		);

export const SHAPE_REFERENCES: Record<string, Reference> = {
	reshape: ([x]) => exact(Array.from(x!.data)),
	transpose: moved((index, x, { permutation }) =>
		x.shape.map((_, axis) => index[list(permutation).indexOf(axis)] as number),
	),
	slice: moved((index, _x, { begin }) => index.map((position, axis) => position + (list(begin)[axis] as number))),
	stridedSlice: moved((index, _x, { axis, begin, stride }) =>
		index.map((position, i) => (i === axis ? (begin as number) + position * (stride as number) : position)),
	),
	reverse: moved((index, x, { axes }) =>
		index.map((position, axis) => (list(axes).includes(axis) ? (x.shape[axis] as number) - 1 - position : position)),
	),
	tile: moved((index, x) => index.map((position, axis) => position % (x.shape[axis] as number))),
	pad: moved((index, x, { paddings }) => {
		const from = index.map((position, axis) => position - ((paddings as number[][])[axis]?.[0] as number));
		return from.every((position, axis) => position >= 0 && position < (x.shape[axis] as number)) ? from : undefined;
	}),
	mirrorPad: moved((index, x, { paddings, mode }) =>
		index.map((position, axis) => {
			const extent = x.shape[axis] as number;
			const place = position - ((paddings as number[][])[axis]?.[0] as number);
			const edge = mode === "reflect" ? 0 : 1;
			if (place < 0) return -place - edge;
			return place < extent ? place : 2 * extent - 2 - place + edge;
		}),
	),
	broadcastTo: ([x], _attributes, shape) => exact(tabulate(shape, (index) => broadcastAt(x!, index))),
	concat: (inputs, { axis }, shape) =>
		exact(
			tabulate(shape, (index) => {
				let place = index[axis as number] as number;
				for (const input of inputs) {
					const extent = input.shape[axis as number] as number;
					if (place < extent)
						return at(
							input,
							index.map((position, i) => (i === axis ? place : position)),
						);
					place -= extent;
				}
				throw new RangeError("past the last operand");
			}),
		),
};

/** What is scattered to each element of the result, in order. */
function meetings(
	[updates, places]: readonly NdArray[],
	{ axis }: Record<string, unknown>,
	shape: readonly number[],
): number[][] {
	const first = axis as number;
	const behind = first + places!.shape.length;
	const met: number[][] = Array.from({ length: sizeOf(shape) }, () => []);
	for (const index of indices(updates!.shape)) {
		const target = [...index.slice(0, first), at(places!, index.slice(first, behind)), ...index.slice(behind)];
		met[flatten(target, shape)]?.push(at(updates!, index));
	}
	return met;
}

const largest = ([updates]: readonly NdArray[]) => (updates!.dtype === "int32" ? 2 ** 31 - 1 : 3.4028234663852886e38);

const lowest = ([updates]: readonly NdArray[]) => (updates!.dtype === "int32" ? -(2 ** 31) : -3.4028234663852886e38);

export const INDEXING_REFERENCES: Record<string, Reference> = {
	gather: ([x, picks], { axis }, shape) =>
		exact(
			tabulate(shape, (index) => {
				const first = axis as number;
				const behind = first + picks!.shape.length;
				return at(x!, [...index.slice(0, first), at(picks!, index.slice(first, behind)), ...index.slice(behind)]);
			}),
		),
	scatterAdd: (inputs, attributes, shape) => {
		const met = meetings(inputs, attributes, shape);
		return summed(
			met.map(total),
			met.map(absolute),
			met.map((values) => values.length),
		);
	},
	scatterMax: (inputs, attributes, shape) =>
		exact(meetings(inputs, attributes, shape).map((values) => Math.max(lowest(inputs), ...values))),
	scatterMin: (inputs, attributes, shape) =>
		exact(meetings(inputs, attributes, shape).map((values) => Math.min(largest(inputs), ...values))),
	scatterProd: (inputs, attributes, shape) =>
		rounded(
			meetings(inputs, attributes, shape).map((values) => values.reduce((product, value) => product * value, 1)),
			4,
		),
	topK: ([x], { count }) =>
		exact(
			rows(x!).flatMap((row) => {
				const left = row.map((value, place) => ({ value, place }));
				return Array.from({ length: count as number }, () => {
					const best = left.reduce((a, c) => (c.value > a.value ? c : a));
					left.splice(left.indexOf(best), 1);
					return best.place;
				});
			}),
		),
	shapeOf: ([x]) => exact(x!.shape),
	oneHot: ([picks], _attributes, shape) =>
		exact(tabulate(shape, (index) => Number(at(picks!, index.slice(0, -1)) === index.at(-1)))),
};

/** Place in the base of an element of a crop. */
const inBase = (index: readonly number[], positions: NdArray, axes: readonly number[]) =>
	index.map((place, axis) => {
		const column = axes.indexOf(axis);
		return axis === 0 ? 0 : column < 0 ? place : place + at(positions, [index[0] as number, column]);
	});

export const CROPPING_REFERENCES: Record<string, Reference> = {
	crop: ([base, positions], { axes }, shape) =>
		exact(tabulate(shape, (index) => at(base!, inBase(index, positions!, list(axes))))),
	cropPatched: ([base, patch, patchAt, positions], { axes }, shape) =>
		exact(
			tabulate(shape, (index) => {
				const example = index[0] as number;
				const place = inBase(index, positions!, list(axes));
				const inPatch = place.map((position, axis) => {
					const column = list(axes).indexOf(axis);
					return axis === 0 ? example : column < 0 ? position : position - at(patchAt!, [example, column]);
				});
				const isInside = inPatch.every((position, axis) => position >= 0 && position < (patch!.shape[axis] as number));
				return isInside ? at(patch!, inPatch) : at(base!, place);
			}),
		),
};
