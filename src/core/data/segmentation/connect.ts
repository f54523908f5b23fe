import type { Segments } from "./picture";

/** Right, left, down, up. */
const NEIGHBOURS = [
	[1, 0],
	[-1, 0],
	[0, 1],
	[0, -1],
] as const;

/**
 * Numbers connected parts anew from 0, in reading order of their first pixels; parts below the smallest size join a
 * neighbour, those above the largest are cut (as scikit-image's SLIC enforces connectivity).
 */
export function connectSegments(
	segments: Segments,
	width: number,
	height: number,
	smallest: number,
	largest: number,
): Segments {
	const connected = new Int32Array(segments.length).fill(-1);
	const part = new Int32Array(Math.max(1, largest));
	let next = 0;
	for (const [first, label] of segments.entries()) {
		if (label < 0 || (connected[first] as number) >= 0) continue;
		let adjacent = next;
		let [size, visited] = [1, 0];
		connected[first] = next;
		part[0] = first;
		while (visited < size && size < largest) {
			const at = part[visited++] as number;
			for (const [dx, dy] of NEIGHBOURS) {
				const [x, y] = [(at % width) + dx, Math.floor(at / width) + dy];
				if (x < 0 || x >= width || y < 0 || y >= height) continue;
				const beside = y * width + x;
				const known = connected[beside] as number;
				if (segments[beside] === label && known < 0) {
					connected[beside] = next;
					part[size++] = beside;
					if (size >= largest) break;
				} else if (known >= 0 && known !== next) adjacent = known;
			}
		}
		if (size < smallest) for (let index = 0; index < size; index++) connected[part[index] as number] = adjacent;
		else next++;
	}
	return connected;
}
