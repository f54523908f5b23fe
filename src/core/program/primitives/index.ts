import { LaminaError } from "../../../shared/errors";
import type { Primitive } from "../primitive";
import { BINARY } from "./binary";
import { CONVOLUTIONS } from "./convolution";
import { CROPPING } from "./cropping";
import { INDEXING } from "./indexing";
import { MATMUL } from "./matmul";
import { POOLS } from "./pooling";
import { REDUCTIONS } from "./reduction";
import { SHAPES } from "./shape";
import { SLICING } from "./slicing";
import { SOURCES } from "./source";
import { UNARY } from "./unary";

/** Every primitive; one file a family, one line here. */
const families: readonly (readonly Primitive[])[] = [
	SOURCES,
	UNARY,
	BINARY,
	REDUCTIONS,
	SHAPES,
	SLICING,
	INDEXING,
	CROPPING,
	MATMUL,
	CONVOLUTIONS,
	POOLS,
];

export const PRIMITIVES: ReadonlyMap<string, Primitive> = new Map(
	families.flat().map((definition) => [definition.name, definition]),
);

export function primitive(name: string): Primitive {
	const found = PRIMITIVES.get(name);
	if (!found) throw new LaminaError({ code: "failed", message: `the program has an unknown primitive ${name}` });
	return found;
}
