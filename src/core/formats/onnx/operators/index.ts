import { didYouMean } from "../../../units/nearest";
import type { OperatorFamily, OperatorTranslator } from "../translator";
import { activations } from "./activation";
import { contributed } from "./attention/contrib";
import { scaledAttention } from "./attention/scaled";
import { blocks } from "./blocks";
import { controls } from "./control";
import { convolutions } from "./convolution";
import { arithmetics } from "./elementwise/arithmetic";
import { bits } from "./elementwise/bits";
import { casts } from "./elementwise/casts";
import { functions } from "./elementwise/functions";
import { identities } from "./identity";
import { gathers } from "./indexing/gather";
import { ranges } from "./indexing/ranges";
import { matrices } from "./matrix";
import { normalizations } from "./normalization";
import { quantization } from "./numeric/quantization";
import { regions } from "./numeric/regions";
import { resizes } from "./numeric/resize";
import { sequences } from "./numeric/sequence";
import { signals } from "./numeric/signal";
import { pooling } from "./pooling";
import { recurrents } from "./recurrent";
import { reductions } from "./reduction";
import { shapes } from "./shape";

/** One file a family, one line here. */
const families: readonly OperatorFamily[] = [
	identities,
	convolutions,
	blocks,
	pooling,
	matrices,
	normalizations,
	activations,
	arithmetics,
	functions,
	casts,
	bits,
	reductions,
	shapes,
	gathers,
	ranges,
	regions,
	signals,
	sequences,
	resizes,
	scaledAttention,
	contributed,
	recurrents,
	quantization,
	controls,
];

const operators: ReadonlyMap<string, OperatorTranslator> = new Map(
	families.flatMap((family) => Object.entries(family)),
);

const keyOf = (domain: string, opType: string) => (domain === "" ? opType : `${domain}.${opType}`);

export function findOperator(domain: string, opType: string): OperatorTranslator | undefined {
	return operators.get(keyOf(domain, opType));
}

/** Operators that are translated, by name; those of other domains as `com.microsoft.Attention`. */
export const operatorNames = (): string[] => [...operators.keys()].sort();

/** A hint for an operator that is not there. */
export const nearOperators = (domain: string, opType: string): string =>
	domain === ""
		? didYouMean(opType, operators.keys(), "What does not depend on it still works.")
		: "Operators of other domains are those of one tool; export the model with standard operators.";
