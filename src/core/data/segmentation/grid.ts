/**
 * Cuts axes into cells: position p of an axis with n elements lies in cell floor(cells * p / n), so that cells differ by
 * at most one element. Numbered row-major from 0.
 * @param extents of the axes
 * @param cells along each axis; at most as many as there are elements count
 */
export function gridSegments(extents: readonly number[], cells: readonly number[]): Int32Array {
	let segments = Int32Array.of(0);
	for (const [axis, extent] of extents.entries()) {
		const count = Math.min(extent, cells[axis] ?? 1);
		const next = new Int32Array(segments.length * extent);
		for (const [outer, segment] of segments.entries())
			for (let at = 0; at < extent; at++)
				next[outer * extent + at] = segment * count + Math.floor((count * at) / extent);
		segments = next;
	}
	return segments;
}
