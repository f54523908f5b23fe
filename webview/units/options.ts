import type { LaminaErrorData } from "../../src/shared/errors";
import type { Prediction } from "../../src/shared/protocol";
import { formatUnit, formatUnitAddress, parseUnitAddress, UnitSyntaxError } from "../../src/shared/unit-parser";
import { addressOf } from "../header/scores";
import { formatNumber, formatProbability } from "../state/format";

/** Something that can be explained, offered in the unit picker. */
export interface UnitOption {
	address: string;
	title: string;
	detail: string;
}

const MOST_OPTIONS = 60;

/**
 * Units that are worth asking about: the best classes with their values, then the classes whose label or index fits what
 * was typed, and the layers that do.
 */
export function unitOptions(
	predictions: readonly Prediction[],
	labels: readonly string[] | undefined,
	layers: readonly string[],
	typed: string,
): UnitOption[] {
	const wanted = typed.trim().toLowerCase();
	const fits = (...texts: string[]) => texts.some((text) => text.toLowerCase().includes(wanted));
	const options: UnitOption[] = [];
	const add = (option: UnitOption) => {
		if (options.length < MOST_OPTIONS && !options.some(({ address }) => address === option.address))
			options.push(option);
	};
	for (const prediction of predictions) {
		for (const score of prediction.top) {
			const value = prediction.kind === "probability" ? formatProbability(score.value) : formatNumber(score.value, 3);
			const option = {
				address: addressOf(prediction, score),
				title: score.label ?? `class ${score.index}`,
				detail: value,
			};
			if (fits(option.title, option.address)) add(option);
		}
	}
	if (wanted === "") return options;
	for (const { layer, count } of predictions) {
		for (let index = 0; index < count && options.length < MOST_OPTIONS; index++) {
			const title = (labels?.length === count ? labels[index] : undefined) ?? `class ${index}`;
			if (fits(title, `${layer}[${index}]`))
				add({ address: formatUnit({ place: { layer }, channel: index }), title, detail: "" });
		}
	}
	for (const layer of layers) {
		const address = formatUnit({ place: { layer } });
		if (fits(layer)) add({ address, title: address, detail: "whole layer, summed" });
	}
	return options;
}

/** What is wrong with an address as it is written; `undefined` where nothing is. Whether there is such a layer, the core says. */
export function addressProblem(text: string, layers: readonly string[]): LaminaErrorData | undefined {
	try {
		const { unit, minus } = parseUnitAddress(text);
		for (const { place } of [unit, ...(minus ? [minus] : [])]) {
			if (!layers.includes(place.layer)) {
				const at = Math.max(0, text.indexOf(place.layer));
				return {
					code: "invalid",
					message: `There is no layer "${place.layer}".`,
					where: `${text}\n${" ".repeat(at)}^`,
					hint: "Type part of a name to see the layers and classes that fit.",
				};
			}
		}
		return undefined;
	} catch (thrown) {
		if (thrown instanceof UnitSyntaxError) return thrown.toData();
		throw thrown;
	}
}

/** The two sides of "why this and not that". */
export function splitAddress(address: string | undefined): { unit: string | undefined; minus: string | undefined } {
	if (!address) return { unit: undefined, minus: undefined };
	try {
		const { unit, minus } = parseUnitAddress(address);
		return { unit: formatUnit(unit), minus: minus && formatUnit(minus) };
	} catch {
		return { unit: address, minus: undefined };
	}
}

/** @throws UnitSyntaxError when one of the two does not follow the grammar */
export function joinAddress(unit: string, minus: string | undefined): string {
	const parsed = parseUnitAddress(unit).unit;
	return formatUnitAddress(minus ? { unit: parsed, minus: parseUnitAddress(minus).unit } : { unit: parsed });
}
