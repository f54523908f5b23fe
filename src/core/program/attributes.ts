import { LaminaError } from "../../shared/errors";
import type { TensorData } from "../../shared/tensor";
import type { Attributes } from "./types";

/** Typed access to the attributes of an instruction, for primitives and engines. Each throws `failed` when the attribute is missing or of another type: programs are made by the vocabulary, so that is a defect, never a user's mistake. */

export function integer(attributes: Attributes, name: string): number {
	const value = attributes[name];
	if (typeof value !== "number" || !Number.isInteger(value)) throw defect(name, "an integer", value);
	return value;
}

export function number(attributes: Attributes, name: string): number {
	const value = attributes[name];
	if (typeof value !== "number") throw defect(name, "a number", value);
	return value;
}

export function flag(attributes: Attributes, name: string): boolean {
	const value = attributes[name];
	if (typeof value !== "boolean") throw defect(name, "true or false", value);
	return value;
}

export function text(attributes: Attributes, name: string): string {
	const value = attributes[name];
	if (typeof value !== "string") throw defect(name, "a string", value);
	return value;
}

export function integers(attributes: Attributes, name: string): readonly number[] {
	const value = attributes[name];
	if (!isList(value) || !value.every((item) => typeof item === "number" && Number.isInteger(item)))
		throw defect(name, "a list of integers", value);
	return value as readonly number[];
}

/** A list of [before, after]. */
export function pairs(attributes: Attributes, name: string): readonly (readonly [number, number])[] {
	const value = attributes[name];
	if (!isList(value) || !value.every((item) => isList(item) && item.length === 2 && item.every(Number.isInteger)))
		throw defect(name, "a list of [before, after]", value);
	return value as unknown as readonly (readonly [number, number])[];
}

export function tensorData(attributes: Attributes, name: string): TensorData {
	const value = attributes[name];
	if (!ArrayBuffer.isView(value)) throw defect(name, "tensor data", value);
	return value as TensorData;
}

function isList(value: unknown): value is readonly unknown[] {
	return Array.isArray(value);
}

function defect(name: string, expected: string, found: unknown): LaminaError {
	return new LaminaError({
		code: "failed",
		message: `attribute ${name} is ${JSON.stringify(found)}, but ${expected} was expected`,
	});
}
