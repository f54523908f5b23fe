import * as fc from "fast-check";

/** One change to one file. Places are shares of its length, so that a change fits any file. */
export type Edit =
	| { kind: "overwrite"; at: number; bytes: number[] }
	| { kind: "truncate"; at: number }
	| { kind: "insert"; at: number; bytes: number[] }
	| { kind: "remove"; at: number; length: number }
	| { kind: "repeat"; at: number; length: number }
	/** Puts another value into the configuration, at some place of its tree. */
	| { kind: "value"; pick: number; value: unknown }
	/** Takes a member or an element out of the configuration. */
	| { kind: "omit"; pick: number }
	/** Puts the value from one place of the configuration into another. */
	| { kind: "move"; pick: number; from: number };

export type Part = "file" | "configuration" | "weights";

export interface Mutation {
	/** Index of the good file that is changed. */
	readonly source: number;
	readonly part: Part;
	readonly edits: readonly Edit[];
}

const byte = fc.oneof(fc.constant(0), fc.constant(255), fc.integer({ min: 0, max: 255 }));
const bytes = fc.array(byte, { minLength: 1, maxLength: 9 });
/** Evenly spread: by itself fast-check prefers the ends. */
const share = fc.noBias(fc.integer({ min: 0, max: 999_999 })).map((millionths) => millionths / 1e6);
/** Headers are at the front, directories at the back: most changes go there. */
const place = fc.oneof(
	share,
	share.map((at) => at * 0.1),
	share.map((at) => 1 - at * 0.02),
);

const byteEdit: fc.Arbitrary<Edit> = fc.oneof(
	{ weight: 6, arbitrary: fc.record({ kind: fc.constant("overwrite" as const), at: place, bytes }) },
	{ weight: 2, arbitrary: fc.record({ kind: fc.constant("truncate" as const), at: share }) },
	{ weight: 1, arbitrary: fc.record({ kind: fc.constant("insert" as const), at: place, bytes }) },
	{
		weight: 1,
		arbitrary: fc.record({ kind: fc.constant("remove" as const), at: place, length: fc.integer({ min: 1, max: 64 }) }),
	},
	{
		weight: 1,
		arbitrary: fc.record({ kind: fc.constant("repeat" as const), at: place, length: fc.integer({ min: 1, max: 512 }) }),
	},
);

const value = fc.constantFrom<unknown>(
	null,
	true,
	false,
	0,
	1,
	-1,
	2,
	1.5,
	1e9,
	2 ** 31,
	2 ** 53,
	-1e300,
	"",
	"x",
	"same",
	"relu",
	"Lambda",
	"Dense",
	"InputLayer",
	"__proto__",
	[],
	{},
	[[]],
	[1e9, 1e9],
	[-3, 0],
	[null, null, null],
	["input_1", 0, 0],
	["nothing", 7, 7],
	{ class_name: "Sequential", config: { layers: [] } },
	{ class_name: "lab>Twist", config: {} },
);
const pick = fc.noBias(fc.nat({ max: 1_000_000 }));
const valueEdit: fc.Arbitrary<Edit> = fc.oneof(
	{ weight: 4, arbitrary: fc.record({ kind: fc.constant("value" as const), pick, value }) },
	{ weight: 2, arbitrary: fc.record({ kind: fc.constant("omit" as const), pick }) },
	{ weight: 1, arbitrary: fc.record({ kind: fc.constant("move" as const), pick, from: pick }) },
);

/** The same mutations for the same seed. */
export function mutations(count: number, seed: number, sources: number): Mutation[] {
	const source = fc.noBias(fc.nat({ max: sources - 1 }));
	const mutation: fc.Arbitrary<Mutation> = fc.oneof(
		{
			weight: 4,
			arbitrary: fc.record({
				source,
				part: fc.constant("file" as const),
				edits: fc.array(byteEdit, { minLength: 1, maxLength: 6 }),
			}),
		},
		{
			weight: 2,
			arbitrary: fc.record({
				source,
				part: fc.constant("weights" as const),
				edits: fc.array(byteEdit, { minLength: 1, maxLength: 6 }),
			}),
		},
		{
			weight: 1,
			arbitrary: fc.record({
				source,
				part: fc.constant("configuration" as const),
				edits: fc.array(byteEdit, { minLength: 1, maxLength: 3 }),
			}),
		},
		{
			weight: 4,
			arbitrary: fc.record({
				source,
				part: fc.constant("configuration" as const),
				edits: fc.array(valueEdit, { minLength: 1, maxLength: 4 }),
			}),
		},
	);
	return fc.sample(mutation, { numRuns: count, seed });
}
