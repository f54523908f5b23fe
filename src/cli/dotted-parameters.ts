import { type Arguments, UsageError } from "./arguments";

/**
 * `--OPTION OWNER.NAME=VALUE` by owner: parameters of one of several methods or metrics.
 * @param expected OWNER.NAME=VALUE in the words of the option
 * @throws UsageError
 */
export function dottedParameters(
	args: Arguments,
	option: string,
	expected: string,
	hint: string,
): Map<string, Record<string, string>> {
	const found = new Map<string, Record<string, string>>();
	for (const text of args.list(option)) {
		const [, owner = "", name = "", value = ""] = /^([^.=]+)\.([^=]+)=(.*)$/s.exec(text) ?? [];
		if (owner === "") throw new UsageError(`--${option} is "${text}"; ${expected} is expected.`, hint);
		found.set(owner, { ...found.get(owner), [name]: value });
	}
	return found;
}
