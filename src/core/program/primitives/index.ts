import { LaminaError } from "../../../shared/errors";
import type { Primitive } from "../primitive";

/** Every primitive; one file a family, one line here. */
const families: readonly (readonly Primitive[])[] = [];

export const PRIMITIVES: ReadonlyMap<string, Primitive> = new Map(families.flat().map((definition) => [definition.name, definition]));

export function primitive(name: string): Primitive {
	const found = PRIMITIVES.get(name);
	if (!found) throw new LaminaError({ code: "failed", message: `the program has an unknown primitive ${name}` });
	return found;
}
