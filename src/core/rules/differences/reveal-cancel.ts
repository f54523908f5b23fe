import type { Value } from "../../program/types";
import { add, binary, mul, select, sub, unary } from "../../program/vocabulary";
import { isLinearLayer } from "../depth";
import { gradient, inputGradients, pairs, vjpOnce } from "../gradient";
import type { BackwardStep, Composite, Rule } from "../rule";
import { breadthOf, passageOf, scaleOf, type TellsApart, withMagnitudes } from "./breadth";
import { orZero } from "./call";
import { DIFFERENCE_THRESHOLD, quotient } from "./quotient";
import { inputDifference, isActivation, outputDifference, referenceOf, rescale } from "./rescale";

/**
 * DeepLIFT RevealCancel: an activation treats what raised its input and what lowered it apart, so that contributions
 * that cancel each other in its input still show. Shrikumar, Greenside, Kundaje 2017, section 3.5.2; the numbers of
 * deeplift 0.6.
 *
 * Between an activation and the linear layer before it there are two multipliers, m+ and m-. They are carried as their
 * mean (the relevance) and half their difference (the spread). A linear layer hands back
 * W^T mean + sign(x - x') |W|^T spread: deeplift's products of positive and negative parts, and half of each where x = x'.
 * @param tellsApart linear layers whose positive and negative contributions the activation behind them treats apart
 */
export function revealCancelComposite(
	name: string,
	tellsApart: TellsApart,
	threshold = DIFFERENCE_THRESHOLD,
): Composite {
	const activation = activationRule(tellsApart, threshold);
	const plain = joined(rescale(threshold));
	return {
		id: `deeplift-${name}(${threshold})`,
		needsReference: true,
		rule: (_node, op) => {
			if (isLinearLayer(op)) return linearRule;
			if (op.kind === "elementwise" && !passageOf(op)) return activation;
			return passageOf(op) ? passageRule : plain;
		},
		join: (step, input, relevance, spread) =>
			joinAt(step, step.node.inputs[input] as string, inputDifference(step, input), relevance, spread, {
				tellsApart,
				threshold,
			}),
	};
}

/** Half of the breadth that rounding may leave where everything has one sign: sums of n terms lose about n^0.5 * 6e-8. */
const ROUNDING = 1e-6;

function activationRule(tellsApart: TellsApart, threshold: number): Rule {
	const plain = rescale(threshold);
	/** m+ and m- of the input, when something tells its contributions apart. */
	const bothMultipliers = (step: BackwardStep): [Value, Value] | undefined => {
		const { b, op, node, params } = step;
		const breadth = isActivation(step) ? breadthOf(step, node.inputs[0] as string, tellsApart) : undefined;
		const arriving = joinedRelevance(step)[0];
		if (!breadth || !arriving || !step.wanted[0]) return undefined;
		const start = referenceOf(step).inputs[0] as Value;
		const [y, y0] = [step.outputs[0] as Value, referenceOf(step).outputs[0] as Value];
		const delta = inputDifference(step, 0);
		const least = mul(b, breadth, ROUNDING);
		const up = select(b, binary(b, "greater", add(b, delta, breadth), least), mul(b, add(b, delta, breadth), 0.5), 0);
		const down = select(b, binary(b, "greater", sub(b, breadth, delta), least), mul(b, sub(b, delta, breadth), 0.5), 0);
		const at = (x: Value) => op.forward(b, [x], params, node.attrs)[0] as Value;
		const [raised, lowered] = [at(add(b, start, up)), at(add(b, start, down))];
		const mean = (p: Value, q: Value) => mul(b, mul(b, add(b, p, q), 0.5), arriving);
		const slope = orZero(b, inputGradients(step, [arriving])[0], delta);
		return [
			quotient(b, mean(sub(b, raised, y0), sub(b, y, lowered)), up, slope, threshold),
			quotient(b, mean(sub(b, lowered, y0), sub(b, y, raised)), down, slope, threshold),
		];
	};
	return {
		id: `reveal-cancel(${threshold})`,
		backward(step) {
			const both = bothMultipliers(step);
			if (!both) return joined(plain).backward(step);
			return [mul(step.b, add(step.b, ...both), 0.5)];
		},
		spread(step) {
			const both = bothMultipliers(step);
			return both ? [mul(step.b, sub(step.b, ...both), 0.5)] : [];
		},
	};
}

/** W^T mean + sign(x - x') |W|^T spread. */
const linearRule: Rule = {
	id: "reveal-cancel-linear",
	backward(step) {
		const { b, inputs, wanted } = step;
		const plain = gradient.backward(step);
		if (step.spread.every((spread) => spread === undefined)) return plain;
		const outputs = withMagnitudes(b, step, inputs);
		const apart = vjpOnce(b, pairs(outputs, step.spread), inputs, wanted);
		return plain.map((value, index) => {
			const half = apart[index];
			const signed = half && mul(b, half, unary(b, "sign", inputDifference(step, index)));
			return value && signed ? add(b, value, signed) : (signed ?? value);
		});
	},
};

/** Averaging, scaling and moving of elements: both numbers pass on. */
const passageRule: Rule = {
	id: "reveal-cancel-passage",
	backward: gradient.backward,
	spread(step) {
		const { b, spread, op } = step;
		const [arriving] = spread;
		if (passageOf(op) === "even") return inputGradients(step, spread);
		return [arriving && mul(b, arriving, scaleOf(b, step))];
	},
};

/** Any other op knows one multiplier: the two are joined by the sign of the difference. */
const joined = (rule: Rule): Rule => ({
	id: rule.id,
	backward: (step) => rule.backward({ ...step, relevance: joinedRelevance(step) }),
});

function joinedRelevance(step: BackwardStep): (Value | undefined)[] {
	const { b } = step;
	return step.relevance.map((relevance, index) => {
		const spread = step.spread[index];
		if (!spread) return relevance;
		const signed = mul(b, spread, unary(b, "sign", outputDifference(step, index)));
		return relevance ? add(b, relevance, signed) : signed;
	});
}

/** The one multiplier that has the contribution of both at a value: mean + spread * breadth / difference. */
function joinAt(
	step: BackwardStep,
	value: string,
	delta: Value,
	relevance: Value | undefined,
	spread: Value,
	{ tellsApart, threshold }: { tellsApart: TellsApart; threshold: number },
): Value {
	const { b } = step;
	const breadth = breadthOf(step, value, tellsApart);
	const half = breadth
		? quotient(b, mul(b, spread, breadth), delta, mul(b, spread, 0), threshold)
		: mul(b, spread, unary(b, "sign", delta));
	return relevance ? add(b, relevance, half) : half;
}
