import type { Graph, GraphNode } from "../../graph/types";
import type { OpDefinition } from "../../ops/op";
import { didYouMean } from "../../units/nearest";
import { isLinearLayer } from "../depth";
import type { Composite, CompositeContext, Rule } from "../rule";
import { Fields } from "./fields";
import { type Json, parseJson, TextPlaceError } from "./json";
import { type LayerPattern, layerPattern } from "./layer-pattern";
import { COMPOSITE_NAMES, type CompositeOptions, namedComposite } from "./named";
import { LRP_RULES, type RuleParameters } from "./rules";

/** A composite of one's own, read from JSON; docs/composites.md describes it. */
export interface OwnComposite {
	/** A rule takes its box from the parameters `low` and `high` of the method. */
	readonly needsBox: boolean;
	/**
	 * @param options for the rules that do not say otherwise
	 * @throws TextPlaceError where an entry fits no layer of the model, or a rule no op
	 */
	make(graph: Graph, options: CompositeOptions): Composite;
}

type Test = (node: GraphNode, op: OpDefinition, context: CompositeContext) => boolean;

interface Entry {
	readonly at: number;
	readonly tests: readonly Test[];
	/** Layers that its name pattern fits; all, without one. */
	readonly names?: LayerPattern;
	readonly rule: string;
	readonly parameters: RuleParameters;
}

const KINDS = [
	"linear",
	"convolution",
	"dense",
	"activation",
	"batch-norm",
	"average-pooling",
	"max-pooling",
	"sum",
] as const;
const CONDITIONS = ["kind", "name", "depth", "first", "last"] as const;
const NUMBERS = ["epsilon", "gamma", "alpha", "beta", "stabilizer"] as const;
const PARAMETERS = [...NUMBERS, "low", "high", "bias"] as const;

/** @throws TextPlaceError pointing at what is wrong */
export function parseOwnComposite(text: string): OwnComposite {
	const root = parseJson(text);
	const read = new Fields(text, root, "a composite");
	read.only(["composite", "rules"]);
	const base = read.choice("composite", COMPOSITE_NAMES) ?? "EpsilonPlus";
	const rules = read.field("rules");
	if (rules?.value.kind !== "array")
		throw new TextPlaceError("a composite has a list of rules", text, rules?.value.at ?? root.at, EXAMPLE);
	const entries = rules.value.items.map((item) => entryOf(text, item));
	return {
		needsBox: entries.some(
			({ rule, parameters }) => rule === "ZBox" && (parameters.low === undefined || parameters.high === undefined),
		),
		make: (graph, options) => composed(text, graph, namedComposite(base, options), entries, options),
	};
}

const EXAMPLE =
	'For instance {"rules": [{"first": true, "rule": "Flat"}, {"kind": "dense", "rule": "Epsilon", "epsilon": 0.1}]}.';

function entryOf(text: string, item: Json): Entry {
	const read = new Fields(text, item, "an entry of rules");
	read.only([...CONDITIONS, "rule", ...PARAMETERS]);
	const rule = read.choice("rule", Object.keys(LRP_RULES));
	if (rule === undefined) throw new TextPlaceError("an entry of rules names a rule", text, item.at, EXAMPLE);
	const known = LRP_RULES[rule]?.parameters ?? [];
	for (const name of PARAMETERS) {
		const given = read.field(name);
		if (given && !known.includes(name))
			throw new TextPlaceError(
				`the rule ${rule} does not look at "${name}"`,
				text,
				given.at,
				known.length === 0 ? "It has no parameters." : `It looks at ${known.join(", ")}.`,
			);
	}
	const kind = read.choice("kind", KINDS) ?? "linear";
	const depth = read.range("depth");
	const [first, last] = [read.flag("first"), read.flag("last")];
	const pattern = read.field("name");
	const tests: Test[] = [
		(_node, op) => (kind === "linear" ? isLinearLayer(op) : op.family === kind),
		...(depth ? [inDepth(...depth)] : []),
		...(first === undefined ? [] : [((_node, _op, context) => context.isFirstLinear === first) as Test]),
		...(last === undefined ? [] : [((_node, _op, context) => context.isLastLinear === last) as Test]),
	];
	const parameters: Record<string, unknown> = {
		bias: read.flag("bias"),
		low: read.bound("low"),
		high: read.bound("high"),
	};
	for (const name of NUMBERS) parameters[name] = read.number(name);
	const [alpha = 2, beta = 1] = [parameters.alpha as number, parameters.beta as number];
	if (rule === "AlphaBeta" && Math.abs(alpha - beta - 1) > 1e-6)
		throw new TextPlaceError(
			`alpha - beta is ${alpha - beta}, but relevance is conserved only where it is 1`,
			text,
			item.at,
		);
	for (const [name, value] of Object.entries(parameters)) if (value === undefined) delete parameters[name];
	return {
		at: item.at,
		tests,
		rule,
		parameters,
		...(pattern && { names: layerPattern(text, pattern.value) }),
	};
}

/** From `low` up to, but without, `high`; the deepest layer has the depth 1 and belongs to what ends there. */
const inDepth =
	(low: number, high: number): Test =>
	(_node, _op, { depth }) =>
		depth >= low && (depth < high || (high === 1 && depth === 1));

function composed(
	text: string,
	graph: Graph,
	base: Composite,
	entries: readonly Entry[],
	options: CompositeOptions,
): Composite {
	for (const { names } of entries) {
		if (!names || graph.layers.some(({ name }) => names.fits(name))) continue;
		const all = graph.layers.map(({ name }) => name);
		throw new TextPlaceError(
			`no layer of the model is named like ${JSON.stringify(names.pattern)}`,
			text,
			names.at,
			didYouMean(names.pattern.replaceAll(/[*?]/g, ""), all, "lamina inspect lists the layers."),
		);
	}
	const rules = entries.map(({ rule, parameters }) => LRP_RULES[rule]?.make({ ...options, ...parameters }) as Rule);
	return {
		id: `own(${base.id};${rules.map(({ id }) => id).join()};${text})`,
		rule: (node, op, context) => {
			const index = entries.findIndex(
				({ tests, names }) => (!names || names.fits(node.layer)) && tests.every((test) => test(node, op, context)),
			);
			const entry = entries[index];
			if (!entry) return base.rule(node, op, context);
			if (LRP_RULES[entry.rule]?.linear && op.kind !== "linear")
				throw new TextPlaceError(
					`the rule ${entry.rule} is for linear layers, but ${node.layer} (${node.op}) is none`,
					text,
					entry.at,
					"Pass hands relevance on, Gradient follows the gradient.",
				);
			return rules[index] as Rule;
		},
	};
}
