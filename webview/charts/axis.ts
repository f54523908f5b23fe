/** Round numbers (1, 2 or 5 times a power of ten) that cover a range, about `count` of them, ascending. */
export function ticks(low: number, high: number, count: number): number[] {
	if (!(high > low) || !Number.isFinite(high - low)) return Number.isFinite(low) ? [low] : [];
	const rough = (high - low) / Math.max(1, count);
	const power = 10 ** Math.floor(Math.log10(rough));
	const share = rough / power;
	const step = power * (share <= 1.5 ? 1 : share <= 3.5 ? 2 : share <= 7.5 ? 5 : 10);
	const result: number[] = [];
	for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) result.push(i * step || 0);
	return result;
}

/** Where a value lies between two ends, 0 to 1; not limited. */
export const share = (value: number, low: number, high: number): number =>
	high > low ? (value - low) / (high - low) : 0.5;
