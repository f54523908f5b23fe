import { InvalidRequestError } from "../../shared/errors";
import type { Attr } from "../graph/types";
import type { Attrs } from "./op";

/** Attributes of graph nodes come from files: each reader checks what it finds and names what it expected. */

function refuse(name: string, found: Attr, expected: string): never {
	throw new InvalidRequestError(`attribute ${name} is ${JSON.stringify(found) ?? "missing"}; ${expected} was expected`);
}

/** @throws InvalidRequestError when it is not a number, or is missing and there is no fallback */
export function numberAttr(attrs: Attrs, name: string, fallback?: number): number {
	const value = attrs[name] ?? fallback;
	return typeof value === "number" ? value : refuse(name, value, "a number");
}

/** @throws InvalidRequestError when it is not one of `allowed` */
export function textAttr<Text extends string>(
	attrs: Attrs,
	name: string,
	allowed: readonly Text[],
	fallback?: Text,
): Text {
	const value = attrs[name] ?? fallback;
	const found = allowed.find((text) => text === value);
	return found ?? refuse(name, value, `one of ${allowed.join(", ")}`);
}

export function flagAttr(attrs: Attrs, name: string, fallback = false): boolean {
	const value = attrs[name] ?? fallback;
	return typeof value === "boolean" ? value : refuse(name, value, "true or false");
}

/** A list of numbers; one number is a list of one. */
export function numbersAttr(attrs: Attrs, name: string, fallback?: readonly number[]): number[] {
	const value = attrs[name] ?? fallback;
	if (typeof value === "number") return [value];
	if (Array.isArray(value) && value.every((item) => typeof item === "number")) return [...(value as number[])];
	return refuse(name, value, "a list of numbers");
}

/** One entry for each of `count` axes; one number stands for all of them. */
export function perAxisAttr(attrs: Attrs, name: string, count: number, fallback?: number): number[] {
	const list = numbersAttr(attrs, name, fallback === undefined ? undefined : [fallback]);
	if (list.length === 1) return new Array<number>(count).fill(list[0] as number);
	return list.length === count ? list : refuse(name, attrs[name], `one number or ${count}`);
}

/** Pairs [before, after], one for each of `count` axes. */
export function pairsAttr(attrs: Attrs, name: string, count: number): [number, number][] {
	const value = attrs[name];
	const isPair = (item: Attr): item is [number, number] =>
		Array.isArray(item) && item.length === 2 && item.every((part) => typeof part === "number");
	if (Array.isArray(value) && value.length === count && value.every(isPair)) return value as [number, number][];
	return refuse(name, value, `a list of ${count} pairs of numbers`);
}

/** Numbers of any rank, row-major, with their extents: `[[1, 2], [3, 4]]` has the shape [2, 2]. */
export function arrayAttr(attrs: Attrs, name: string): { data: number[]; shape: number[] } {
	const shape: number[] = [];
	for (let level = attrs[name]; Array.isArray(level); level = level[0]) shape.push(level.length);
	const data: number[] = [];
	const walk = (item: Attr, depth: number) => {
		if (Array.isArray(item) && depth < shape.length && item.length === shape[depth]) {
			for (const part of item) walk(part, depth + 1);
		} else if (depth === shape.length && typeof item === "number") data.push(item);
		else if (depth === shape.length && typeof item === "boolean") data.push(Number(item));
		else refuse(name, attrs[name], "an array of numbers with rows of one length");
	};
	walk(attrs[name], 0);
	return { data, shape };
}
