import { didYouMean } from "../../units/nearest";
import type { Bound } from "../lrp";
import { type Json, type JsonEntry, TextPlaceError } from "./json";

/** Typed access to the fields of an object; every error points at the character. */
export class Fields {
	private readonly entries: readonly JsonEntry[];

	/** @param what the object is, with its article. @throws TextPlaceError when it is no object */
	constructor(
		private readonly text: string,
		json: Json,
		private readonly what: string,
	) {
		if (json.kind !== "object") throw new TextPlaceError(`${what} is written in braces`, text, json.at);
		this.entries = json.entries;
	}

	field(name: string): JsonEntry | undefined {
		return this.entries.find(({ key }) => key === name);
	}

	/** @throws TextPlaceError at a field of another name */
	only(names: readonly string[]): void {
		for (const { key, at } of this.entries)
			if (!names.includes(key))
				throw new TextPlaceError(
					`${this.what} has no "${key}"`,
					this.text,
					at,
					didYouMean(key, names, `It has ${names.join(", ")}.`),
				);
	}

	/** One of the names. */
	choice(name: string, among: readonly string[]): string | undefined {
		const found = this.field(name)?.value;
		if (!found) return undefined;
		if (found.kind === "value" && typeof found.value === "string" && among.includes(found.value)) return found.value;
		const given = found.kind === "value" && typeof found.value === "string" ? found.value : "";
		throw new TextPlaceError(
			`"${name}" is one of ${among.join(", ")}`,
			this.text,
			found.at,
			given === "" ? undefined : didYouMean(given, among, ""),
		);
	}

	flag(name: string): boolean | undefined {
		const found = this.field(name)?.value;
		if (!found) return undefined;
		if (found.kind === "value" && typeof found.value === "boolean") return found.value;
		throw new TextPlaceError(`"${name}" is true or false`, this.text, found.at);
	}

	/** 0 or more. */
	number(name: string): number | undefined {
		const found = this.field(name)?.value;
		const number = found && this.numberIn(name, found);
		if (found && number !== undefined && number < 0)
			throw new TextPlaceError(`"${name}" is 0 or more`, this.text, found.at);
		return number;
	}

	/** One number, or a list with one for each channel. */
	bound(name: string): Bound | undefined {
		const found = this.field(name)?.value;
		if (found?.kind !== "array") return found && this.numberIn(name, found);
		if (found.items.length === 0) throw new TextPlaceError(`"${name}" is empty`, this.text, found.at);
		return found.items.map((item) => this.numberIn(name, item));
	}

	/** [from, to] within 0 and 1. */
	range(name: string): [number, number] | undefined {
		const found = this.field(name)?.value;
		if (!found) return undefined;
		const ends = found.kind === "array" ? found.items.map((item) => this.numberIn(name, item)) : [];
		const [from, to] = ends;
		if (ends.length !== 2 || from === undefined || to === undefined || from < 0 || to > 1 || from >= to)
			throw new TextPlaceError(
				`"${name}" is [from, to], where 0 is the first linear layer and 1 the last`,
				this.text,
				found.at,
			);
		return [from, to];
	}

	private numberIn(name: string, json: Json): number {
		if (json.kind === "value" && typeof json.value === "number" && Number.isFinite(json.value)) return json.value;
		throw new TextPlaceError(`"${name}" is a number`, this.text, json.at);
	}
}
