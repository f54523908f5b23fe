import { UnreadableFileError } from "../../../shared/errors";
import { FileSource } from "../bytes/byte-source";
import type { Format, ModelFile, OpenedModel } from "../format";
import { type Hdf5Group, openHdf5 } from "../hdf5/file";
import { parseJson } from "../json";
import { fileIdentity, WeightFile } from "../weight-file";
import { describeModel, dialectOf } from "./config/model-config";
import { hdf5Tensors } from "./variables/hdf5-tensors";
import { isLegacyWeights, LegacyWeights } from "./variables/legacy-weights";
import { openWeightsFile } from "./weights-only";
import { assembleModel } from "./wiring/assemble";

const SIGNATURE = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];
export const OPTIMIZER_NOTICE =
	"The file also holds the state of the optimizer, which is not part of the model and is not shown.";

/** Whole models in HDF5, of Keras 1, 2 and 3 and tf.keras; and files of weights alone. */
export const kerasH5: Format = {
	id: "keras-h5",
	title: "Keras HDF5",
	extensions: [".h5", ".hdf5", ".keras"],
	match({ head }: ModelFile): boolean {
		return [0, 512, 1024, 2048].some((start) => SIGNATURE.every((byte, index) => head[start + index] === byte));
	},
	async open(file: ModelFile): Promise<OpenedModel> {
		const source = new FileSource(file.path);
		try {
			return open(file, openHdf5(source), new WeightFile(() => source.close()));
		} catch (thrown) {
			source.close();
			throw thrown;
		}
	},
};

function open(file: ModelFile, root: Hdf5Group, weights: WeightFile): OpenedModel {
	const reader = hdf5Tensors(fileIdentity(file.path));
	const configuration = root.attribute("model_config");
	if (!configuration) return openWeightsFile(file, root, reader, weights);
	const where = `${file.path}, model_config`;
	const serialized = parseJson(configuration.string(), where);
	const group = root.group("model_weights");
	if (!group)
		throw new UnreadableFileError(
			'The file describes a model, but has no group "model_weights" with its weights.',
			file.path,
			"Save the whole model: model.save(...).",
		);
	const version = textAttribute(root, "keras_version") ?? textAttribute(group, "keras_version");
	const description = describeModel(
		serialized,
		dialectOf(serialized, version),
		"model_config",
		textAttribute(root, "backend") ?? textAttribute(group, "backend"),
	);
	const scope = new LegacyWeights(isLegacyWeights(group) ? group : root, reader).scope();
	const notices = root.has("optimizer_weights") ? [OPTIMIZER_NOTICE] : [];
	const format = {
		id: kerasH5.id,
		title: kerasH5.title,
		...(version !== undefined && { producer: `Keras ${version}` }),
	};
	return assembleModel(description, scope, weights, format, notices);
}

function textAttribute(group: Hdf5Group, name: string): string | undefined {
	return group.attribute(name)?.strings()[0];
}
