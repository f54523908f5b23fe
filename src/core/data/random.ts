/**
 * Random numbers from a seed: the same seed gives the same numbers on every machine and in every engine.
 *
 * Bits: xoshiro128** 1.1 (Blackman and Vigna 2021), its 128 bits of state filled by SplitMix32 from the seed.
 * Gaussian: the polar form of Box and Muller (Marsaglia and Bray 1964), in double precision.
 */
export class Random {
	private readonly state = new Uint32Array(4);
	private spare: number | undefined;

	/** @param seed a whole number; its lower 32 bits count */
	constructor(seed: number) {
		let mixed = seed >>> 0;
		for (let i = 0; i < 4; i++) {
			mixed = (mixed + 0x9e3779b9) >>> 0;
			let word = mixed ^ (mixed >>> 16);
			word = Math.imul(word, 0x21f0aaad);
			word ^= word >>> 15;
			word = Math.imul(word, 0x735a2d97);
			this.state[i] = word ^ (word >>> 15);
		}
	}

	/** 32 random bits as an unsigned number. */
	bits(): number {
		const s = this.state;
		const times5 = Math.imul(s[1]!, 5);
		const result = Math.imul((times5 << 7) | (times5 >>> 25), 9) >>> 0;
		const shifted = s[1]! << 9;
		s[2]! ^= s[0]!;
		s[3]! ^= s[1]!;
		s[1]! ^= s[2]!;
		s[0]! ^= s[3]!;
		s[2]! ^= shifted;
		s[3] = (s[3]! << 11) | (s[3]! >>> 21);
		return result;
	}

	/** Uniform in [0, 1), with 53 random bits. */
	uniform(): number {
		const high = this.bits() >>> 5;
		const low = this.bits() >>> 6;
		return (high * 67_108_864 + low) / 9_007_199_254_740_992;
	}

	/** Uniform whole number in [0, end). @param end 1 to 2^32 */
	integer(end: number): number {
		// What lies past the last whole multiple of `end` is drawn again, so that no number is favoured.
		const limit = 2 ** 32 - (2 ** 32 % end);
		for (;;) {
			const bits = this.bits();
			if (bits < limit) return bits % end;
		}
	}

	/** Normal with mean 0 and standard deviation 1. */
	gaussian(): number {
		if (this.spare !== undefined) {
			const value = this.spare;
			this.spare = undefined;
			return value;
		}
		for (;;) {
			const x = 2 * this.uniform() - 1;
			const y = 2 * this.uniform() - 1;
			const square = x * x + y * y;
			if (square >= 1 || square === 0) continue;
			const factor = Math.sqrt((-2 * Math.log(square)) / square);
			this.spare = y * factor;
			return x * factor;
		}
	}

	/** Shuffles in place (Fisher and Yates). */
	shuffle<T>(items: T[]): T[] {
		for (let i = items.length - 1; i > 0; i--) {
			const j = this.integer(i + 1);
			[items[i], items[j]] = [items[j]!, items[i]!];
		}
		return items;
	}
}
