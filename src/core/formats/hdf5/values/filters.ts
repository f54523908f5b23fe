import { inflateSync } from "node:zlib";
import { UnreadableFileError, UnsupportedError } from "../../../../shared/errors";
import type { Cursor } from "../cursor";

export interface Filter {
	readonly id: number;
	readonly values: readonly number[];
}

const FILTER_NAMES: Readonly<Record<number, string>> = {
	4: "SZIP",
	5: "N-bit",
	6: "scale-offset",
	32000: "LZF",
	32001: "Blosc",
	32004: "LZ4",
	32008: "bitshuffle",
	32015: "Zstandard",
};

/** Filter pipeline message, in the order in which the filters were applied when writing. */
export function readFilters(cursor: Cursor): Filter[] {
	const version = cursor.u8();
	const count = cursor.u8();
	if (version === 1) cursor.skip(6);
	const filters: Filter[] = [];
	for (let index = 0; index < count; index++) {
		const id = cursor.u16();
		const nameLength = version === 1 || id >= 256 ? cursor.u16() : 0;
		cursor.skip(2);
		const valueCount = cursor.u16();
		cursor.skip(version === 1 ? Math.ceil(nameLength / 8) * 8 : nameLength);
		const values: number[] = [];
		for (let value = 0; value < valueCount; value++) values.push(cursor.u32());
		if (version === 1 && valueCount % 2 === 1) cursor.skip(4);
		filters.push({ id, values });
	}
	return filters;
}

/**
 * Undoes the filters of one chunk.
 * @param mask bit i is set when filter i was not applied
 * @param size bytes of the chunk when nothing is filtered: more are never made
 * @throws UnsupportedError naming a filter that is not read; UnreadableFileError when the data do not fit the filter
 */
export function unfilter(
	bytes: Uint8Array,
	filters: readonly Filter[],
	mask: number,
	size: number,
	where: string,
): Uint8Array {
	let data = bytes;
	for (let index = filters.length - 1; index >= 0; index--) {
		if ((mask >> index) & 1) continue;
		const filter = filters[index] as Filter;
		if (filter.id === 1) data = inflate(data, size + 4 * filters.length, where);
		else if (filter.id === 2) data = unshuffle(data, filter.values[0] ?? 1);
		else if (filter.id === 3) data = data.subarray(0, Math.max(0, data.length - 4));
		else {
			throw new UnsupportedError(
				`The values are packed with the ${FILTER_NAMES[filter.id] ?? `HDF5 filter ${filter.id}`} filter, which is not read.`,
				where,
				"Save the model again with Keras, or repack the file: h5repack -f GZIP=4 in.h5 out.h5.",
			);
		}
	}
	return data;
}

function inflate(bytes: Uint8Array, most: number, where: string): Uint8Array {
	try {
		return inflateSync(bytes, { maxOutputLength: most });
	} catch (cause) {
		throw new UnreadableFileError(
			"Compressed values cannot be unpacked: the file is damaged.",
			where,
			"Copy or download the file again.",
			{ cause },
		);
	}
}

/** Undoes byte shuffling: byte k of every element lies together. */
function unshuffle(bytes: Uint8Array, elementSize: number): Uint8Array {
	if (elementSize <= 1) return bytes;
	const count = Math.floor(bytes.length / elementSize);
	const result = new Uint8Array(bytes.length);
	for (let k = 0; k < elementSize; k++)
		for (let i = 0; i < count; i++) result[i * elementSize + k] = bytes[k * count + i] as number;
	result.set(bytes.subarray(count * elementSize), count * elementSize);
	return result;
}
