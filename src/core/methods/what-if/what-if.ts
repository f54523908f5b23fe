import type { MethodDescription } from "../../../shared/methods";
import type { Tensor } from "../../../shared/tensor";
import type { ModelSession } from "../../session/model-session";
import type { Method, PreparedRequest } from "../method";
import { perturbedInputs } from "../perturbation/perturbed-inputs";
import { COMPARISON_PARAMETERS, compareUnits } from "./comparison";

/** Share of the work until the input is edited; the rest is comparing. */
const EDITING = 0.9;

/** Inputs that an edit has made so far; those it does not name are as they were. */
export interface Edit {
	readonly edited: Readonly<Record<string, Tensor>>;
	/** 0 to 1; the last is 1. */
	readonly progress: number;
	readonly notices?: readonly string[];
}

type Described = Pick<
	MethodDescription,
	"id" | "title" | "answers" | "paper" | "reference" | "formula" | "usesSeed"
> & {
	/** Only for inputs with positions. */
	readonly spatial?: boolean;
	readonly parameters: MethodDescription["parameters"];
};

/**
 * A method that edits the input and tells what the edit does: its maps are the edited inputs, as the model takes them, and
 * its provenance holds units before and after.
 */
export function whatIf(
	{ spatial, parameters, ...described }: Described,
	edit: (session: ModelSession, request: PreparedRequest) => AsyncGenerator<Edit, void, void>,
): Method {
	return {
		...described,
		family: "what-if",
		needs: { unit: true, input: true, ...(spatial && { spatial }) },
		at: "none",
		quantity: "input",
		promisesCompleteness: false,
		parameters: [...parameters, ...COMPARISON_PARAMETERS],
		async *run(session, request) {
			const inputs = perturbedInputs(session, request);
			for await (const { edited, progress, notices } of edit(session, request)) {
				const whole = { ...request.inputs, ...edited };
				const partial = {
					maps: inputs.map(({ name, channelAxis }) => ({ at: name, channelAxis, tensor: whole[name] as Tensor })),
					...(notices && { notices }),
				};
				// The edit can be seen before it is known what it does.
				yield { ...partial, progress: EDITING * progress };
				if (progress < 1) continue;
				const changes = await compareUnits(session, request, whole);
				yield {
					...partial,
					progress,
					...(changes[0] && { unitValue: changes[0].before[0] as number }),
					changes,
				};
			}
		},
	};
}
