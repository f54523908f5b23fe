import type { Builder } from "../program/builder";
import type { Value } from "../program/types";
import { add, binary, broadcastTo, cast, constant, full, maximum, minimum, mul, square } from "../program/vocabulary";
import { asIs, type Branch, linearRule, type Modifier, perUnit, sumOf } from "./linear-rule";
import { isNonNegative } from "./non-negative";
import type { Rule } from "./rule";

/**
 * Layer-wise relevance propagation: the rules for linear ops, equal to zennit 0.5.1's.
 * Denominators are stabilised as z + sign(z) * stabilizer with sign(0) = +1.
 */
export interface RuleOptions {
	/** Keeps denominators away from 0. */
	stabilizer?: number;
	/** `false` leaves the bias out of every branch (zennit: `zero_params="bias"`). */
	bias?: boolean;
}

export const STABILIZER = 1e-6;

type Input = Branch["input"];
export const whole: Input = (_b, x) => x;
const ones: Input = (b, x) => full(b, x.shape, 1);
const positivePart: Input = (b, x) => (isNonNegative(b, x) ? x : maximum(b, x, 0));
/** Known to be zero behind a ReLU. */
const negativePart: Input = (b, x) => (isNonNegative(b, x) ? undefined : minimum(b, x, 0));

export const positive: Modifier = (b, w) => maximum(b, w, 0);
const negative: Modifier = (b, w) => minimum(b, w, 0);

export function branch(input: Input, weight: Modifier, bias: Modifier | "zero", extra: Partial<Branch> = {}): Branch {
	return { input, weight, bias, factor: 1, timesInput: true, ...extra };
}

export const suffix = (options: RuleOptions) =>
	`${options.stabilizer === undefined ? "" : `,stabilizer=${options.stabilizer}`}${options.bias === false ? ",bias=zero" : ""}`;
export const bias = (options: RuleOptions, modifier: Modifier): Modifier | "zero" =>
	options.bias === false ? "zero" : modifier;

/**
 * R_i = x_i sum_j w_ij R_j / (z_j + sign(z_j) epsilon). `epsilon` 0 is LRP-0 (undefined where z is 0).
 * Bach et al. 2015, On pixel-wise explanations for non-linear classifier decisions by layer-wise relevance propagation.
 */
export function epsilon(value = 1e-6, options: RuleOptions = {}): Rule {
	return linearRule({
		id: `epsilon(${value}${suffix(options)})`,
		branches: [branch(whole, asIs, bias(options, asIs))],
		share: (b, relevance, [z]) => [perUnit(b, relevance, z, value)],
	});
}

/** The epsilon rule with nothing but a stabiliser, for ops without params: relevance is split in proportion to the summands. */
export function norm(stabilizer = STABILIZER): Rule {
	return { ...epsilon(stabilizer), id: `norm(${stabilizer})` };
}

/**
 * Positive and negative contributions apart, weighted alpha and -beta; alpha - beta = 1 conserves relevance.
 * Negative inputs count with negative weights. The bias is clamped like the weights.
 * Bach et al. 2015.
 */
export function alphaBeta(alpha = 2, beta = 1, options: RuleOptions = {}): Rule {
	const stabilizer = options.stabilizer ?? STABILIZER;
	const activators = [branch(positivePart, positive, bias(options, positive)), branch(negativePart, negative, "zero")];
	const inhibitors = [branch(positivePart, negative, bias(options, negative)), branch(negativePart, positive, "zero")];
	const used = [
		...(alpha === 0 ? [] : activators.map((part) => ({ ...part, factor: alpha }))),
		...(beta === 0 ? [] : inhibitors.map((part) => ({ ...part, factor: -beta }))),
	];
	return linearRule({
		id: `alpha-beta(${alpha},${beta}${suffix(options)})`,
		branches: used,
		share: (b, relevance, results) => {
			const shares: (Value | undefined)[] = [];
			for (let pair = 0; pair < results.length; pair += 2) {
				const both = results.slice(pair, pair + 2);
				const share = perUnit(b, relevance, sumOf(b, both), stabilizer);
				shares.push(...both.map((result) => result && share));
			}
			return shares;
		},
	});
}

/** Only what raises the output counts: alpha-beta with alpha 1, beta 0. Montavon et al. 2017, Explaining nonlinear classification decisions with deep Taylor decomposition. */
export function zPlus(options: RuleOptions = {}): Rule {
	return { ...alphaBeta(1, 0, options), id: `z-plus(${suffix(options).slice(1)})` };
}

/**
 * Generalised gamma rule: contributions that agree in sign with the output count 1 + gamma times. Where the output is
 * positive these are x+ (w + gamma w+) with the bias alike and x- (w + gamma w-) without; where it is negative,
 * x+ (w + gamma w-) with the bias alike and x- (w + gamma w+) without. An output of exactly 0 passes nothing.
 * Montavon et al. 2019, Layer-wise relevance propagation: an overview; Andeol et al. 2021.
 */
export function gamma(value = 0.25, options: RuleOptions = {}): Rule {
	const stabilizer = options.stabilizer ?? STABILIZER;
	const favour =
		(part: Modifier): Modifier =>
		(b, w) =>
			add(b, w, mul(b, part(b, w), value));
	return linearRule({
		id: `gamma(${value}${suffix(options)})`,
		branches: [
			branch(positivePart, favour(positive), bias(options, favour(positive))),
			branch(negativePart, favour(negative), "zero"),
			branch(positivePart, favour(negative), bias(options, favour(negative))),
			branch(negativePart, favour(positive), "zero"),
			// Only its sign is used, and with its bias whatever the option says.
			branch(whole, asIs, asIs),
		],
		share: (b, relevance, [a, c, d, e, plain]) => {
			if (!plain) return [];
			const where = (comparison: "greater" | "less") =>
				mul(b, relevance, cast(b, binary(b, comparison, plain, 0), "float32"));
			const up = perUnit(b, where("greater"), sumOf(b, [a, c]), stabilizer);
			const down = perUnit(b, where("less"), sumOf(b, [d, e]), stabilizer);
			return [a && up, c && up, d && down, e && down, undefined];
		},
	});
}

/**
 * For inputs in a box [low, high], such as pixels. `low` and `high` are numbers, or one number for each channel,
 * which are broadcast along `channelAxis` (batch included).
 * Montavon et al. 2017.
 */
export function zBox(low: Bound, high: Bound, options: RuleOptions & { channelAxis?: number } = {}): Rule {
	const stabilizer = options.stabilizer ?? STABILIZER;
	const bound =
		(value: Bound): Input =>
		(b, x) =>
			boundValue(b, x, value, options.channelAxis ?? -1);
	return linearRule({
		id: `z-box(${[low].flat().join()}..${[high].flat().join()}@${options.channelAxis ?? -1}${suffix(options)})`,
		branches: [
			branch(whole, asIs, bias(options, asIs)),
			branch(bound(low), positive, bias(options, positive), { factor: -1 }),
			branch(bound(high), negative, bias(options, negative), { factor: -1 }),
		],
		share: (b, relevance, [plain, lowest, highest]) => {
			const away = sumOf(b, [lowest, highest]);
			const z = sumOf(b, [plain, away && mul(b, away, -1)]);
			const share = perUnit(b, relevance, z, stabilizer);
			return [share, share, share];
		},
	});
}

export type Bound = number | readonly number[];

function boundValue(b: Builder, x: Value, bound: Bound, channelAxis: number): Value {
	if (typeof bound === "number") return full(b, x.shape, bound);
	const axis = channelAxis < 0 ? channelAxis + x.shape.length : channelAxis;
	const shape = x.shape.map((_, index) => (index === axis ? bound.length : 1));
	return broadcastTo(b, constant(b, bound, shape), x.shape);
}

/** By squared weights, whatever the input. The bias is squared too, unless left out. Montavon et al. 2017. */
export function wSquare(options: RuleOptions = {}): Rule {
	const squared: Modifier = (b, w) => square(b, w);
	return linearRule({
		id: `w-square(${suffix(options).slice(1)})`,
		branches: [branch(ones, squared, bias(options, squared), { timesInput: false })],
		share: (b, relevance, [z]) => [perUnit(b, relevance, z, options.stabilizer ?? STABILIZER)],
	});
}

/** Evenly over everything that is connected; padding is not. Lapuschkin et al. 2019, Unmasking Clever Hans predictors. */
export function flat(options: RuleOptions = {}): Rule {
	return linearRule({
		id: `flat(${suffix(options).slice(1)})`,
		branches: [branch(ones, (b, w) => full(b, w.shape, 1), "zero", { timesInput: false })],
		share: (b, relevance, [z]) => [perUnit(b, relevance, z, options.stabilizer ?? STABILIZER)],
	});
}

/** Hands relevance on unchanged; input and output have the same shape. */
export const pass: Rule = {
	id: "pass",
	backward: (step) => step.inputs.map((_, index) => (index === 0 ? step.relevance[0] : undefined)),
};
