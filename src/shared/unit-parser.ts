import { InvalidRequestError } from "./errors";
import type { Place, Reduction, Unit, UnitAddress } from "./units";

/**
 * Parser and formatter of unit addresses; the grammar is in docs/unit-addresses.md.
 * An address is only read here: whether the model has such a layer is decided by core/units.
 */

/** An address that does not follow the grammar. `where` is the address with a caret below the character. */
export class UnitSyntaxError extends InvalidRequestError {
	/** @param position of the character at fault, 0 the first; `text.length` when the address ends too early */
	constructor(
		message: string,
		readonly text: string,
		readonly position: number,
		hint = 'An address looks like conv2d_3[17]@4,9 or predictions[tabby]; names with spaces are quoted: predictions["tabby cat"].',
	) {
		super(message, `${text}\n${" ".repeat(position)}^`, hint);
	}
}

/** Characters that end an unquoted layer name. */
const RESERVED = /[[\]@#^:"\s]/;
const REDUCTIONS: readonly Reduction[] = ["sum", "mean", "max"];

class Scanner {
	position = 0;

	constructor(readonly text: string) {}

	get done(): boolean {
		return this.position >= this.text.length;
	}

	get next(): string {
		return this.text[this.position] ?? "";
	}

	take(character: string): boolean {
		if (this.next !== character) return false;
		this.position++;
		return true;
	}

	spaces(): boolean {
		const before = this.position;
		while (/\s/.test(this.next)) this.position++;
		return this.position > before;
	}

	/** Takes characters up to the first that `stop` matches. */
	until(stop: RegExp): string {
		const start = this.position;
		while (!this.done && !stop.test(this.next)) this.position++;
		return this.text.slice(start, this.position);
	}

	/** A quoted name; `\"` and `\\` are escapes. The opening quote is the next character. */
	quoted(): string {
		const open = this.position;
		this.position++;
		let name = "";
		while (!this.done) {
			const character = this.next;
			this.position++;
			if (character === '"') return name;
			if (character === "\\") {
				if (this.next !== '"' && this.next !== "\\") this.fail('after "\\" comes a quote or another "\\"');
				name += this.next;
				this.position++;
			} else name += character;
		}
		return this.fail("the quote is not closed", open);
	}

	/** A non-negative integer. */
	integer(what: string): number {
		const start = this.position;
		const digits = this.until(/[^0-9]/);
		if (digits === "") this.fail(`expected ${what}, a number from 0 up`, start);
		const value = Number(digits);
		if (!Number.isSafeInteger(value)) this.fail(`${what} is too large`, start);
		return value;
	}

	fail(message: string, position = this.position): never {
		throw new UnitSyntaxError(this.found(message, position), this.text, position);
	}

	private found(message: string, position: number): string {
		const what = position >= this.text.length ? "the end of the address" : `"${this.text[position]}"`;
		return `${message}, found ${what} at character ${position + 1}`;
	}
}

/**
 * Reads the address of a unit, or of the difference of two.
 * @throws UnitSyntaxError pointing at the character at fault
 */
export function parseUnitAddress(text: string): UnitAddress {
	const scanner = new Scanner(text);
	scanner.spaces();
	const unit = parseUnit(scanner);
	const spaced = scanner.spaces();
	if (scanner.done) return { unit };
	if (!spaced || !scanner.take("-")) scanner.fail('expected the end of the address, or " - " and another unit');
	if (!scanner.spaces()) scanner.fail('expected a space after "-"');
	const minus = parseUnit(scanner);
	scanner.spaces();
	if (!scanner.done) scanner.fail("expected the end of the address");
	return { unit, minus };
}

/**
 * Reads the address of a place, as `--at` takes it: a layer, `#call`, `^pre` or `^post`, and nothing more.
 * @throws UnitSyntaxError pointing at the character at fault
 */
export function parsePlace(text: string): Place {
	const scanner = new Scanner(text);
	scanner.spaces();
	const place: Place = { layer: parseLayer(scanner) };
	while (scanner.next === "#" || scanner.next === "^") parsePlaceSuffix(scanner, place);
	scanner.spaces();
	if (!scanner.done) scanner.fail("expected the end of the place: a layer, #call, ^pre or ^post");
	return place;
}

function parseUnit(scanner: Scanner): Unit {
	const place: Place = { layer: parseLayer(scanner) };
	const unit: Unit = { place };
	for (;;) {
		const start = scanner.position;
		if (scanner.next === "#" || scanner.next === "^") parsePlaceSuffix(scanner, place);
		else if (scanner.take("[")) {
			if (unit.channel !== undefined) scanner.fail("the channel is given twice", start);
			unit.channel = parseChannel(scanner);
		} else if (scanner.take("@")) {
			if (unit.position) scanner.fail("the position is given twice", start);
			unit.position = [scanner.integer("a position")];
			while (scanner.take(",")) unit.position.push(scanner.integer("a position"));
			if (scanner.take(">")) {
				unit.key = [scanner.integer("the position of a key")];
				while (scanner.take(",")) unit.key.push(scanner.integer("the position of a key"));
			}
		} else if (scanner.take(":")) {
			if (unit.reduction) scanner.fail("the reduction is given twice", start);
			unit.reduction = parseWord(scanner, REDUCTIONS);
		} else return unit;
	}
}

function parsePlaceSuffix(scanner: Scanner, place: Place): void {
	const start = scanner.position;
	if (scanner.take("#")) {
		if (place.call !== undefined) scanner.fail("the call is given twice", start);
		place.call = scanner.integer("the number of a call");
	} else {
		scanner.take("^");
		if (place.stage) scanner.fail("the stage is given twice", start);
		place.stage = parseWord(scanner, ["pre", "post"] as const);
	}
}

function parseLayer(scanner: Scanner): string {
	const start = scanner.position;
	const name = scanner.next === '"' ? scanner.quoted() : scanner.until(RESERVED);
	if (name === "") scanner.fail("expected the name of a layer", start);
	return name;
}

/** What stands between the brackets; the opening one is taken. */
function parseChannel(scanner: Scanner): number | string {
	scanner.spaces();
	const start = scanner.position;
	if (scanner.next === '"') {
		const label = scanner.quoted();
		scanner.spaces();
		if (!scanner.take("]")) scanner.fail('expected "]" after the label');
		return label;
	}
	const text = scanner.until(/[[\]"]/);
	if (!scanner.take("]")) scanner.fail('expected "]" after the channel');
	const name = text.trim();
	if (name === "") scanner.fail("expected a channel: a number or a label", start);
	if (/^[0-9]+$/.test(name)) {
		if (!Number.isSafeInteger(Number(name))) scanner.fail("the channel is too large", start);
		return Number(name);
	}
	if (/^-[0-9]+$/.test(name)) scanner.fail("channels count from 0", start);
	return name;
}

function parseWord<Word extends string>(scanner: Scanner, words: readonly Word[]): Word {
	const start = scanner.position;
	const text = scanner.until(/[^a-z]/i);
	const word = words.find((candidate) => candidate === text);
	return word ?? scanner.fail(`expected ${words.slice(0, -1).join(", ")} or ${words[words.length - 1]}`, start);
}

/** The canonical written form: parsing it gives the same address again. */
export function formatUnitAddress(address: UnitAddress): string {
	return address.minus ? `${formatUnit(address.unit)} - ${formatUnit(address.minus)}` : formatUnit(address.unit);
}

export function formatUnit(unit: Unit): string {
	const channel = unit.channel === undefined ? "" : `[${formatChannel(unit.channel)}]`;
	const reduction = unit.reduction ? `:${unit.reduction}` : "";
	return `${formatPlace(unit.place)}${channel}${formatPosition(unit)}${reduction}`;
}

/** `@4,9`, `@5>2`; nothing without a position. */
export function formatPosition({ position, key }: Unit): string {
	return position ? `@${position.join(",")}${key ? `>${key.join(",")}` : ""}` : "";
}

export function formatPlace(place: Place): string {
	const layer = place.layer === "" || RESERVED.test(place.layer) ? quote(place.layer) : place.layer;
	return `${layer}${place.call === undefined ? "" : `#${place.call}`}${place.stage ? `^${place.stage}` : ""}`;
}

function formatChannel(channel: number | string): string {
	if (typeof channel === "number") return String(channel);
	const plain =
		channel !== "" && channel.trim() === channel && !/[[\]"\s]/.test(channel) && !/^-?[0-9]+$/.test(channel);
	return plain ? channel : quote(channel);
}

function quote(name: string): string {
	return `"${name.replace(/[\\"]/g, "\\$&")}"`;
}
