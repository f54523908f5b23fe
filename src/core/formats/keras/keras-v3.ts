import { UnreadableFileError, UnsupportedError } from "../../../shared/errors";
import { FileSource } from "../bytes/byte-source";
import type { Format, ModelFile, OpenedModel } from "../format";
import { openHdf5 } from "../hdf5/file";
import { parseJson, textMember } from "../json";
import { fileIdentity, WeightFile } from "../weight-file";
import { ZipArchive } from "../zip/zip";
import { describeModel, dialectOf, subclassOf } from "./config/model-config";
import { OPTIMIZER_NOTICE } from "./keras-h5";
import { hdf5Tensors } from "./variables/hdf5-tensors";
import { TreeVariables } from "./variables/tree-variables";
import { openSubclass } from "./weights-only";
import { assembleModel } from "./wiring/assemble";

const CONFIG = "config.json";
const METADATA = "metadata.json";
const WEIGHTS = "model.weights.h5";
const MOST_TEXT = 256 * 1024 * 1024;

/** Archives of Keras 3, and of tf_keras and Keras 2.12 to 2.15 with `save_format="keras"`. */
export const kerasV3: Format = {
	id: "keras-v3",
	title: "Keras 3",
	extensions: [".keras"],
	match(file: ModelFile): boolean {
		if (file.head[0] !== 0x50 || file.head[1] !== 0x4b) return false;
		try {
			const source = new FileSource(file.path);
			try {
				const archive = new ZipArchive(source);
				return archive.has(CONFIG) && (archive.has(METADATA) || archive.has(WEIGHTS));
			} finally {
				source.close();
			}
		} catch {
			return false;
		}
	},
	async open(file: ModelFile): Promise<OpenedModel> {
		const source = new FileSource(file.path);
		try {
			return open(file, new ZipArchive(source), new WeightFile(() => source.close()));
		} catch (thrown) {
			source.close();
			throw thrown;
		}
	},
};

function open(file: ModelFile, archive: ZipArchive, weights: WeightFile): OpenedModel {
	const serialized = parseJson(archive.text(CONFIG, MOST_TEXT), `${file.path}, ${CONFIG}`);
	const metadata = archive.has(METADATA)
		? parseJson(archive.text(METADATA, MOST_TEXT), `${file.path}, ${METADATA}`)
		: {};
	if (!archive.has(WEIGHTS)) {
		const others = archive.names().filter((name) => /weights/.test(name));
		if (others.length > 0)
			throw new UnsupportedError(
				`The weights are in "${others[0]}"; only ${WEIGHTS} is read.`,
				file.path,
				"Save the model again without sharding or another weights format.",
			);
		throw new UnreadableFileError(
			`The archive has no ${WEIGHTS}: the weights are missing.`,
			file.path,
			"Save the model again: model.save(...).",
		);
	}
	const version = textMember(metadata, "keras_version");
	const root = openHdf5(archive.open(WEIGHTS));
	const reader = hdf5Tensors(fileIdentity(file.path));
	const isOld = version?.startsWith("2.");
	const format = {
		id: kerasV3.id,
		title: isOld ? "Keras archive" : kerasV3.title,
		...(version !== undefined && { producer: `${isOld ? "tf.keras" : "Keras"} ${version}` }),
	};
	const subclass = subclassOf(serialized);
	if (subclass !== undefined) return openSubclass(file, subclass, root, reader, weights, format);
	const description = describeModel(serialized, dialectOf(serialized, version), CONFIG);
	const scope = new TreeVariables(root, reader, "");
	const notices = root.has("optimizer") ? [OPTIMIZER_NOTICE] : [];
	return assembleModel(description, scope, weights, format, notices);
}
