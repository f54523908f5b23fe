import type { Case } from "../manifest";
import type { Calls, Parameters } from "./call";

export const whatIf: Calls = {
	FGSM: (entry) => ({ method: "fgsm", parameters: attack(entry, ["epsilon"]) }),
	PGD: (entry) => ({
		method: "pgd",
		parameters: attack(entry, ["radius", "step_size", "step_num", "norm", "random_start"]),
	}),
};

/** Captum's default loss is minus the logarithm of the output; a case that gives none has that. */
function attack({ params }: Case, names: readonly string[]): Parameters {
	const given = names.flatMap((name) => (params[name] === undefined ? [] : [[name, params[name] as string | number]]));
	const bounds = ["lower_bound", "upper_bound"].flatMap((name) =>
		params[name] === undefined || params[name] === null ? [] : [[name, String(params[name])]],
	);
	return {
		...Object.fromEntries([...given, ...bounds]),
		targeted: params.targeted === true,
		loss_func: "negative_log",
		top: 0,
	};
}
