import type { ModelInputs } from "../core/data/inputs";
import { readMask } from "../core/data/mask";
import type { Tensor } from "../shared/tensor";
import { type Arguments, UsageError } from "./arguments";

/** `--metric-param METRIC.NAME=VALUE` by metric. @throws UsageError */
export function metricParameters(args: Arguments): Map<string, Record<string, string>> {
	const found = new Map<string, Record<string, string>>();
	for (const text of args.list("metric-param")) {
		const [, metric = "", name = "", value = ""] = /^([^.=]+)\.([^=]+)=(.*)$/s.exec(text) ?? [];
		if (metric === "")
			throw new UsageError(`--metric-param is "${text}"; METRIC.NAME=VALUE is expected.`, "lamina metrics lists them.");
		found.set(metric, { ...found.get(metric), [name]: value });
	}
	return found;
}

/** What `--mask` names, fitted as the pictures of the input are. @throws UnreadableFileError, InvalidRequestError */
export async function maskOf(args: Arguments, inputs: ModelInputs | undefined): Promise<Tensor | undefined> {
	const file = args.text("mask");
	if (file === undefined) return undefined;
	const [picture] = Object.values(inputs?.pictures ?? {}).flat();
	return readMask(file, picture && [picture.height, picture.width], inputs?.preprocess);
}
