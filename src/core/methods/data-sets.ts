import path from "node:path";
import { InvalidRequestError } from "../../shared/errors";
import type { ParameterDescription } from "../../shared/methods";
import { type DataSet, openDataSet } from "../data/data-set";
import { guessPreprocess } from "../data/guess-preprocess";
import type { ModelSession } from "../session/model-session";
import type { PreparedRequest } from "./method";
import { textOf } from "./parameters";

/** A path, from the model's folder where it is relative. */
export const filePath = (session: ModelSession, file: string): string => path.resolve(path.dirname(session.path), file);

/** For methods that need a labelled set (`needs.dataset`); they get it by {@link dataSetOf}. */
export const DATASET_PARAMETER: ParameterDescription = {
	name: "dataset",
	type: "file",
	default: "",
	placeholder: "a folder of classes, or .npz",
	help: "Labelled examples: a folder with a folder of pictures for each class, or an .npz with x and y.",
};

/**
 * The labelled set of a request: given with it, or read from the parameter `dataset`. Pictures are preprocessed as the
 * explained input was.
 * @throws InvalidRequestError when there is none
 */
export async function dataSetOf(session: ModelSession, request: PreparedRequest): Promise<DataSet> {
	if (request.dataset) return request.dataset;
	const file = textOf(request, "dataset");
	if (file === "")
		throw new InvalidRequestError(
			"a labelled data set is needed, and none is given",
			"dataset",
			DATASET_PARAMETER.help,
		);
	const spec = request.preprocess ?? guessPreprocess(session.summary).preprocess;
	return openDataSet(filePath(session, file), session.graph.inputs, spec, session.labels);
}
