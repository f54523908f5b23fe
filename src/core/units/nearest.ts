/** Names that `name` may have meant, best first: those within an edit distance of a third of its length, or holding it. */
export function nearestNames(name: string, candidates: Iterable<string>, most = 3): string[] {
	const wanted = name.toLowerCase();
	const limit = Math.max(2, Math.floor(wanted.length / 3));
	const scored: { candidate: string; distance: number }[] = [];
	for (const candidate of candidates) {
		const lower = candidate.toLowerCase();
		const within = wanted.length >= 3 && (lower.includes(wanted) || wanted.includes(lower));
		const distance = editDistance(wanted, lower, limit);
		if (distance <= limit) scored.push({ candidate, distance });
		else if (within) scored.push({ candidate, distance: limit + Math.abs(lower.length - wanted.length) / 1000 });
	}
	scored.sort((a, b) => a.distance - b.distance);
	return scored.slice(0, most).map(({ candidate }) => candidate);
}

/** `Did you mean "a", "b"?`, or the fallback when nothing is near. */
export function didYouMean(name: string, candidates: Iterable<string>, fallback: string): string {
	const near = nearestNames(name, candidates);
	return near.length > 0 ? `Did you mean ${near.map((candidate) => JSON.stringify(candidate)).join(", ")}?` : fallback;
}

/** Levenshtein distance; anything above `limit` comes back as `limit + 1`. */
function editDistance(a: string, b: string, limit: number): number {
	if (Math.abs(a.length - b.length) > limit) return limit + 1;
	let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
	for (let row = 1; row <= a.length; row++) {
		const current = [row];
		for (let column = 1; column <= b.length; column++) {
			const substitution = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
			current.push(Math.min(substitution, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
		}
		if (Math.min(...current) > limit) return limit + 1;
		previous = current;
	}
	return previous[b.length] ?? limit + 1;
}
