import type { OpDefinition } from "../op";
import type { Recurrence } from "./cell";
import { CONVOLUTIONAL_CELLS } from "./convolutional";
import { RECURRENT_CELLS } from "./layers";
import { recurrent } from "./unroll";

/** By op name. */
export const RECURRENCES: ReadonlyMap<string, Recurrence> = new Map(
	[...RECURRENT_CELLS, ...CONVOLUTIONAL_CELLS].map((recurrence) => [recurrence.op, recurrence]),
);

export const RECURRENT: readonly OpDefinition[] = [...RECURRENCES.values()].map(recurrent);
