import { InvalidRequestError } from "../../shared/errors";
import { PREPROCESS_PRESETS, type PreprocessSpec } from "../../shared/preprocess";
import { didYouMean } from "../units/nearest";

type Reader = (value: unknown, name: string) => unknown;

function expected(what: string, value: unknown, name: string): never {
	throw new InvalidRequestError(
		`"${name}" of the preprocessing is ${JSON.stringify(value)}; ${what} is expected.`,
		"preprocess",
		EXAMPLE,
	);
}

const EXAMPLE = `For example {"size": [224, 224], "resize": "bilinear", "scale": 0.00392156862745098}, or a preset: ${Object.keys(PREPROCESS_PRESETS).join(", ")}.`;

const oneOf =
	(...choices: string[]): Reader =>
	(value, name) =>
		typeof value === "string" && choices.includes(value)
			? value
			: expected(`one of ${choices.join(", ")}`, value, name);

const isNumber = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value);

const numbers: Reader = (value, name) => {
	const list = isNumber(value) ? [value] : value;
	if (Array.isArray(list) && list.length > 0 && list.every(isNumber)) return list;
	return expected("a number, or one number a channel,", value, name);
};

const READERS: Readonly<Record<keyof PreprocessSpec, Reader>> = {
	size(value, name) {
		const list = isNumber(value) ? [value, value] : value;
		const sound =
			Array.isArray(list) &&
			list.length === 2 &&
			list.every((extent) => Number.isInteger(extent) && extent >= 1 && extent <= 16_384);
		return sound ? list : expected("[height, width] in pixels", value, name);
	},
	resize: oneOf("bilinear", "nearest", "bicubic", "lanczos", "tf-bilinear"),
	fit: oneOf("squash", "crop", "pad"),
	channels: oneOf("rgb", "bgr", "gray"),
	alpha: oneOf("drop", "white", "black"),
	scale: (value, name) => (isNumber(value) && value !== 0 ? value : expected("a number that is not 0", value, name)),
	mean: numbers,
	std(value, name) {
		const list = numbers(value, name) as number[];
		return list.every((deviation) => deviation !== 0) ? list : expected("numbers that are not 0", value, name);
	},
	invert: (value, name) => (typeof value === "boolean" ? value : expected("true or false", value, name)),
};

/**
 * Reads a preprocessing: the name of a preset, or an object of {@link PreprocessSpec} in which `preset` may name the one
 * that it starts from.
 * @throws InvalidRequestError naming the member and what is expected of it
 */
export function readPreprocess(value: unknown): PreprocessSpec {
	if (typeof value === "string") return preset(value);
	if (typeof value !== "object" || value === null || Array.isArray(value)) {
		throw new InvalidRequestError("The preprocessing is neither a preset nor an object.", "preprocess", EXAMPLE);
	}
	const { preset: base, ...members } = value as Record<string, unknown>;
	const spec: Record<string, unknown> = base === undefined ? {} : { ...preset(base) };
	for (const [name, member] of Object.entries(members)) {
		const reader = READERS[name as keyof PreprocessSpec];
		if (!Object.hasOwn(READERS, name)) {
			throw new InvalidRequestError(
				`The preprocessing has no member "${name}".`,
				"preprocess",
				didYouMean(name, Object.keys(READERS), `It has ${Object.keys(READERS).join(", ")}.`),
			);
		}
		spec[name] = reader(member, name);
	}
	return spec;
}

function preset(name: unknown): PreprocessSpec {
	const presets: Readonly<Record<string, PreprocessSpec>> = PREPROCESS_PRESETS;
	if (typeof name === "string" && Object.hasOwn(presets, name)) return presets[name]!;
	throw new InvalidRequestError(
		`There is no preprocessing preset ${JSON.stringify(name)}.`,
		"preprocess",
		didYouMean(String(name), Object.keys(presets), EXAMPLE),
	);
}

/** Reads what is written on the command line or in a settings file: a preset, or JSON. @throws InvalidRequestError */
export function parsePreprocess(text: string): PreprocessSpec {
	const trimmed = text.trim();
	if (!trimmed.startsWith("{")) return readPreprocess(trimmed);
	let value: unknown;
	try {
		value = JSON.parse(trimmed);
	} catch (error) {
		throw new InvalidRequestError(
			`The preprocessing is not JSON: ${error instanceof Error ? error.message : error}.`,
			"preprocess",
			EXAMPLE,
		);
	}
	return readPreprocess(value);
}
