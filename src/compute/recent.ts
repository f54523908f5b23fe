/** What was used last, as much as fits: the least recently used is given up first. */
export class Recent<Value> {
	private readonly kept = new Map<string, Value>();
	private size = 0;

	/**
	 * @param limit most that is kept, in the unit of `sizeOf`
	 * @param sizeOf 1 for a limit on the number
	 */
	constructor(
		private readonly limit: number,
		private readonly sizeOf: (value: Value) => number = () => 1,
	) {}

	get(key: string): Value | undefined {
		const value = this.kept.get(key);
		if (value !== undefined) {
			this.kept.delete(key);
			this.kept.set(key, value);
		}
		return value;
	}

	/** Keeps a value, unless it alone is larger than all that may be kept. */
	set(key: string, value: Value): void {
		this.drop(key);
		if (this.sizeOf(value) > this.limit) return;
		this.kept.set(key, value);
		this.size += this.sizeOf(value);
		for (const oldest of this.kept.keys()) {
			if (this.size <= this.limit) break;
			this.drop(oldest);
		}
	}

	private drop(key: string): void {
		const value = this.kept.get(key);
		if (value === undefined) return;
		this.kept.delete(key);
		this.size -= this.sizeOf(value);
	}
}
