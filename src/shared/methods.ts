/** What a method tells about itself: forms, command-line flags, hovers and docs are all made from this. */

interface ParameterBase {
	name: string;
	/** One sentence, with the unit and the reference tool's name for it where that differs. */
	help: string;
}

export type ParameterDescription = ParameterBase &
	(
		| { type: "integer" | "number"; default: number; min?: number; max?: number; unit?: string }
		| { type: "boolean"; default: boolean }
		| {
				type: "choice";
				default: string;
				choices: readonly string[];
				/** What may be given in place of a choice, in a few words; on the command line also as `@file`. */
				other?: string;
		  }
		| { type: "text"; default: string; placeholder?: string }
		/** Path of a file or folder; none when empty. Relative ones begin at the model's folder, on the command line at the current one. */
		| { type: "file"; default: ""; placeholder?: string }
	);

export type ParameterValue = number | boolean | string;

/** What the numbers of a result mean, which picks colour map, centre and legend. */
export type Quantity =
	| "signed"
	| "unsigned"
	| "activation"
	| "weight"
	/** Inputs themselves, as the model takes them: shown as pictures where they are. */
	| "input";

export interface MethodDescription {
	id: string;
	title: string;
	family:
		| "inspection"
		| "gradients"
		| "modified backward"
		| "class activation maps"
		| "relevance"
		| "reference differences"
		| "perturbation"
		| "attention"
		| "what-if";
	/** What question it answers, in one sentence. */
	answers: string;
	/** Authors, year, title, and where. */
	paper: string;
	/** The tool and version whose numbers it equals, and what differs on purpose. */
	reference: string;
	formula?: string;
	needs: {
		/** Explains a unit (gradients, relevance): the unit may be left out, then it is the top class. */
		unit: boolean;
		/** Needs an input (filters do not). */
		input: boolean;
		/** Only makes sense with at least one spatial axis at `at`. */
		spatial?: boolean;
		/** Compares examples: the inputs must be several. */
		batch?: boolean;
		/** Looks at how tokens look at each other: for transformers. */
		attention?: boolean;
		/** Learns from labelled examples: the parameter `dataset`. */
		dataset?: boolean;
		/** Explains only units that are a weighted sum of the channels of `at`, averaged over positions. */
		pooled?: boolean;
	};
	/** Whether the map can be asked for at a layer (`--at`), and what is taken when it is not given. */
	at: "input" | "last-spatial" | "required" | "none";
	quantity: Quantity;
	/** The sum of the map equals output (minus output at the baseline), so that a gap can be told. */
	promisesCompleteness: boolean;
	/** Draws random numbers: the same seed gives the same map. */
	usesSeed?: boolean;
	parameters: readonly ParameterDescription[];
}
